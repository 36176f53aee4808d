//! `lamina serve` as its clients meet it, good ones and bad ones, and as it is killed.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use image::ImageFormat;
use serde_json::{Value, json};
use support::server::{Answer, Server};
use support::{assert_one_sentence, files_below, folder, lamina, picture, png_bytes, stderr};

fn small() -> Vec<u8> {
    png_bytes(&picture(64, 48))
}

/// Takes the engine long enough to be met at work.
fn large() -> Vec<u8> {
    png_bytes(&picture(1600, 1600))
}

/// As browsers and curl's `-F` send it.
fn form(picture: &[u8], fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--bound\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--bound\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"a/poster.png\"\r\n\r\n",
    );
    body.extend_from_slice(picture);
    body.extend_from_slice(b"\r\n--bound--\r\n");
    ("multipart/form-data; boundary=bound".into(), body)
}

#[test]
fn a_posted_picture_becomes_a_psd_layers_and_a_report() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let (kind, body) = form(
        &small(),
        &[("layers", "3"), ("resolution", "1024"), ("seed", "5")],
    );
    let posted = server.post("/v1/decompositions", &kind, &body, &[]);
    assert_eq!(posted.status, 202, "{posted:?}");
    let id = posted.id();
    let own = format!("/v1/decompositions/{id}");
    assert_eq!(posted.headers["location"], own);

    let events = server.events(&id, None);
    let names: Vec<_> = events.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"started"));
    assert!(names.contains(&"progress"));
    assert_eq!(
        names.last(),
        Some(&"finished"),
        "the stream ends with the job"
    );
    let (last, _, end) = events.last().expect("an event");
    assert_eq!(end["format"], 1);
    let layers = &end["value"]["finished"]["Ok"]["layers"];
    let count = layers.as_array().expect("layers").len();

    let job = server.job(&id);
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(job["name"], "poster.png");
    assert_eq!(job["request"]["seed"], 5);
    assert_eq!(job["request"]["diffusion"]["resolution"], "1024");
    let psd = server.get(&format!("{own}/document.psd"));
    assert_eq!(&psd.body[..4], b"8BPS");
    assert!(
        psd.headers["content-disposition"]
            .to_str()
            .expect("text")
            .contains("poster.psd")
    );
    let report = server.get(&format!("{own}/report")).json();
    assert_eq!(report["request"]["layers"], 3);
    assert_eq!(report["layers"].as_array().expect("layers").len(), count);
    for (n, layer) in report["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .enumerate()
    {
        let png = server.get(&format!("{own}/layers/{n}.png"));
        assert_eq!(png.kind, "image/png");
        let png = image::load_from_memory(&png.body).expect("it decodes");
        assert_eq!(png.width(), layer["width"], "{layer}");
    }
    assert_eq!(
        server.get(&format!("{own}/layers/{count}.png")).problem(),
        "not_found"
    );
    assert_eq!(server.get(&format!("{own}/layers/../../x")).status, 404);

    // Cut off and back again.
    assert!(
        server.events(&id, Some(*last)).len() <= 1,
        "nothing is told twice but the end"
    );
    let again = server.events(&id, Some(2));
    assert_eq!(again.last().expect("the end").1, "finished");
    let listed = server.get("/v1/decompositions?state=done").json();
    assert_eq!(listed["jobs"][0]["id"], id.as_str());
}

#[test]
fn json_bytes_and_a_known_hash_are_pictures_too() {
    use base64::Engine as _;
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let by_bytes = server.submit(&small(), "layers=2&name=a.png");
    let sha256 = by_bytes.json()["sha256"].clone();
    let unknown = json!({"sha256": "0".repeat(64)}).to_string();
    let unknown = server.post(
        "/v1/decompositions",
        "application/json",
        unknown.as_bytes(),
        &[],
    );
    assert_eq!(
        (unknown.status, unknown.problem().as_str()),
        (404, "unknown_picture")
    );
    let base64 = base64::engine::general_purpose::STANDARD.encode(small());
    for body in [
        json!({"picture": base64, "layers": 2}),
        json!({"sha256": sha256, "layers": 2}),
    ] {
        let body = body.to_string();
        let posted = server.post(
            "/v1/decompositions",
            "application/json",
            body.as_bytes(),
            &[],
        );
        assert_eq!(posted.status, 202, "{posted:?}");
        assert_eq!(posted.json()["sha256"], sha256);
        server.wait(&posted.id(), &["done"]);
    }
    assert_eq!(
        files_below(&dir.path().join("pictures")).len(),
        1,
        "it is kept once"
    );
}

#[test]
fn whoever_accepts_a_psd_waits_for_it() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let (kind, body) = form(&small(), &[("layers", "2")]);
    let psd = [("accept", "image/vnd.adobe.photoshop")];
    let got = server.post("/v1/decompositions", &kind, &body, &psd);
    assert_eq!((got.status, got.kind.as_str()), (200, psd[0].1));
    assert_eq!(&got.body[..4], b"8BPS");
    let (kind, body) = form(&small(), &[("backend", "nobody")]);
    let refused = server.post("/v1/decompositions", &kind, &body, &psd);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (422, "unknown_backend")
    );
    let file = r#"[{"file": "/etc/passwd", "strength": 1.0}]"#;
    let (kind, body) = form(&small(), &[("loras", file)]);
    let refused = server.post("/v1/decompositions", &kind, &body, &psd);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (422, "no_files")
    );
}

#[test]
fn what_is_wrong_is_told_as_a_problem() {
    let dir = folder();
    let server = Server::start(dir.path(), "--max-upload 1 --max-pixels 1");
    let post = |kind: &str, body: &[u8]| server.post("/v1/decompositions", kind, body, &[]);
    let told = |answer: Answer| (answer.status, answer.problem());
    let is = |status: u16, kind: &str| (status, kind.to_owned());

    let png = small();
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert_eq!(
        told(server.submit(&png[..png.len() / 2], "")),
        is(422, "not_a_picture")
    );
    assert_eq!(told(server.submit(&bomb, "")), is(422, "not_a_picture"));
    assert_eq!(told(server.submit(b"", "")), is(422, "not_a_picture"));
    // What its header tells is believed before anything is unpacked.
    let mut vast = Cursor::new(Vec::new());
    picture(64, 48)
        .write_to(&mut vast, ImageFormat::Bmp)
        .expect("BMP encodes");
    let mut vast = vast.into_inner();
    for side in [18..22, 22..26] {
        vast[side].copy_from_slice(&16_000i32.to_le_bytes());
    }
    assert_eq!(told(server.submit(&vast, "")), is(422, "too_many_pixels"));
    assert_eq!(
        told(server.submit(&large(), "")),
        is(422, "too_many_pixels")
    );
    assert_eq!(
        told(server.submit(&png, "sead=5")),
        is(422, "invalid_request")
    );
    assert_eq!(
        told(server.submit(&png, "layers=0")),
        is(422, "invalid_request")
    );
    assert_eq!(
        told(server.submit(&png, "resolution=700")),
        is(422, "invalid_request")
    );
    assert_eq!(
        told(server.submit(&png, "dump=/etc/x")),
        is(422, "invalid_request")
    );
    assert_eq!(
        told(post("text/plain", &png)),
        is(415, "unsupported_media_type")
    );
    assert_eq!(told(post("application/json", b"{")), is(400, "bad_request"));
    assert_eq!(
        told(post("application/json", b"{\"picture\":\"?\"}")),
        is(400, "bad_request")
    );
    assert_eq!(told(post("application/json", b"{}")), is(422, "no_picture"));
    assert_eq!(
        told(post("multipart/form-data", &png)),
        is(400, "bad_request")
    );
    assert_eq!(
        told(post("multipart/form-data; boundary=x", &png)),
        is(400, "bad_request")
    );
    let (kind, mut body) = form(&png, &[]);
    body.truncate(body.len() / 2);
    assert_eq!(told(post(&kind, &body)), is(400, "bad_request"));
    let (kind, body) = form(&png, &[("prompt", &"x".repeat(5 << 18))]);
    assert_eq!(told(post(&kind, &body)), is(413, "too_large"));
    // Refused by its head alone, before the body is sent.
    let mut large = server.connect();
    let head = "POST /v1/decompositions HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 3000000\r\n\r\n";
    large.write_all(head.as_bytes()).expect("sent");
    let mut answer = [0; 12];
    large.read_exact(&mut answer).expect("it is told");
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(
        told(server.get("/v1/decompositions/7")),
        is(404, "not_found")
    );
    assert_eq!(
        told(server.get("/v1/decompositions?limit=0")),
        is(400, "bad_request")
    );
    assert_eq!(
        told(server.get("/v1/decompositions?state=lost")),
        is(400, "bad_request")
    );
    assert_eq!(told(server.get("/nowhere")), is(404, "not_found"));
    assert_eq!(
        told(server.delete("/v1/backends")),
        is(405, "method_not_allowed")
    );
    assert_eq!(
        server.get("/v1/decompositions").json()["jobs"],
        json!([]),
        "none was queued"
    );
    let left = files_below(dir.path()).into_iter();
    let left = left.filter(|path| path.parent() != Some(dir.path()));
    assert_eq!(left.count(), 0, "nothing of them stays");
}

#[test]
fn without_its_token_nobody_is_let_in() {
    let dir = folder();
    let file = dir.path().join("tokens");
    fs::write(&file, "a-token-of-the-shop\n").expect("written");
    let options = format!("--token-file {}", file.display());
    let server = Server::start(&dir.path().join("data"), &options);
    let closed = [
        "/v1/decompositions",
        "/v1/backends",
        "/metrics",
        "/v1/decompositions/7/events",
        "/x",
    ];
    for path in closed {
        let without = server.get(path);
        assert_eq!(
            (without.status, without.problem().as_str()),
            (401, "token_needed"),
            "{path}"
        );
        assert_eq!(without.headers["www-authenticate"], "Bearer");
        for wrong in [
            "Bearer a-token-of-the-sho",
            "Bearer",
            "Basic a-token-of-the-shop",
            "Bearer a-token-of-the-shopp",
        ] {
            assert_eq!(
                server.get_with(path, &[("authorization", wrong)]).status,
                401,
                "{wrong}"
            );
        }
    }
    assert_eq!(server.submit(&small(), "").status, 401);
    assert_eq!(server.get("/healthz").status, 200);
    let server = server.with_token("a-token-of-the-shop");
    assert_eq!(server.get("/v1/decompositions").json()["jobs"], json!([]));
    assert_eq!(server.submit(&small(), "").status, 202);
}

#[test]
fn a_server_that_others_reach_needs_a_token_and_one_without_answers_no_foreign_page() {
    let dir = folder();
    let mut command = lamina();
    command
        .args(["serve", "--listen", "0.0.0.0:0", "--data"])
        .arg(dir.path());
    let refused = command.output().expect("starts");
    assert_eq!(refused.status.code(), Some(2));
    assert_one_sentence(&stderr(&refused));
    assert!(stderr(&refused).contains("--token-file"));

    let server = Server::start(dir.path(), "");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("host", "evil.example"),
    ] {
        let answer = server.get_with("/v1/backends", &[(name, value)]);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (403, "foreign_page"),
            "{value}"
        );
    }
    let own = format!("http://{}", server.address);
    assert_eq!(
        server.get_with("/v1/backends", &[("origin", &own)]).status,
        200
    );

    let mut second = lamina();
    second
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path());
    let refused = second.output().expect("starts");
    assert_eq!(
        refused.status.code(),
        Some(1),
        "two servers would run each job twice"
    );
    assert_one_sentence(&stderr(&refused));
}

#[test]
fn the_same_idempotency_key_gives_the_same_job() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let post = |settings: &str, key: &str| {
        let path = format!("/v1/decompositions?{settings}");
        server.post(&path, "image/png", &small(), &[("idempotency-key", key)])
    };
    let first = post("layers=2", "one");
    let again = post("layers=2", "one");
    assert_eq!((first.status, again.status), (202, 200));
    assert_eq!(first.id(), again.id());
    let other = post("layers=3", "one");
    assert_eq!(
        (other.status, other.problem().as_str()),
        (422, "idempotency_key_reused")
    );
    assert_ne!(post("layers=2", "two").id(), first.id());
    assert_eq!(post("", &"k".repeat(256)).status, 400);
}

#[test]
fn a_job_that_waits_or_runs_is_cancelled_and_a_full_queue_says_when_to_come_back() {
    let dir = folder();
    let server = Server::start(dir.path(), "--queue 2");
    let jobs: Vec<_> = (0..3)
        .map(|n| server.submit(&large(), &format!("seed={n}")).id())
        .collect();
    server.wait(&jobs[0], &["running"]);
    let mut waiting = Vec::new();
    let full = loop {
        let answer = server.submit(&large(), "seed=7");
        match answer.status {
            202 => waiting.push(answer.id()),
            _ => break answer,
        }
        assert!(waiting.len() < 20, "a queue of two is full some time");
    };
    assert_eq!((full.status, full.problem().as_str()), (503, "queue_full"));
    let seconds = full.headers["retry-after"].to_str().expect("text");
    assert!(
        seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0),
        "{seconds}"
    );

    let last = waiting.last().expect("one waits");
    let cancelled = server.delete(&format!("/v1/decompositions/{last}")).json();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["error"]["kind"], "cancelled");
    let end = server.events(last, None);
    assert_eq!(
        end.last().expect("an end").2["value"]["finished"]["Err"],
        "cancelled"
    );
    let began = Instant::now();
    for id in jobs.iter().chain(&waiting) {
        server.delete(&format!("/v1/decompositions/{id}"));
    }
    for id in jobs.iter().chain(&waiting) {
        server.wait(id, &["cancelled", "done"]);
    }
    assert!(began.elapsed() < Duration::from_secs(60));
    let last = server.delete(&format!("/v1/decompositions/{last}"));
    assert_eq!(last.json()["state"], "cancelled", "once more does no harm");
}

#[test]
fn a_job_that_the_engine_has_not_begun_is_cancelled_at_once() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let jobs: Vec<_> = (0..3)
        .map(|n| server.submit(&large(), &format!("seed={n}")).id())
        .collect();
    server.wait(&jobs[0], &["running"]);
    let metrics = String::from_utf8(server.get("/metrics").body).expect("text");
    for line in [r#"{state="queued"} 2"#, r#"{state="running"} 1"#] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    let path = format!("/v1/decompositions/{}", jobs[1]);
    assert_eq!(server.delete(&path).json()["state"], "cancelled");
    assert_eq!(
        server.job(&jobs[0])["state"],
        "running",
        "it waited for no other"
    );
    server.wait(&jobs[2], &["done"]);
    let job = server.job(&jobs[1]);
    assert_eq!(job["state"], "cancelled", "it stays so: {job}");
    assert_eq!(job["started"], Value::Null);
    let metrics = String::from_utf8(server.get("/metrics").body).expect("text");
    let counted = r#"lamina_ended_total{outcome="cancelled"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
    let done = server.delete(&format!("/v1/decompositions/{}", jobs[2]));
    assert_eq!(done.json()["state"], "done", "what has ended stays");
    assert_eq!(
        &server
            .get(&format!("/v1/decompositions/{}/document.psd", jobs[2]))
            .body[..4],
        b"8BPS"
    );
}

#[test]
fn a_client_that_goes_before_its_document_comes_loses_nothing() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let (kind, body) = form(&large(), &[("layers", "2")]);
    let ask = |extra: &str| {
        format!(
            "POST /v1/decompositions HTTP/1.1\r\nhost: localhost\r\naccept: image/vnd.adobe.photoshop\r\nidempotency-key: mine\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{extra}\r\n",
            body.len()
        )
    };
    let mut gone = server.connect();
    gone.write_all(ask("").as_bytes()).expect("sent");
    gone.write_all(&body).expect("sent");
    let id = loop {
        let jobs = server.get("/v1/decompositions?state=running").json();
        if let Some(id) = jobs["jobs"][0]["id"].as_str() {
            break id.to_owned();
        }
    };
    drop(gone);
    let mut back = server.connect();
    back.write_all(ask("connection: close\r\n").as_bytes())
        .expect("sent");
    back.write_all(&body).expect("sent");
    let mut answer = Vec::new();
    back.read_to_end(&mut answer).expect("it comes");
    let head = String::from_utf8_lossy(&answer[..answer.len().min(500)]);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(answer.windows(4).any(|bytes| bytes == b"8BPS"));
    let jobs = server.get("/v1/decompositions").json();
    let jobs = jobs["jobs"].as_array().expect("jobs");
    assert_eq!(jobs.len(), 1, "it was the same job");
    assert_eq!(jobs[0]["id"], id.as_str());
}

#[test]
fn a_name_in_any_script_comes_back() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let job = server.submit(
        &small(),
        "layers=2&name=%E6%B5%B7%E6%8A%A5%20%22%C3%A9%22.png",
    );
    assert_eq!(job.json()["name"], "海报 \"é\".png");
    let id = job.id();
    server.wait(&id, &["done"]);
    let psd = server.get(&format!("/v1/decompositions/{id}/document.psd"));
    let name = psd.headers["content-disposition"].to_str().expect("ASCII");
    assert_eq!(
        name,
        "inline; filename=\"__ ___.psd\"; filename*=UTF-8''%E6%B5%B7%E6%8A%A5%20%22%C3%A9%22.psd"
    );
}

#[test]
fn a_reader_that_has_heard_more_than_was_said_hears_the_end() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let id = server.submit(&large(), "layers=2").id();
    for after in [1_000_000, u64::MAX] {
        let told = server.events(&id, Some(after));
        assert_eq!(told.last().expect("an end").1, "finished", "{after}");
    }
}

#[test]
fn a_killed_server_loses_no_job_and_does_none_twice() {
    let dir = folder();
    let mut server = Server::start(dir.path(), "");
    let picture = png_bytes(&picture(300, 200));
    let jobs: Vec<_> = (0..6)
        .map(|n| server.submit(&picture, &format!("seed={n}")).id())
        .collect();
    let mut done: Vec<(String, Value)> = Vec::new();
    for id in &jobs[..3] {
        server.wait(id, &["done"]);
        server.kill();
        server = Server::start(dir.path(), "");
        for (earlier, before) in &done {
            assert_eq!(
                server.job(earlier),
                *before,
                "what was done stays as it was"
            );
        }
        done.push((id.clone(), server.job(id)));
    }
    for (n, id) in jobs.iter().enumerate() {
        let job = server.wait(id, &["done"]);
        assert_eq!(job["request"]["seed"], n);
        assert_eq!(
            &server
                .get(&format!("/v1/decompositions/{id}/document.psd"))
                .body[..4],
            b"8BPS"
        );
    }
    assert_eq!(
        server.get("/v1/decompositions").json()["jobs"]
            .as_array()
            .expect("jobs")
            .len(),
        6
    );
}

#[test]
fn a_job_that_ends_the_server_each_time_is_given_up() {
    let dir = folder();
    let mut server = Server::start(dir.path(), "");
    let id = server.submit(&large(), "").id();
    for _ in 0..3 {
        server.wait_until(&id, |job| job["started"].is_string());
        server.kill();
        server = Server::start(dir.path(), "");
    }
    let job = server.wait(&id, &["failed", "done"]);
    assert_eq!(job["state"], "failed", "{job}");
    let message = job["error"]["message"].as_str().expect("a sentence");
    assert!(message.contains("3 times"), "{message}");
}

#[test]
fn a_server_that_is_told_to_end_keeps_its_queue() {
    let dir = folder();
    let mut server = Server::start(dir.path(), "");
    let jobs: Vec<_> = (0..2)
        .map(|n| server.submit(&large(), &format!("seed={n}&layers=2")).id())
        .collect();
    server.wait(&jobs[0], &["running"]);
    let mut follower = server.connect();
    let ask = format!(
        "GET /v1/decompositions/{}/events HTTP/1.1\r\nhost: localhost\r\n\r\n",
        jobs[0]
    );
    follower.write_all(ask.as_bytes()).expect("sent");
    server.terminate();
    follower
        .read_to_end(&mut Vec::new())
        .expect("the stream ends");
    let server = Server::start(dir.path(), "");
    for id in &jobs {
        let job = server.wait(id, &["done", "failed"]);
        assert_eq!(job["state"], "done", "{job}");
    }
}

#[test]
fn half_open_connections_and_broken_uploads_keep_nobody_out() {
    let dir = folder();
    let server = Server::start(dir.path(), "--uploads 2 --upload-time 1s");
    let mut idle: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for stream in &mut idle {
        stream
            .write_all(b"POST /v1/decompositions HTTP/1.1\r\nhost: local")
            .expect("sent");
    }
    // Two take all places for uploads and send nothing more.
    let mut slow: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut slow {
        let head = "POST /v1/decompositions HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 1000\r\n\r\nhalf";
        stream.write_all(head.as_bytes()).expect("sent");
    }
    assert_eq!(server.get("/healthz").status, 200);
    let id = server.submit(&small(), "layers=2");
    assert!([202, 408].contains(&id.status), "{id:?}");
    let mut told = [0; 12];
    slow[0].read_exact(&mut told).expect("it is told");
    assert_eq!(&told, b"HTTP/1.1 408");
    drop((idle, slow));
    let id = server.submit(&small(), "layers=2").id();
    server.wait(&id, &["done"]);
    assert_eq!(
        files_below(&dir.path().join("arriving")).len(),
        0,
        "no half picture stays"
    );
}

#[test]
fn what_a_job_would_take_is_told_while_another_runs() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    let id = server.submit(&png_bytes(&picture(2400, 2400)), "").id();
    server.wait(&id, &["running"]);
    let ask = br#"{"width": 800, "height": 600}"#;
    let estimate = server.post("/v1/estimate", "application/json", ask, &[]);
    assert!(estimate.json()["seconds"].as_f64().expect("a number") > 0.0);
    let job = server.get(&format!("/v1/decompositions/{id}")).json();
    assert_eq!(job["state"], "running", "it did not wait for the job");
}

#[test]
fn the_server_tells_what_it_can_what_a_job_would_take_and_how_it_fares() {
    let dir = folder();
    let server = Server::start(dir.path(), "");
    assert_eq!(server.get("/readyz").status, 200);
    let backends = server.get("/v1/backends").json();
    assert!(
        backends
            .as_array()
            .expect("a list")
            .iter()
            .any(|one| one["ready"] == true)
    );
    let ask = |text: &str| server.post("/v1/estimate", "application/json", text.as_bytes(), &[]);
    let estimate = ask(r#"{"width": 800, "height": 600, "layers": 4}"#);
    assert!(estimate.json()["seconds"].as_f64().expect("a number") > 0.0);
    assert_eq!(ask(r#"{"width": 0}"#).problem(), "bad_request");
    assert_eq!(ask("[]").problem(), "bad_request");

    server.wait(&server.submit(&small(), "layers=2").id(), &["done"]);
    let metrics = String::from_utf8(server.get("/metrics").body).expect("text");
    for line in [
        r#"lamina_jobs{state="queued"} 0"#,
        r#"lamina_ended_total{outcome="done"} 1"#,
        "lamina_stage_seconds_bucket",
        "lamina_wait_seconds_count 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    let api = server.get("/openapi.json").json();
    assert!(api["paths"]["/v1/decompositions"]["post"].is_object());
    let page = String::from_utf8(server.get("/docs/").body).expect("text");
    assert!(
        page.contains("swagger") && !page.contains("https://"),
        "no other site is asked: {page}"
    );

    let mut history = lamina();
    history
        .args(["history", "--since", "1h", "--json", "--data"])
        .arg(dir.path());
    let told = history.output().expect("starts");
    assert!(told.status.success(), "{}", stderr(&told));
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told[0]["done"], 1, "{told}");
    let stages = told[0]["stages"].as_array().expect("stages");
    assert!(stages.iter().any(|one| one["stage"] == "segment"), "{told}");
}
