//! `lamina worker`, and `lamina decompose` and `lamina serve` that give it work by a NATS server.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

#[path = "support/nats.rs"]
mod nats;
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use nats::Nats;
use support::hub::published;
use support::server::Server;
use support::{
    assert_one_sentence, decompose, folder, interrupt, lamina, picture, png_bytes, report, stderr,
    write_picture,
};

/// `lamina worker`, killed when dropped.
struct Worker {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Worker {
    fn start(nats: &Nats) -> Self {
        Self::with(nats, &[])
    }

    fn with(nats: &Nats, options: &[&str]) -> Self {
        let mut command = lamina();
        command.args(["worker", "--nats", &nats.url()]);
        command.args(options);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says what it takes");
        assert!(line.contains("embedded"), "{line}");
        Self { child, stdout }
    }

    /// After Ctrl-C.
    fn end(mut self) -> String {
        interrupt(&self.child);
        assert!(self.child.wait().expect("it ends").success());
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).expect("text");
        said
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn by_nats(nats: &Nats, input: &Path, out: &Path) -> Command {
    let mut command = lamina();
    command.arg("decompose").arg(input).arg("-o").arg(out);
    command.args(["--nats", &nats.url()]);
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("starts")
}

#[test]
fn a_folder_goes_to_workers_and_comes_back_as_it_would_here() {
    let (nats, dir) = (Nats::start(), folder());
    let pictures = dir.path().join("pictures");
    fs::create_dir(&pictures).expect("made");
    for n in 0..6 {
        write_picture(&pictures.join(format!("{n}.png")), 120 + 10 * n, 90);
    }
    fs::write(pictures.join("bad.png"), "no picture").expect("written");
    let here = dir.path().join("here");
    decompose(&[&pictures], &here, &["--layers", "3"]);

    let workers = [Worker::start(&nats), Worker::start(&nats)];
    let (there, summary) = (dir.path().join("there"), dir.path().join("summary.json"));
    let ran = output(
        by_nats(&nats, &pictures, &there)
            .args(["--layers", "3", "--summary"])
            .arg(&summary),
    );
    assert_eq!(
        ran.status.code(),
        Some(2),
        "for the bad one: {}",
        stderr(&ran)
    );
    assert_one_sentence(&stderr(&ran));
    let summary = report(&summary);
    assert_eq!([&summary["done"], &summary["failed"]], [6, 1]);
    for n in 0..6 {
        let name = format!("{n}.json");
        let [a, b] = [&here, &there].map(|folder| report(&folder.join(&name)));
        assert_eq!(a["layers"], b["layers"], "{name}");
        assert_eq!(a["request"], b["request"], "{name}");
        for layer in a["layers"].as_array().expect("layers") {
            let file = Path::new(&n.to_string()).join(layer["file"].as_str().expect("a name"));
            let [a, b] = [&here, &there].map(|folder| fs::read(folder.join(&file)).expect("there"));
            assert!(a == b, "{}", file.display());
        }
    }
    let again = output(by_nats(&nats, &pictures, &there).args(["--layers", "3", "--skip-done"]));
    let said = String::from_utf8_lossy(&again.stdout);
    assert_eq!(said.matches("was done before").count(), 6, "{said}");

    let done: usize = workers
        .map(Worker::end)
        .iter()
        .map(|said| {
            said.split(" done")
                .next()
                .and_then(|n| n.trim().parse::<usize>().ok())
        })
        .map(|done| done.expect("it counts"))
        .sum();
    assert_eq!(done, 6);
}

#[test]
fn a_killed_worker_s_job_is_done_by_another() {
    let (nats, dir) = (Nats::start(), folder());
    let (input, out) = (dir.path().join("a.png"), dir.path().join("out"));
    fs::write(&input, png_bytes(&picture(1600, 1600))).expect("written");
    let first = Worker::start(&nats);
    let mut asking = by_nats(&nats, &input, &out);
    let mut asking = asking.stdout(Stdio::null()).spawn().expect("starts");
    // Whether it has the job by then or not, the other one ends it.
    thread::sleep(Duration::from_millis(700));
    drop(first);
    let second = Worker::start(&nats);
    assert!(asking.wait().expect("it ends").success());
    assert!(out.join("a.psd").exists());
    second.end();
}

#[test]
fn ctrl_c_cancels_what_no_worker_has() {
    let (nats, dir) = (Nats::start(), folder());
    let (input, out) = (dir.path().join("a.png"), dir.path().join("out"));
    write_picture(&input, 60, 40);
    let asking = by_nats(&nats, &input, &out).spawn().expect("starts");
    thread::sleep(Duration::from_secs(2));
    interrupt(&asking);
    let ended = asking.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    // A worker that comes now finds the job ended.
    let worker = Worker::start(&nats);
    thread::sleep(Duration::from_secs(2));
    assert!(worker.end().contains("0 done, 0 failed"));
    assert!(!out.join("a.psd").exists());
}

#[test]
fn a_server_that_is_not_there_or_wants_more_is_one_sentence() {
    let dir = folder();
    let input = dir.path().join("a.png");
    write_picture(&input, 40, 30);
    let out = dir.path().join("out");
    let plain = Nats::with("");
    let closed = Nats::with("jetstream { store_dir: STORE }\nauthorization { token: \"sesame\" }");
    let wrong = dir.path().join("token");
    fs::write(&wrong, "# of the shop\nbarley\n").expect("written");
    let wrong = wrong.display().to_string();
    let with_wrong = ["--nats", &closed.url(), "--nats-token-file", &wrong].map(str::to_owned);
    for (options, part) in [
        (
            vec!["--nats".to_owned(), "nats://127.0.0.1:9".into()],
            "cannot be reached",
        ),
        (vec!["--nats".to_owned(), plain.url()], "--jetstream"),
        (vec!["--nats".to_owned(), closed.url()], "--nats-token-file"),
        (with_wrong.to_vec(), "does not let this program in"),
    ] {
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let asked = decompose(&[&input], &out, &options);
        let works = output(lamina().arg("worker").args(&options));
        for ended in [asked, works] {
            assert_eq!(ended.status.code(), Some(2), "{}", stderr(&ended));
            assert_one_sentence(&stderr(&ended));
            assert!(stderr(&ended).contains(part), "{}", stderr(&ended));
        }
    }
    fs::write(dir.path().join("token"), "sesame\n").expect("written");
    let mut worker = lamina();
    worker.args([
        "worker",
        "--take",
        "640",
        "--nats",
        &closed.url(),
        "--nats-token-file",
        &wrong,
    ]);
    let no_model = output(&mut worker);
    assert_eq!(no_model.status.code(), Some(2));
    assert!(
        stderr(&no_model).contains("640 cannot run here"),
        "{}",
        stderr(&no_model)
    );
}

#[test]
fn a_server_queues_on_nats_and_goes_on_after_a_kill() {
    let (mut nats, dir) = (Nats::start(), folder());
    let data = dir.path().join("data");
    let options = format!("--nats {}", nats.url());
    let mut server = Server::start(&data, &options);
    let backends = server.get("/v1/backends").json();
    assert!(backends.as_array().expect("all").len() > 1, "{backends}");
    let small = png_bytes(&picture(60, 40));
    let jobs = [
        "layers=2&backend=quick",
        "layers=3&backend=quick",
        "layers=4&backend=qwen",
    ];
    let jobs = jobs.map(|settings| server.submit(&small, settings).id());
    let with_model = &jobs[2];
    // Without a worker they wait, and are told so.
    thread::sleep(Duration::from_secs(1));
    assert_eq!(server.job(&jobs[0])["state"], "queued");
    let cancelled = server.submit(&small, "layers=5&backend=quick").id();
    server.delete(&format!("/v1/decompositions/{cancelled}"));
    server.wait(&cancelled, &["cancelled"]);

    server.kill();
    nats.kill();
    nats.start_again();
    let server = Server::start(&data, &options);
    let worker = Worker::start(&nats);
    for (job, layers) in jobs[..2].iter().zip([2, 3]) {
        server.wait(job, &["done"]);
        let report = server
            .get(&format!("/v1/decompositions/{job}/report"))
            .json();
        assert_eq!(report["request"]["layers"], layers);
        assert_eq!(report["source"]["width"], 60);
        let psd = server.get(&format!("/v1/decompositions/{job}/document.psd"));
        assert!(psd.body.starts_with(b"8BPS"), "{psd:?}");
    }
    let events = server.get(&format!("/v1/decompositions/{}/events", jobs[0]));
    assert!(String::from_utf8_lossy(&events.body).contains("finished"));
    // No worker has come that has the model; auto is what one has.
    assert_eq!(server.job(with_model)["state"], "queued");
    let later = server.submit(&small, "layers=4").id();
    server.wait(&later, &["done"]);
    assert!(worker.end().contains("3 done, 0 failed"));
}

#[test]
fn a_server_on_nats_has_a_worker_say_what_a_job_would_take() {
    let (nats, dir) = (Nats::start(), folder());
    let server = Server::start(dir.path(), &format!("--nats {}", nats.url()));
    let ask = || {
        let size = br#"{"width": 800, "height": 600, "backend": "quick"}"#;
        server.post("/v1/estimate", "application/json", size, &[])
    };
    let nobody = ask();
    assert_eq!(
        (nobody.status, nobody.problem().as_str()),
        (503, "no_answer")
    );
    let worker = Worker::start(&nats);
    let estimate = (0..50).find_map(|_| {
        thread::sleep(Duration::from_millis(100));
        Some(ask()).filter(|answer| answer.status == 200)
    });
    let estimate = estimate.expect("the worker answers").json();
    assert!(estimate["seconds"].as_f64().expect("a number") > 0.0);
    worker.end();
}

#[test]
fn a_server_on_nats_shows_the_unfinished_layers_of_a_worker_s_job() {
    let (nats, dir) = (Nats::start(), folder());
    let model = published().display().to_string();
    let worker = Worker::with(&nats, &["--model", &model, "--device", "cpu"]);
    let server = Server::start(dir.path(), &format!("--nats {}", nats.url()));
    let small = png_bytes(&picture(60, 40));
    let submit = |settings: &str| {
        let settings = format!("backend=qwen&layers=2&prompt=square&guidance=1&{settings}");
        server.submit(&small, &settings).id()
    };
    let id = submit("steps=12&previews=true");
    let own = format!("/v1/decompositions/{id}");
    let early = server.get(&format!("{own}/preview/0.png"));
    assert_eq!((early.status, early.problem().as_str()), (404, "not_found"));

    let mut events = server.connect();
    let ask = format!("GET {own}/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    events.write_all(ask.as_bytes()).expect("sent");
    let mut lines = BufReader::new(events).lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line == "event: preview"),
        "it is told that there is something to see"
    );
    for n in 0..2 {
        let shown = server.get(&format!("{own}/preview/{n}.png"));
        assert_eq!((shown.status, shown.kind.as_str()), (200, "image/png"));
        let shown = image::load_from_memory(&shown.body).expect("it decodes");
        assert_eq!(shown.width().max(shown.height()), 256);
    }
    assert_eq!(server.get(&format!("{own}/preview/2.png")).status, 404);
    server.delete(&own);
    server.wait(&id, &["cancelled"]);
    assert_eq!(server.get(&format!("{own}/preview/0.png")).status, 404);

    let unseen = submit("steps=2");
    let told = server.events(&unseen, None);
    assert_eq!(told.last().expect("an end").1, "finished");
    assert!(told.iter().all(|(_, name, _)| name != "preview"));
    assert!(worker.end().contains("1 done, 0 failed"));
}
