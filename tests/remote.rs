//! `lamina decompose --remote`: another computer's backends, as if they were this one's.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Backend, BackendChoice, DecomposeRequest, Engine, EventKind, FakeBackend};
use remote::RemoteBackend;
use support::server::Server;
use support::{
    assert_one_sentence, decompose, files_below, folder, interrupt, lamina, picture, png_bytes,
    report, stderr, write_picture,
};

fn remotely(server: &Server, input: &Path, out: &Path) -> Command {
    let mut command = lamina();
    command.arg("decompose").arg(input).arg("-o").arg(out);
    command.args(["--remote", &server.url("")]);
    command
}

#[test]
fn a_remote_job_gives_the_layers_of_a_local_one() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 400, 300);
    let local = dir.path().join("local");
    assert!(
        decompose(&[&input], &local, &["--layers", "4"])
            .status
            .success()
    );

    let server = Server::start(&dir.path().join("data"), "");
    let out = dir.path().join("out");
    for _ in 0..2 {
        let ran = remotely(&server, &input, &out)
            .args(["--layers", "4"])
            .output();
        let ran = ran.expect("starts");
        assert!(ran.status.success(), "{}", stderr(&ran));
    }
    let [here, there] = [&local, &out].map(|folder| report(&folder.join("poster.json")));
    assert_eq!(there["layers"], here["layers"]);
    for layer in here["layers"].as_array().expect("layers") {
        let file = Path::new("poster").join(layer["file"].as_str().expect("a name"));
        let [a, b] = [&local, &out].map(|folder| fs::read(folder.join(&file)).expect("a layer"));
        assert!(a == b, "{file:?}");
    }
    let backend = there["resolved"]["backend"]["label"]
        .as_str()
        .expect("a name");
    assert!(
        backend.contains(&server.address),
        "it says where it ran: {backend}"
    );
    assert_eq!(
        files_below(&dir.path().join("data/pictures")).len(),
        1,
        "the picture goes once"
    );
    let jobs = server.get("/v1/decompositions").json();
    assert_eq!(jobs["jobs"].as_array().expect("jobs").len(), 2);

    // Its report runs again here, also where it names the backend as the window does.
    let written = out.join("poster.json");
    let mut named = there.clone();
    named["request"]["backend"] = serde_json::json!({"named": format!("quick@{}", server.address)});
    drop(server);
    for text in [there, named] {
        fs::write(&written, text.to_string()).expect("written");
        let again = dir.path().join("again");
        let ran = lamina()
            .args(["decompose", "--again"])
            .arg(&written)
            .arg("-o")
            .arg(&again)
            .output()
            .expect("starts");
        assert!(ran.status.success(), "{}", stderr(&ran));
        assert_eq!(report(&again.join("poster.json"))["layers"], here["layers"]);
    }
}

/// As the window has them.
#[test]
fn a_server_s_backends_follow_those_of_this_computer() {
    let dir = folder();
    let server = Server::start(&dir.path().join("data"), "");
    let there = remote::Server::new(&server.url(""), None).expect("an address");
    let there = RemoteBackend::all(&there).expect("it answers").into_iter();
    let guests: Vec<Box<dyn Backend>> = there
        .map(|backend| Box::new(backend.among_others()) as _)
        .collect();
    let here: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
    let engine = Engine::spawn(here, || {}).expect("spawned");
    let heard = engine.subscribe();
    let until_end = |job| {
        let mut events = heard.iter().filter(move |event| event.job == job);
        events.find_map(|event| match event.kind {
            EventKind::Joined | EventKind::Finished(_) | EventKind::Estimated(_) => {
                Some(event.kind)
            }
            _ => None,
        })
    };
    until_end(engine.invite(guests).expect("queued"));
    let statuses = engine.backends();
    assert_eq!(statuses[0].backend.id, "fake");
    let quick = statuses.iter().rev().find(|status| status.ready);
    let quick = &quick.expect("one can run").backend;
    assert!(
        quick.id.ends_with(&format!("@{}", server.address)),
        "{quick:?}"
    );

    let request = DecomposeRequest {
        backend: BackendChoice::Named(quick.id.to_string()),
        ..DecomposeRequest::new(Arc::new(picture(200, 150)))
    };
    let estimate = until_end(engine.estimate(request.clone()).expect("queued"));
    assert!(
        matches!(estimate, Some(EventKind::Estimated(Ok(_)))),
        "{estimate:?}"
    );
    let Some(EventKind::Finished(result)) = until_end(engine.submit(request).expect("queued"))
    else {
        panic!("it has no end");
    };
    let done = result.expect("done");
    assert_eq!((done.width, done.height), (200, 150));
    assert_eq!(done.report.resolved.backend, *quick);
}

#[test]
fn a_server_that_is_started_anew_is_waited_for() {
    let dir = folder();
    let (input, out, data) = (
        dir.path().join("a.png"),
        dir.path().join("out"),
        dir.path().join("data"),
    );
    fs::write(&input, png_bytes(&picture(1600, 1600))).expect("written");
    let mut server = Server::start(&data, "");
    let mut client = start(remotely(&server, &input, &out));
    until_one_runs(&server);
    server.kill();
    let again = format!("--listen {}", server.address);
    let server = Server::start_at(&data, &again);
    assert!(client.wait().expect("ends").success());
    assert!(out.join("a.psd").exists());
    let jobs = server.get("/v1/decompositions").json();
    assert_eq!(
        jobs["jobs"].as_array().expect("jobs").len(),
        1,
        "it was the same job: {jobs}"
    );
}

#[test]
fn ctrl_c_cancels_the_job_there() {
    let dir = folder();
    let input = dir.path().join("a.png");
    fs::write(&input, png_bytes(&picture(1600, 1600))).expect("written");
    let server = Server::start(&dir.path().join("data"), "");
    let mut client = start(remotely(&server, &input, &dir.path().join("out")));
    let id = until_one_runs(&server);
    interrupt(&client);
    assert_eq!(client.wait().expect("ends").code(), Some(130));
    server.wait(&id, &["cancelled"]);
}

#[test]
fn a_server_that_is_not_there_or_wants_a_token_is_one_sentence() {
    let dir = folder();
    let input = dir.path().join("a.png");
    write_picture(&input, 40, 30);
    let out = dir.path().join("out");
    for (url, part) in [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("desk", "http://desk:7860"),
        ("https://desk", "address"),
    ] {
        let result = decompose(&[&input], &out, &["--remote", url]);
        assert_eq!(result.status.code(), Some(2), "{}", stderr(&result));
        assert_one_sentence(&stderr(&result));
        assert!(stderr(&result).contains(part), "{}", stderr(&result));
    }
    let tokens = dir.path().join("tokens");
    fs::write(&tokens, "a-token-of-the-shop\n").expect("written");
    let shown = tokens.display().to_string();
    let server = Server::start(&dir.path().join("data"), &format!("--token-file {shown}"));
    let without = remotely(&server, &input, &out).output().expect("starts");
    assert_eq!(without.status.code(), Some(2));
    assert_one_sentence(&stderr(&without));
    assert!(stderr(&without).contains("--token-file"));
    let with = remotely(&server, &input, &out)
        .args(["--token-file", &shown])
        .output();
    let with = with.expect("starts");
    assert!(with.status.success(), "{}", stderr(&with));
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).spawn().expect("starts")
}

fn until_one_runs(server: &Server) -> String {
    let long = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < long, "no job runs");
        let jobs = server.get("/v1/decompositions?state=running").json();
        if let Some(id) = jobs["jobs"][0]["id"].as_str() {
            return id.to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
