//! A job's events, from a stream that is taken up again wherever it breaks off.

use std::io::{self, BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use engine::{Decomposition, EngineError, EventKind, Progress, Versioned};

use crate::client::{RemoteError, Server};

/// How long a wait goes without asking whether the job is cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(50);
/// A server says every 15 s at least that it is there; after this it is taken to be gone.
const SILENCE: Duration = Duration::from_secs(40);
/// A server may be away so long, as when it is started anew.
const AWAY: Duration = Duration::from_secs(60);
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Follows the job until it ends, and cancels it there where it is cancelled here.
pub fn follow(
    server: &Server,
    job: &str,
    progress: &dyn Progress,
    on_event: &mut dyn FnMut(EventKind),
) -> Result<Box<Decomposition>, EngineError> {
    let mut last = 0;
    let mut heard = Instant::now();
    loop {
        let lines = open(server, job, last);
        let broken = loop {
            if progress.is_cancelled() {
                // Where it cannot be told, its job ends by itself.
                let _ = server.cancel(job);
                return Err(EngineError::Cancelled);
            }
            match lines.recv_timeout(CANCEL_POLL) {
                Ok(Ok(Received::Event(id, event))) => {
                    (last, heard) = (id, Instant::now());
                    match event {
                        EventKind::Finished(result) => return result,
                        event => on_event(event),
                    }
                }
                Ok(Ok(Received::Nothing)) => heard = Instant::now(),
                Ok(Err(error)) => break error,
                Err(RecvTimeoutError::Timeout) if heard.elapsed() < SILENCE => {}
                Err(_) => break server.gone(&"it fell silent"),
            }
        };
        if !matches!(broken, RemoteError::Gone { .. }) || heard.elapsed() > AWAY {
            return Err(broken.into());
        }
        let until = Instant::now() + TRY_EVERY;
        while Instant::now() < until && !progress.is_cancelled() {
            thread::sleep(CANCEL_POLL);
        }
    }
}

enum Received {
    Event(u64, EventKind),
    /// That the server is there.
    Nothing,
}

/// Reads on a thread of its own, which ends with the stream or once nobody listens.
fn open(server: &Server, job: &str, last: u64) -> Receiver<Result<Received, RemoteError>> {
    let (sender, heard) = bounded(16);
    let (server, job) = (server.clone(), job.to_owned());
    let spawned = thread::Builder::new().name("events".into()).spawn({
        let sender = sender.clone();
        move || {
            if let Err(error) = read(&server, &job, last, &sender) {
                // Whoever listened may have gone.
                let _ = sender.send(Err(error));
            }
        }
    });
    if let Err(error) = spawned {
        let _ = sender.send(Err(RemoteError::Gone {
            url: "of the events".into(),
            error: error.to_string(),
        }));
    }
    heard
}

fn read(
    server: &Server,
    job: &str,
    last: u64,
    heard: &Sender<Result<Received, RemoteError>>,
) -> Result<(), RemoteError> {
    let body = server.events(job, last)?;
    let mut lines = BufReader::new(body.into_reader());
    let mut line = String::new();
    let mut id = last;
    loop {
        line.clear();
        match lines.read_line(&mut line) {
            Ok(0) => return Err(server.gone(&io::Error::from(io::ErrorKind::UnexpectedEof))),
            Ok(_) => {}
            Err(error) => return Err(server.gone(&error)),
        }
        let said = match line.trim_end().split_once(':') {
            Some(("id", number)) => {
                id = number.trim().parse().unwrap_or(id);
                continue;
            }
            Some(("data", text)) => {
                let event: Versioned<EventKind> =
                    serde_json::from_str(text.trim()).map_err(|error| server.strange(&error))?;
                Received::Event(id, event.value)
            }
            Some(("", _)) => Received::Nothing,
            _ => continue,
        };
        if heard.send(Ok(said)).is_err() {
            return Ok(());
        }
    }
}
