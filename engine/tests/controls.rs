//! What a backend tells of itself agrees with what the request accepts.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::request;
use engine::{Controls, DecomposeRequest, Diffusion, Layers, Number};

fn is_in_order<T: PartialOrd>(number: &Number<T>) -> bool {
    let Number { range, usual, .. } = number;
    range.contains(usual.start()) && range.contains(usual.end()) && range.contains(&number.default)
}

#[test]
fn defaults_and_usual_values_are_accepted() {
    let controls = Controls::of_diffusion(16, 4);
    assert!(is_in_order(&controls.layers));
    assert!(is_in_order(controls.steps.as_ref().unwrap()));
    assert!(is_in_order(controls.step_cache.as_ref().unwrap()));
    assert!(is_in_order(controls.guidance.as_ref().unwrap()));
    assert!(is_in_order(controls.seed.as_ref().unwrap()));
    for most in [1, 8, Layers::MAX] {
        assert!(is_in_order(&Controls::layers_only(most).layers));
    }
}

#[test]
fn the_ends_of_a_range_are_accepted_and_what_lies_beyond_is_not() {
    let accepted = |change: &dyn Fn(&mut Diffusion)| {
        let mut request = request();
        change(&mut request.diffusion);
        request.validate().is_ok()
    };
    for (steps, is_accepted) in [(0, false), (1, true), (1000, true), (1001, false)] {
        assert_eq!(accepted(&|it| it.steps = steps), is_accepted, "{steps}");
        let range = Controls::of_diffusion(16, 4).steps.unwrap().range;
        assert_eq!(range.contains(&steps), is_accepted, "{steps}");
    }
    for (guidance, is_accepted) in [(-0.1, false), (0.0, true), (100.0, true), (100.1, false)] {
        assert_eq!(accepted(&|it| it.guidance = guidance), is_accepted);
    }
    for (threshold, is_accepted) in [(0.0, false), (1e-30, true), (1.0, true), (1.1, false)] {
        let accepted = accepted(&|it| it.step_cache = Some(threshold));
        assert_eq!(accepted, is_accepted, "{threshold}");
    }
}

#[test]
fn defaults_are_the_model_cards_and_change_only_what_is_heeded() {
    let card = request();
    let mut changed = DecomposeRequest {
        seed: 1,
        layers: Layers::AtMost(3),
        diffusion: Diffusion {
            steps: 2,
            guidance: 1.5,
            prompt: "a cup".into(),
            negative_prompt: None,
            ..card.diffusion.clone()
        },
        ..card.clone()
    };
    let before = changed.clone();
    Controls::layers_only(8).set_defaults(&mut changed);
    let expected = DecomposeRequest {
        layers: Layers::Auto,
        ..before
    };
    assert!(changed == expected);
    Controls::of_diffusion(16, 4).set_defaults(&mut changed);
    assert!(changed == card);
}
