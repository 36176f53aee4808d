//! What we write, read back by ag-psd (npm), the widest-used reader outside Python. Skipped where it is not installed, which
//! tests/check.sh does where there is npm.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::lettered;
use export::{PsdOptions, PsdText, write_psd};
use serde_json::Value;

/// Where `ag-psd` is, if it is.
fn modules() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.tools/node/node_modules");
    let modules = std::env::var_os("LAMINA_NODE_MODULES").map_or(own, PathBuf::from);
    modules.join("ag-psd").exists().then_some(modules)
}

#[test]
fn ag_psd_reads_text_recolouring_and_places() {
    let Some(modules) = modules() else {
        eprintln!("skipped: ag-psd is not installed; run tests/check.sh where there is npm");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let options = PsdOptions {
        text: PsdText::Editable,
        ..PsdOptions::default()
    };
    for name in ["text.psd", "text.psb"] {
        let path = folder.path().join(name);
        write_psd(&lettered(), &path, options, &mut |_| true).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_with_ag_psd.cjs");
        let output = Command::new("node")
            .env("NODE_PATH", &modules)
            .arg(script)
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        let layers = read["layers"].as_array().unwrap();
        let names: Vec<&str> = layers.iter().map(|l| l["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["level", "turned", "Hue/Saturation"]);
        let text = &layers[0]["text"];
        assert_eq!(text["words"], "Élan (1\\2) 🎈");
        assert_eq!(text["font"], "ArialMT");
        let colour = ["r", "g", "b"].map(|name| text["colour"][name].as_f64().unwrap().round());
        assert_eq!(colour, [200.0, 40.0, 90.0]);
        assert!((text["size"].as_f64().unwrap() - 30.0 / 0.716).abs() < 0.01);
        let bounds = ["left", "top", "right", "bottom"].map(|side| layers[0][side].as_i64());
        assert_eq!(bounds, [20, 40, 140, 70].map(Some));
        assert_eq!(layers[1]["text"]["words"], "TWO\nLINES");
        let change = &layers[2]["hue_saturation"];
        let change = ["hue", "saturation", "lightness"].map(|name| change[name].as_i64());
        assert_eq!(change, [90, 0, 0].map(Some));
        assert_eq!(layers[2]["clipped"], true);
    }
}
