//! The API is what its description says: tried by schemathesis, and by a client that is generated from it.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use support::server::Server;
use support::{folder, write_picture};

/// A Python with tests/requirements.txt, or a program beside it.
fn python(program: &str) -> Command {
    let own = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/.tools/venv/bin/python"
    );
    let python = std::env::var_os("LAMINA_PYTHON").map_or(PathBuf::from(own), PathBuf::from);
    let path = python.with_file_name(program);
    assert!(
        path.exists(),
        "{} does not exist: run tests/check.sh, or set LAMINA_PYTHON to a Python with tests/requirements.txt",
        path.display()
    );
    Command::new(path)
}

#[test]
fn schemathesis_finds_nothing_that_the_description_does_not_say() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let run = python("schemathesis")
        .args(["run", &server.url("/openapi.json")])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "20"])
        .args(["--generation-deterministic", "--no-color"])
        // A job that waits says nothing for longer than a request may take.
        .args(["--exclude-path-regex", "events$"])
        .current_dir(dir.path())
        .output()
        .expect("schemathesis runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}");
}

#[test]
fn a_generated_client_gets_from_a_picture_to_a_psd() {
    let dir = folder();
    let server = Server::start(&dir.path().join("data"), "");
    let (input, psd) = (dir.path().join("poster.png"), dir.path().join("poster.psd"));
    write_picture(&input, 64, 48);
    let run = python("python")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/client.py"))
        .arg(server.url(""))
        .args([&input, &psd])
        .output()
        .expect("Python runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert_eq!(&fs::read(psd).expect("the PSD is there")[..4], b"8BPS");
}
