//! Imports run one way: each crate of the workspace may depend on those listed here and on no other of ours, and the
//! big frameworks stay in the crates that exist for them.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate and what it may depend on within the workspace.
const ALLOWED: &[(&str, &[&str])] = &[
    ("pixels", &[]),
    ("document", &["pixels"]),
    ("import", &[]),
    ("engine", &["ocr", "pixels"]),
    ("quick", &["engine", "networks", "ocr"]),
    ("download", &[]),
    ("kernels", &[]),
    ("networks", &[]),
    ("ocr", &["networks"]),
    ("runtime", &["engine", "kernels"]),
    (
        "qwen_image_layered",
        &["download", "engine", "kernels", "runtime"],
    ),
    ("export", &["document"]),
    ("project", &["document", "export", "import"]),
    ("canvas", &["document"]),
    (
        "editor",
        &[
            "canvas", "document", "engine", "export", "import", "project", "session", "words",
        ],
    ),
    (
        "session",
        &["document", "engine", "export", "project", "words"],
    ),
    ("cluster", &["engine"]),
    ("remote", &["engine"]),
    ("service", &["engine", "import"]),
    ("layer_quality", &["engine", "quick"]),
    (
        "lamina",
        &[
            "cluster",
            "document",
            "download",
            "editor",
            "engine",
            "export",
            "import",
            "project",
            "quick",
            "qwen_image_layered",
            "remote",
            "service",
            "session",
            "words",
        ],
    ),
    ("words", &[]),
];

/// A package from outside and the only crates of ours that may name it.
const RESERVED: &[(&str, &[&str])] = &[
    ("egui", &["canvas", "editor"]),
    ("eframe", &["canvas", "editor"]),
    ("egui-wgpu", &["canvas"]),
    ("rfd", &["editor"]),
    ("clap", &["lamina", "layer_quality"]),
    ("anyhow", &["lamina", "layer_quality"]),
    ("rten", &["networks"]),
    ("rten-tensor", &["networks"]),
    ("candle-core", &["kernels", "qwen_image_layered", "runtime"]),
    ("async-nats", &["cluster"]),
    ("axum", &["service"]),
    ("rusqlite", &["service"]),
    ("tokio", &["cluster", "service"]),
    ("ureq", &["download", "remote"]),
    ("fluent-bundle", &["words"]),
];

struct Crate {
    name: String,
    dependencies: BTreeSet<String>,
}

fn packages() -> Vec<serde_json::Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn workspace() -> Vec<Crate> {
    packages()
        .iter()
        .map(|package| Crate {
            name: package["name"].as_str().expect("name").to_owned(),
            dependencies: package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().expect("name").to_owned())
                .collect(),
        })
        .collect()
}

#[test]
fn crates_of_the_workspace_depend_only_downwards() {
    let crates = workspace();
    let ours: BTreeSet<&str> = crates.iter().map(|c| c.name.as_str()).collect();
    let listed: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "every crate has its line in ALLOWED");
    for (name, allowed) in ALLOWED {
        let found = crates
            .iter()
            .find(|c| c.name == *name)
            .expect("listed above");
        for dependency in found
            .dependencies
            .iter()
            .filter(|d| ours.contains(d.as_str()))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} may not depend on {dependency}"
            );
        }
    }
}

#[test]
fn frameworks_stay_in_their_crates() {
    for found in workspace() {
        for (package, allowed) in RESERVED {
            if found.dependencies.contains(*package) {
                assert!(
                    allowed.contains(&found.name.as_str()),
                    "{} may not depend on {package}",
                    found.name
                );
            }
        }
    }
}

/// Otherwise `cargo bench -- --quick` gives criterion's options to the harness of a library, which refuses them.
#[test]
fn no_library_or_program_is_run_as_a_benchmark() {
    for package in packages() {
        let manifest = package["manifest_path"].as_str().expect("a path");
        let text = std::fs::read_to_string(manifest).expect("the manifest is read");
        let targets = package["targets"].as_array().expect("targets");
        let built = targets.iter().filter(|target| {
            target["kind"] == serde_json::json!(["lib"])
                || target["kind"] == serde_json::json!(["bin"])
        });
        assert_eq!(
            text.matches("bench = false").count(),
            built.count(),
            "{manifest}"
        );
    }
}

/// All of the program, but tests and examples, asks the backends who they are.
#[test]
fn no_backend_is_named_above_the_engine() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "canvas/src", "document/src", "editor/src"]
        .into_iter()
        .chain([
            "cluster/src",
            "export/src",
            "import/src",
            "project/src",
            "remote/src",
            "service/src",
            "session/src",
        ]);
    for path in folders.flat_map(|folder| files(&app.join(folder))) {
        let text = fs::read_to_string(&path).expect("source is text");
        for name in ["\"qwen", "\"quick", "Qwen-Image"] {
            assert!(!text.contains(name), "{} says {name}", path.display());
        }
    }
}

/// Libraries say what is wrong; how an option mends it is said where options are, in the catalogue of `app`.
#[test]
fn no_crate_below_the_program_names_an_option() {
    // Of other programs: the CUDA compiler and the NATS server.
    let foreign = [
        "--std=c++17",
        "--gpu-architecture=",
        "nats-server --jetstream",
    ];
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    for package in packages() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
        let folder = manifest.parent().expect("a folder");
        let is_program = folder == app || package["name"] == "layer_quality";
        let sources = folder.join("src");
        if is_program || !sources.is_dir() {
            continue;
        }
        for path in files(&sources) {
            let text = fs::read_to_string(&path).expect("source is text");
            let is_comment = |line: &&str| line.trim_start().starts_with("//");
            for line in text.lines().filter(|line| !is_comment(line)) {
                let own = foreign
                    .iter()
                    .fold(line.to_owned(), |line, foreign| line.replace(foreign, ""));
                let option = own
                    .split("--")
                    .skip(1)
                    .any(|after| after.starts_with(|first: char| first.is_ascii_lowercase()));
                assert!(!option, "{} says {line}", path.display());
            }
        }
    }
}

/// A crate's modules at its top, and which of each other they use.
fn modules(sources: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let is_rust = |file: &PathBuf| file.extension().is_some_and(|end| end == "rs");
    for file in files(sources).into_iter().filter(is_rust) {
        let path = file.strip_prefix(sources).expect("below the sources");
        let stem = path.file_stem().expect("a name").to_string_lossy();
        let is_test = stem == "tests" || stem.ends_with("_tests");
        let first = path.iter().next().expect("a part").to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if is_test || ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let uses = uses.entry(module).or_default();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        let code: String = code.lines().filter(|line| !is_comment(line)).collect();
        for after in code.split("crate::").skip(1) {
            let names = match after.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => after,
            };
            let count = if names == after { 1 } else { usize::MAX };
            let names = names.split(',').take(count);
            uses.extend(names.map(|name| {
                let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
                name.trim_start().chars().take_while(is_name).collect()
            }));
        }
    }
    let known: BTreeSet<_> = uses.keys().cloned().collect();
    for (module, uses) in &mut uses {
        uses.retain(|used| used != module && known.contains(used));
    }
    uses
}

/// All below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    files.collect()
}

/// Imports run one way between a crate's modules too.
#[test]
fn modules_form_no_circles() {
    for package in packages() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
        let sources = manifest.parent().expect("a folder").join("src");
        if !sources.is_dir() {
            continue;
        }
        let mut left = modules(&sources);
        // Whoever uses none of those that are left is done with.
        while let Some(done) = left
            .iter()
            .find(|(_, uses)| uses.iter().all(|used| !left.contains_key(used)))
            .map(|(module, _)| module.clone())
        {
            left.remove(&done);
        }
        assert!(left.is_empty(), "{}: {left:?}", manifest.display());
    }
}
