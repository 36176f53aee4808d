//! Jobs through a NATS server: their results, their ends and what becomes of those that cannot be done.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

#[path = "../../../tests/support/nats.rs"]
mod nats;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cluster::{Access, Cluster, ClusterError, Need, Server, Stop, WorkerEvent, WorkerOptions};
use crossbeam_channel::{Receiver, bounded, unbounded};
use engine::{
    Backend, CancelToken, DecomposeRequest, Decomposition, EngineError, EventKind, FakeBackend,
    Hardware, Lora, Stage,
};
use futures_util::StreamExt;
use image::{Rgba, RgbaImage};
use nats::{Nats, Proxy};
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(30);

fn server(url: &str) -> Server {
    Server::new(url, Access::Open).silence(Duration::from_secs(1))
}

fn connect(nats: &Nats) -> Cluster {
    Cluster::connect(&server(&nats.url())).expect("connects")
}

fn request(colour: u8) -> DecomposeRequest {
    let picture = RgbaImage::from_pixel(40, 30, Rgba([colour, 100, 50, 255]));
    DecomposeRequest::new(Arc::new(picture))
}

/// Its id.
fn queued(asking: &Cluster, request: &DecomposeRequest) -> Uuid {
    let id = Uuid::now_v7();
    asking.submit(id, Need::Embedded, request).expect("queued");
    id
}

/// Works on a thread, as a process of its own would.
struct Worker {
    stop: Stop,
    said: Receiver<WorkerEvent>,
    thread: Option<JoinHandle<Result<(), ClusterError>>>,
}

impl Worker {
    fn start(url: &str, backend: FakeBackend) -> Self {
        let cluster = Cluster::connect(&server(url)).expect("connects");
        let (say, said) = unbounded();
        let stop = Stop::default();
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(backend)];
            let work = WorkerOptions {
                needs: &Need::ALL,
                hardware: &Hardware::default(),
                stop: &stopped,
                on_event: &|said| drop(say.send(said)),
            };
            cluster.work(&mut backends, &work)
        });
        Self {
            stop,
            said,
            thread: Some(thread),
        }
    }

    /// Until it says so.
    fn hears(&self, is_it: impl Fn(&WorkerEvent) -> bool) -> WorkerEvent {
        let until = Instant::now() + LONG;
        loop {
            let said = self.said.recv_deadline(until).expect("it is said in time");
            if is_it(&said) {
                return said;
            }
        }
    }

    fn end(mut self) {
        self.stop.last.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        ended.expect("once").expect("no panic").expect("no error");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.now.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn last(events: &Receiver<EventKind>) -> Result<Decomposition, EngineError> {
    let until = Instant::now() + LONG;
    loop {
        if let EventKind::Finished(result) = events.recv_deadline(until).expect("it ends in time") {
            assert!(
                events.recv_timeout(LONG).is_err(),
                "nothing comes after the end"
            );
            return result.map(|done| *done);
        }
    }
}

/// Messages on a subject of a stream.
fn count(nats: &Nats, stream: &str) -> u64 {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(nats.url()).await.expect("connects");
        let context = async_nats::jetstream::new(client);
        let stream = context.get_stream(stream).await.expect("it is there");
        stream.get_info().await.expect("it answers").state.messages
    })
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let long = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < long, "{what} in time");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_job_gives_what_it_gives_here() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let slow = FakeBackend::new().pace(Duration::from_millis(50));
    let worker = Worker::start(&nats.url(), slow);
    until("the worker answers", || asking.taken() == Need::ALL);
    let request = request(7);
    let mut stages = Vec::new();
    let mut on_event = |event| {
        if let EventKind::Progress { stage, .. } = event {
            stages.push(stage);
        }
    };
    let cancel = CancelToken::default();
    let there = asking.decompose(Need::Embedded, &request, &mut on_event, &cancel);
    let there = there.expect("done");
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
    let here = engine::run(&mut backends, &request, &mut |_| {}, &cancel).expect("done");
    assert_eq!(there.layers, here.layers);
    assert_eq!(there.report.request, request, "with its picture");
    assert!(stages.contains(&Stage::Denoise), "{stages:?}");
    worker.end();
    assert_eq!(count(&nats, "LAMINA_JOBS"), 0);
    until("its layers go", || {
        // What is left tells that they were deleted.
        count(&nats, "OBJ_lamina-layers") <= here.layers.len() as u64
    });
}

#[test]
fn workers_take_only_what_they_can() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let id = Uuid::now_v7();
    asking.submit(id, Need::R640, &request(1)).expect("queued");
    let cluster = connect(&nats);
    let stop = Stop::default();
    let (say, said) = bounded(100);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
            let work = WorkerOptions {
                needs: &[Need::Embedded],
                hardware: &Hardware::default(),
                stop: &stop,
                on_event: &|said| drop(say.send_timeout(said, LONG)),
            };
            cluster.work(&mut backends, &work)
        });
        for _ in 0..3 {
            let said = said.recv_timeout(LONG).expect("it says so");
            assert!(matches!(said, WorkerEvent::Waits), "{said:?}");
        }
        stop.last.cancel();
    });
    assert_eq!(count(&nats, "LAMINA_JOBS"), 1);
}

#[test]
fn a_poisonous_job_is_tried_three_times_and_lies_with_the_dead_letters() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let (requests, tried) = bounded(10);
    let error = EngineError::Backend("the card fell out; put it back".into());
    let backend = FakeBackend::new().requests(requests).fail(error.clone());
    let _worker = Worker::start(&nats.url(), backend);
    let id = queued(&asking, &request(1));
    assert_eq!(last(&asking.follow(id)), Err(error));
    assert_eq!(tried.len(), 3);
    until("it leaves the queue", || count(&nats, "LAMINA_JOBS") == 0);
    assert_eq!(count(&nats, "LAMINA_DEAD"), 1);
}

#[test]
fn a_job_that_ends_three_workers_is_given_up_by_the_fourth() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let id = queued(&asking, &request(1));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(nats.url()).await.expect("connects");
        let context = async_nats::jetstream::new(client);
        let stream = context.get_stream("LAMINA_JOBS").await.expect("there");
        let consumer =
            stream.get_consumer::<async_nats::jetstream::consumer::pull::Config>("embedded");
        let consumer = consumer.await.expect("there");
        for _ in 0..3 {
            // Taken, and never heard of again.
            let one = consumer.batch().max_messages(1).expires(LONG);
            let mut messages = one.messages().await.expect("asked");
            messages.next().await.expect("one").expect("whole");
        }
    });
    let (requests, tried) = bounded(10);
    let _worker = Worker::start(&nats.url(), FakeBackend::new().requests(requests));
    let error = last(&asking.follow(id)).expect_err("given up").to_string();
    assert!(error.contains("3 workers"), "{error}");
    assert_eq!(tried.len(), 0);
    assert_eq!(count(&nats, "LAMINA_DEAD"), 1);
}

#[test]
fn a_job_that_cannot_be_read_lies_with_the_dead_letters_as_it_came() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let id = Uuid::now_v7();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(nats.url()).await.expect("connects");
        let context = async_nats::jetstream::new(client);
        let message = async_nats::jetstream::message::PublishMessage::build()
            .payload(r#"{"format":2,"value":{}}"#.into())
            .message_id(id.to_string());
        let sent = context.send_publish("lamina.jobs.embedded", message).await;
        sent.expect("sent").await.expect("queued");
    });
    let _worker = Worker::start(&nats.url(), FakeBackend::new());
    let error = last(&asking.follow(id)).expect_err("refused").to_string();
    assert!(error.contains("same version"), "{error}");
    until("it leaves the queue", || count(&nats, "LAMINA_JOBS") == 0);
    assert_eq!(count(&nats, "LAMINA_DEAD"), 1);
}

#[test]
fn a_panic_of_the_backend_is_tried_again_as_well() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let (requests, tried) = bounded(10);
    let backend = FakeBackend::new().requests(requests).panic();
    let _worker = Worker::start(&nats.url(), backend);
    let id = queued(&asking, &request(1));
    assert!(last(&asking.follow(id)).is_err());
    assert_eq!(tried.len(), 3);
    assert_eq!(count(&nats, "LAMINA_DEAD"), 1);
}

#[test]
fn a_job_with_an_error_of_its_own_ends_at_once() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let (requests, tried) = bounded(10);
    let error = EngineError::InvalidRequest("this cannot be; ask for something else".into());
    let backend = FakeBackend::new().requests(requests).fail(error.clone());
    let _worker = Worker::start(&nats.url(), backend);
    let id = queued(&asking, &request(1));
    assert_eq!(last(&asking.follow(id)), Err(error));
    assert_eq!(tried.len(), 1);

    let mut with_lora = request(2);
    with_lora.diffusion.loras = vec!["/etc/passwd".parse::<Lora>().expect("a LoRA")];
    let id = Uuid::now_v7();
    asking.submit(id, Need::R640, &with_lora).expect("queued");
    let refused = last(&asking.follow(id)).expect_err("refused");
    assert!(refused.to_string().contains("LoRA"), "{refused}");
    assert_eq!(tried.len(), 1, "no backend had it");
    until("both leave the queue", || count(&nats, "LAMINA_JOBS") == 0);
    assert_eq!(count(&nats, "LAMINA_DEAD"), 0);
}

#[test]
fn the_same_id_is_the_same_job() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let id = Uuid::now_v7();
    for _ in 0..3 {
        asking
            .submit(id, Need::Embedded, &request(1))
            .expect("queued");
    }
    assert_eq!(count(&nats, "LAMINA_JOBS"), 1);
    let (requests, tried) = bounded(10);
    let worker = Worker::start(&nats.url(), FakeBackend::new().requests(requests));
    let first = last(&asking.follow(id)).expect("done");
    // The server tells it as long as it remembers, and after that its end does.
    until("it leaves the queue", || count(&nats, "LAMINA_JOBS") == 0);
    asking.submit(id, Need::R640, &request(1)).expect("queued");
    until("it leaves the queue again", || {
        count(&nats, "LAMINA_JOBS") == 0
    });
    assert_eq!(last(&asking.follow(id)).expect("done").layers, first.layers);
    worker.end();
    assert_eq!(tried.len(), 1, "it ran once");
}

#[test]
fn a_job_is_cancelled_where_it_waits_and_where_it_runs() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let waiting = Uuid::now_v7();
    asking
        .submit(waiting, Need::Embedded, &request(1))
        .expect("queued");
    asking.cancel(waiting).expect("told");
    assert_eq!(last(&asking.follow(waiting)), Err(EngineError::Cancelled));

    let (_open, gate) = bounded(0);
    let (requests, tried) = bounded(10);
    let backend = FakeBackend::new().requests(requests).gate(gate);
    let worker = Worker::start(&nats.url(), backend);
    let running = Uuid::now_v7();
    asking
        .submit(running, Need::Embedded, &request(2))
        .expect("queued");
    let events = asking.follow(running);
    worker.hears(|said| matches!(said, WorkerEvent::Took(id) if *id == running));
    asking.cancel(running).expect("told");
    assert_eq!(last(&events), Err(EngineError::Cancelled));
    worker.end();
    assert_eq!(tried.len(), 1, "the one that waited was not begun");
    assert_eq!(count(&nats, "LAMINA_JOBS"), 0);
}

#[test]
fn a_stopped_worker_gives_its_job_back_and_that_counts_nothing() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let id = queued(&asking, &request(1));
    let events = asking.follow(id);
    for _ in 0..4 {
        let (_open, gate) = bounded(0);
        let worker = Worker::start(&nats.url(), FakeBackend::new().gate(gate));
        worker.hears(|said| matches!(said, WorkerEvent::Took(_)));
        worker.stop.now.cancel();
        worker.hears(|said| matches!(said, WorkerEvent::GaveBack(_)));
    }
    let _worker = Worker::start(&nats.url(), FakeBackend::new());
    last(&events).expect("done by the fifth");
    assert_eq!(count(&nats, "LAMINA_DEAD"), 0);
}

#[test]
fn a_worker_that_fell_silent_has_lost_its_job_to_another_and_only_one_end_stands() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let proxy = Proxy::to(nats.port);
    let (open, gate) = bounded(0);
    let silent = Worker::start(&proxy.url(), FakeBackend::new().steps(1).gate(gate));
    let id = queued(&asking, &request(1));
    silent.hears(|said| matches!(said, WorkerEvent::Took(_)));
    thread::scope(|scope| {
        scope.spawn(|| proxy.drop_for(Duration::from_secs(4)));
        let other = Worker::start(&nats.url(), FakeBackend::new());
        other.hears(|said| matches!(said, WorkerEvent::Done(_)));
    });
    let first = last(&asking.follow(id)).expect("done");
    // The silent one does not know, and ends the job as well.
    drop(open);
    silent.hears(|said| matches!(said, WorkerEvent::Done(_)));
    silent.end();
    assert_eq!(
        last(&asking.follow(id)).expect("still there").layers,
        first.layers
    );
    assert_eq!(count(&nats, "LAMINA_JOBS"), 0);
}

#[test]
fn a_late_listener_hears_where_the_job_is() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let (open, gate) = bounded(0);
    let _worker = Worker::start(&nats.url(), FakeBackend::new().steps(9).gate(gate));
    let id = queued(&asking, &request(1));
    for _ in 0..5 {
        open.send_timeout((), LONG).expect("a step");
    }
    let is_at_five = |event: &EventKind| {
        matches!(
            event,
            EventKind::Progress {
                stage: Stage::Denoise,
                step: 5,
                ..
            }
        )
    };
    until("the fifth step is heard of late", || {
        let events = asking.follow(id);
        let heard: Vec<_> = events.iter().take(2).collect();
        matches!(heard[0], EventKind::Started(_)) && is_at_five(&heard[1])
    });
}

#[test]
fn a_server_that_cannot_be_used_is_one_sentence() {
    let refused = |server: &Server, part: &str| {
        let error = Cluster::connect(server).err().expect("refused").to_string();
        assert!(error.contains(part) && error.contains(';'), "{error}");
        assert!(!error.contains("secret"), "{error}");
    };
    refused(&server("nats://127.0.0.1:9"), "cannot be reached");
    refused(&server("nats://a b"), "no address");

    let without = Nats::with("");
    refused(&server(&without.url()), "no JetStream");

    let closed =
        Nats::with("jetstream { store_dir: STORE }\nauthorization { token: \"open-sesame\" }");
    refused(&server(&closed.url()), "does not let this program in");
    let wrong = Server::new(&closed.url(), Access::Token("secret".into()));
    refused(&wrong, "does not let this program in");
    let none = Server::new(&closed.url(), Access::Credentials("secret".into()));
    refused(&none, "credentials cannot be used");
    let right = Server::new(&closed.url(), Access::Token("open-sesame".into()));
    Cluster::connect(&right).map(drop).expect("connects");
}

#[test]
fn whoever_scales_workers_finds_the_queue_before_the_first_comes() {
    let nats = Nats::start();
    let _asking = connect(&nats);
    let scaled = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packaging/cluster/scaled.yaml"
    );
    let scaled = std::fs::read_to_string(scaled).expect("it is there");
    let values = |key: &str| -> Vec<String> {
        let lines = scaled
            .lines()
            .filter_map(|line| line.trim().strip_prefix(key));
        lines
            .map(|value| value.trim().trim_matches('"').to_owned())
            .collect()
    };
    let (streams, consumers) = (values("stream:"), values("consumer:"));
    assert!(!consumers.is_empty() && consumers.len() == streams.len());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(nats.url()).await.expect("connects");
        let context = async_nats::jetstream::new(client);
        for (stream, consumer) in streams.iter().zip(&consumers) {
            let stream = context.get_stream(stream).await.expect("it is there");
            let found = stream.consumer_info(consumer).await;
            found.unwrap_or_else(|error| panic!("{consumer}: {error}"));
        }
    });
}

#[test]
fn a_worker_says_what_a_job_would_take_also_while_one_runs() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let alone = asking.estimate(Need::Embedded, &request(1));
    let sentence = alone.expect_err("nobody is there").to_string();
    assert!(sentence.contains("no worker is there"), "{sentence}");

    let (_open, gate) = bounded(0);
    let worker = Worker::start(&nats.url(), FakeBackend::new().gate(gate));
    queued(&asking, &request(1));
    worker.hears(|said| matches!(said, WorkerEvent::Took(_)));
    until("it answers", || asking.taken() == Need::ALL);
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
    let here = engine::estimate(&mut backends, &request(1));
    assert_eq!(asking.estimate(Need::R640, &request(1)), here);

    let mut unknown = request(1);
    unknown.backend = engine::BackendChoice::Named("none".into());
    let refused = asking.estimate(Need::Embedded, &unknown);
    assert_eq!(refused, engine::estimate(&mut backends, &unknown));
}

#[test]
fn a_listener_sees_the_unfinished_layers_of_a_job_that_was_asked_to_show_them() {
    let nats = Nats::start();
    let asking = connect(&nats);
    let (open, gate) = bounded(0);
    let (requests, asked) = bounded(1);
    let backend = FakeBackend::new().previews().steps(400);
    let _worker = Worker::start(&nats.url(), backend.gate(gate).requests(requests));
    let request = DecomposeRequest {
        previews: true,
        ..request(1)
    };
    let id = queued(&asking, &request);
    let events = asking.follow(id);
    assert!(asked.recv_timeout(LONG).expect("it begins").previews);
    // What is shown before the listener listens is lost.
    let shown = (0..300).find_map(|_| {
        open.send_timeout((), LONG).expect("a step");
        thread::sleep(Duration::from_millis(5));
        events.try_iter().find_map(|event| match event {
            EventKind::Preview { layers } => Some(layers),
            _ => None,
        })
    });
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(FakeBackend::new())];
    let cancel = CancelToken::default();
    let made = engine::make(&mut backends, &request, &mut |_| {}, &cancel).expect("made");
    let made = made.into_raw().layers.into_iter().map(|layer| layer.image);
    let made: Vec<_> = made.collect();
    assert_eq!(
        *shown.expect("a preview"),
        made,
        "so small they are not shrunk"
    );
}
