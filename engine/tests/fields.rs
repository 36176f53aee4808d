//! Requests told by some of their fields, as forms, lists and clients tell them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::request;
use engine::{BackendChoice, DecomposeRequest, EngineError, Layers, Resolution};
use proptest::prelude::*;
use serde_json::{Value, json};

fn told(fields: Value) -> Result<DecomposeRequest, EngineError> {
    request().with_fields(fields.as_object().unwrap())
}

#[test]
fn fields_stand_by_themselves_or_inside_theirs_and_as_text_or_not() {
    let plain = told(json!({
        "backend": "quick", "layers": 4, "resolution": 1024, "seed": 5, "rebuild": false,
        "guidance": 2.5, "negative_prompt": null, "device": "cpu", "retry": true, "step_cache": 0.1,
    }));
    let plain = plain.unwrap();
    assert_eq!(plain.backend, BackendChoice::Named("quick".into()));
    assert_eq!(plain.layers, Layers::AtMost(4));
    assert_eq!(plain.diffusion.resolution, Resolution::R1024);
    assert_eq!(plain.diffusion.negative_prompt, None);
    assert_eq!(plain.source, request().source, "the picture stays");

    let form = told(json!({
        "backend": "quick", "layers": "4", "resolution": "1024", "seed": "5", "rebuild": "false",
        "guidance": "2.5", "negative_prompt": null, "device": "cpu", "retry": "True", "step_cache": "0.1",
    }));
    assert_eq!(form.unwrap(), plain);

    let nested = told(json!({
        "backend": {"named": "quick"}, "layers": 4, "seed": 5, "rebuild": false,
        "diffusion": {"resolution": "1024", "guidance": 2.5, "negative_prompt": null, "step_cache": 0.1},
        "hardware": {"device": "cpu", "retry": true},
    }));
    assert_eq!(nested.unwrap(), plain);
    assert!(plain.asks_the_same(&plain.clone()));
    assert!(!plain.asks_the_same(&request()));
}

#[test]
fn a_prompt_of_digits_stays_a_prompt() {
    let told = told(json!({"prompt": "1984", "negative_prompt": 7})).unwrap();
    assert_eq!(told.diffusion.prompt, "1984");
    assert_eq!(told.diffusion.negative_prompt.as_deref(), Some("7"));
}

#[test]
fn what_is_no_field_or_no_value_is_refused_by_name() {
    for (fields, part) in [
        (json!({"sead": 5}), "\"sead\" is no setting"),
        (json!({"diffusion": {"sead": 5}}), "\"sead\" is no setting"),
        (json!({"source": "x"}), "\"source\" is no setting"),
        (json!({"dump": "/etc/passwd"}), "\"dump\" is no setting"),
        (json!({"resolution": 700}), "choose 640 or 1024"),
        (json!({"seed": -1}), "u64"),
        (json!({"seed": "much"}), "u64"),
        (json!({"diffusion": null}), "null"),
    ] {
        let refused = told(fields.clone()).unwrap_err();
        assert!(
            refused.to_string().contains(part),
            "{fields} gives {refused}"
        );
    }
}

proptest! {
    /// All of a request, told field by field, is that request.
    #[test]
    fn a_whole_request_is_told_by_its_fields(seed: u64, layers in 1..=64_u32, steps in 1..=1000_u32, prompt: String, rebuild: bool) {
        let mut asked = request();
        (asked.seed, asked.layers, asked.rebuild) = (seed, Layers::AtMost(layers), rebuild);
        (asked.diffusion.steps, asked.diffusion.prompt) = (steps, prompt);
        let text = serde_json::to_value(&asked).unwrap();
        prop_assert_eq!(told(text).unwrap(), asked);
    }
}
