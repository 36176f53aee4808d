//! A thousand jobs while workers are killed, the server is, and the network drops.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

#[path = "../../../tests/support/nats.rs"]
mod nats;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cluster::{Access, Cluster, Need, Server, Stop, WorkerOptions};
use engine::{Backend, CancelToken, DecomposeRequest, FakeBackend, Hardware};
use futures_util::StreamExt;
use image::{Rgba, RgbaImage};
use nats::{Nats, Proxy};

const JOBS: usize = 1000;
/// Jobs that are waited for at a time.
const IN_FLIGHT: usize = 64;
const WORKERS: usize = 6;
/// Tells the process that is a worker where to work.
const URL: &str = "LAMINA_TEST_NATS";

fn server(url: &str) -> Server {
    Server::new(url, Access::Open).silence(Duration::from_secs(2))
}

/// A picture like no other, so that layers tell which job they are of.
fn picture(n: usize) -> RgbaImage {
    let colour = Rgba([(n / 256) as u8, (n % 256) as u8, 200, 255]);
    RgbaImage::from_pixel(16, 16, colour)
}

/// This test's own program as a worker, killed when dropped.
struct Worker(Child);

impl Worker {
    fn start(url: &str) -> Self {
        let this = std::env::current_exe().expect("a path");
        let child = Command::new(this)
            .args(["--ignored", "--exact", "worker"])
            .env(URL, url)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("starts"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "run by the others as a process that can be killed"]
fn worker() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let cluster = loop {
        // The network may be down when it starts.
        if let Ok(cluster) = Cluster::connect(&server(&url)) {
            break cluster;
        }
        thread::sleep(Duration::from_millis(100));
    };
    let fake = FakeBackend::new().pace(Duration::from_millis(2));
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(fake)];
    let work = WorkerOptions {
        needs: &[Need::Embedded],
        hardware: &Hardware::default(),
        stop: &Stop::default(),
        on_event: &|_| {},
    };
    cluster.work(&mut backends, &work).expect("it goes on");
}

/// Pseudo-random, the same in each run (xorshift64, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[test]
fn each_of_a_thousand_jobs_is_done_once_whatever_fails() {
    let nats = Nats::start();
    let proxy = Proxy::to(nats.port);
    let asking = Cluster::connect(&server(&proxy.url())).expect("connects");
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let is_over = AtomicBool::new(false);
    let ask = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= JOBS {
                return;
            }
            let request = DecomposeRequest::new(Arc::new(picture(n)));
            let cancel = CancelToken::default();
            let result = asking.decompose(Need::Embedded, &request, &mut |_| {}, &cancel);
            let result = result.unwrap_or_else(|error| panic!("job {n}: {error}"));
            let ground = result.layers.first().expect("layers");
            assert_eq!(
                ground.image.get_pixel(0, 0),
                picture(n).get_pixel(0, 0),
                "{n}"
            );
            assert_eq!(*result.report.request.source, picture(n));
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let asking: Vec<_> = (0..IN_FLIGHT).map(|_| scope.spawn(ask)).collect();
        let failing = scope.spawn(|| fail(nats, &proxy, &is_over));
        let long = Instant::now() + Duration::from_secs(400);
        while asking.iter().any(|thread| !thread.is_finished()) && Instant::now() < long {
            thread::sleep(Duration::from_millis(100));
        }
        is_over.store(true, Ordering::Relaxed);
        let (nats, failures) = failing.join().expect("no panic");
        assert_eq!(done.load(Ordering::Relaxed), JOBS, "{failures:?}");
        let left = Left::on(&nats);
        assert_eq!(left.ends, JOBS, "each job has one end");
        assert_eq!(left.dead, 0, "none was given up");
        println!("{failures:?}");
        assert!(failures.kills > 0 && failures.restarts + failures.drops > 0);
    });
}

#[derive(Debug, Default)]
struct Failures {
    kills: usize,
    restarts: usize,
    drops: usize,
}

/// Keeps workers there, and spares nothing until it is over.
fn fail(mut nats: Nats, proxy: &Proxy, is_over: &AtomicBool) -> (Nats, Failures) {
    let mut dice = Dice(0x5eed);
    let mut failures = Failures::default();
    let mut workers: Vec<_> = (0..WORKERS).map(|_| Worker::start(&proxy.url())).collect();
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(600 + dice.below(1000)));
        match dice.below(6) {
            0 => {
                nats.kill();
                thread::sleep(Duration::from_millis(dice.below(500)));
                nats.start_again();
                failures.restarts += 1;
            }
            1 => {
                proxy.drop_for(Duration::from_millis(dice.below(1500)));
                failures.drops += 1;
            }
            _ => {
                let which = dice.below(WORKERS as u64) as usize;
                workers[which] = Worker::start(&proxy.url());
                failures.kills += 1;
            }
        }
    }
    (nats, failures)
}

/// What lies on the server afterwards.
struct Left {
    ends: usize,
    dead: u64,
}

impl Left {
    fn on(nats: &Nats) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let client = async_nats::connect(nats.url()).await.expect("connects");
            let context = async_nats::jetstream::new(client);
            let events = context.get_stream("LAMINA_EVENTS").await.expect("there");
            let mut subjects = events.info_with_subjects("lamina.events.*.finished").await;
            let subjects = subjects.as_mut().expect("they are listed");
            let mut ends = 0;
            while let Some(subject) = subjects.next().await {
                let (_, messages) = subject.expect("a subject");
                assert_eq!(messages, 1);
                ends += 1;
            }
            let dead = context.get_stream("LAMINA_DEAD").await.expect("there");
            let dead = dead.get_info().await.expect("it answers").state.messages;
            Self { ends, dead }
        })
    }
}
