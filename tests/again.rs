//! `lamina decompose --again`: a report alone is enough to run its job again.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{assert_one_sentence, decompose, folder, lamina, report, stderr, write_picture};

fn again(report: &Path, options: &[&str]) -> std::process::Output {
    let mut command = lamina();
    command
        .args(["decompose", "--again"])
        .arg(report)
        .args(options);
    command.output().expect("lamina starts")
}

#[test]
fn a_report_gives_the_same_layers_again() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 300, 200);
    let first = dir.path().join("first");
    let ran = decompose(
        &[&input],
        &first,
        &["--layers", "3", "--seed", "5", "--backend", "quick"],
    );
    assert!(ran.status.success(), "{}", stderr(&ran));

    let second = dir.path().join("second");
    let out = second.to_str().expect("a plain path");
    let ran = again(&first.join("poster.json"), &["-o", out]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    let [one, two] = [&first, &second].map(|folder| report(&folder.join("poster.json")));
    assert_eq!(one["request"], two["request"]);
    assert_eq!(one["request"]["layers"], 3);
    assert_eq!(one["request"]["seed"], 5);
    assert_eq!(one["layers"], two["layers"]);
    for layer in one["layers"].as_array().expect("layers") {
        let file = Path::new("poster").join(layer["file"].as_str().expect("a name"));
        let [a, b] = [&first, &second].map(|folder| fs::read(folder.join(&file)).expect("a layer"));
        assert!(a == b, "{file:?}");
    }

    // Without a folder beside the report itself.
    fs::remove_file(first.join("poster.psd")).expect("it was there");
    let ran = again(&first.join("poster.json"), &[]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert!(first.join("poster.psd").exists());
}

#[test]
fn what_is_no_report_or_a_later_one_is_refused() {
    let dir = folder();
    let file = dir.path().join("poster.json");
    for (text, part) in [
        ("{}", "no report that can be run again"),
        ("not even JSON", "no report that can be run again"),
        (r#"{"format": 1}"#, "damaged"),
        (r#"{"format": 999}"#, "later version"),
    ] {
        fs::write(&file, text).expect("it is written");
        let ran = again(&file, &[]);
        assert_eq!(ran.status.code(), Some(2), "{text}");
        assert_one_sentence(&stderr(&ran));
        assert!(stderr(&ran).contains(part), "{}", stderr(&ran));
    }
    let ran = again(&dir.path().join("nowhere.json"), &[]);
    assert_eq!(ran.status.code(), Some(2));
    let ran = again(&file, &["--seed", "4"]);
    assert_eq!(
        ran.status.code(),
        Some(2),
        "settings would not be the report's"
    );
}

/// What a report says is what was asked for, in the words of the command line.
#[test]
fn a_report_names_its_format_and_hardware() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 120, 90);
    let ran = decompose(
        &[&input],
        dir.path(),
        &["--precision", "fp8-except:text", "--offload", "block"],
    );
    assert!(ran.status.success(), "{}", stderr(&ran));
    let report: Value = report(&dir.path().join("poster.json"));
    assert_eq!(report["format"], 1);
    assert_eq!(
        report["request"]["hardware"]["precision"],
        "fp8-except:text"
    );
    assert_eq!(report["request"]["hardware"]["offload"], "block");
}
