//! The thread "jobs": from the queue to the engine, and from what the engine says to whoever follows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select, tick};
use engine::{DecomposeRequest, Decomposition, EngineError, Event, EventKind, JobId};
use uuid::Uuid;

use super::results::Ended;
use super::shared::Shared;
use crate::executor::Executor;
use crate::store::{Job, now};

const CLEAN_EVERY: Duration = Duration::from_secs(60);
/// Workers whose queue is away are asked again.
const TRY_EVERY: Duration = Duration::from_secs(5);

pub(crate) enum Command {
    /// A job was queued.
    Look,
    Cancel(Uuid),
}

/// A job that the engine has.
struct Running {
    job: Job,
    pixels_per_inch: Option<f64>,
    profile: Option<Vec<u8>>,
    /// None until it has left the engine's own queue.
    started: Option<Instant>,
    /// Cancelled while it waited there: it has ended, and says nothing more.
    is_over: bool,
}

pub struct Runner {
    shared: Shared,
    executor: Arc<Executor>,
    finish: Sender<Ended>,
    running: HashMap<JobId, Running>,
    /// Jobs that the results' thread has.
    writing: usize,
    /// Whether the workers' queue took no job the last time.
    is_away: bool,
}

impl Runner {
    pub fn new(shared: Shared, executor: Arc<Executor>, finish: Sender<Ended>) -> Self {
        Self {
            shared,
            executor,
            finish,
            running: HashMap::new(),
            writing: 0,
            is_away: false,
        }
    }

    /// Runs until the server drops the channel.
    pub fn serve(
        mut self,
        asked: &Receiver<Command>,
        events: &Receiver<Event>,
        written: &Receiver<()>,
    ) {
        let clean = tick(CLEAN_EVERY);
        let try_again = tick(TRY_EVERY);
        loop {
            self.fill();
            select! {
                recv(asked) -> command => match command {
                    Ok(command) => self.carry_out(command),
                    Err(_) => break,
                },
                recv(events) -> event => match event {
                    Ok(event) => self.heed(event),
                    Err(_) => break,
                },
                recv(written) -> _ => self.writing = self.writing.saturating_sub(1),
                recv(clean) -> _ => self.shared.clean(),
                recv(try_again) -> _ => self.is_away = false,
            }
        }
        for (engine_job, running) in self.running {
            if !self.executor.outlives() {
                self.executor.cancel(engine_job, running.job.id);
            }
            let given_back = self.shared.store.give_back(running.job.id);
            self.shared.log_error(given_back);
        }
    }

    fn fill(&mut self) {
        let most = self.executor.in_hand(&self.shared.limits);
        while !self.is_away && self.running.len() + self.writing < most {
            let claimed = self.shared.log_error(self.shared.store.claim()).flatten();
            let Some(job) = claimed else {
                return;
            };
            let id = job.id;
            match self.submit(job) {
                Err(error @ EngineError::Backend(_)) if self.executor.outlives() => {
                    eprintln!("lamina: {error}");
                    self.is_away = true;
                    self.shared.log_error(self.shared.store.give_back(id));
                }
                Err(error) => self.shared.fail(id, &error),
                Ok(()) => {}
            }
        }
    }

    fn submit(&mut self, job: Job) -> Result<(), EngineError> {
        let picture = self.shared.picture(&job)?;
        let request = DecomposeRequest {
            source: Arc::new(picture.image),
            ..job.request.clone()
        };
        let engine_job = self.executor.submit(job.id, request)?;
        let running = Running {
            job,
            pixels_per_inch: picture.pixels_per_inch,
            profile: picture.profile,
            started: None,
            is_over: false,
        };
        self.running.insert(engine_job, running);
        Ok(())
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Look => {}
            Command::Cancel(id) => {
                let mut all = self.running.iter_mut();
                if let Some((engine_job, running)) = all.find(|(_, running)| running.job.id == id) {
                    running.is_over |= running.started.is_none();
                    self.executor.cancel(*engine_job, id);
                }
            }
        }
    }

    fn heed(&mut self, Event { job, kind }: Event) {
        match kind {
            EventKind::Finished(result) => {
                if let Some(running) = self.running.remove(&job) {
                    self.end(running, result);
                }
            }
            kind => {
                if let Some(running) = self.running.get_mut(&job) {
                    // Workers may begin a job again.
                    if running.started.is_none() && matches!(kind, EventKind::Started(_)) {
                        running.started = Some(Instant::now());
                        let begun = self
                            .shared
                            .log_error(self.shared.store.begun(running.job.id));
                        running.is_over |= begun == Some(false);
                        if !running.is_over {
                            let waited = now() - running.job.created;
                            self.shared.metrics.waited(waited as f64 / 1000.0);
                        }
                    }
                    if !running.is_over {
                        self.shared.feeds.open(running.job.id).push(&kind);
                    }
                }
            }
        }
    }

    fn end(&mut self, running: Running, result: Result<Box<Decomposition>, EngineError>) {
        if running.is_over {
            self.executor.forget(running.job.id);
            return;
        }
        self.writing += 1;
        let seconds = running
            .started
            .map_or(0.0, |began| began.elapsed().as_secs_f64());
        let ended = Ended {
            job: running.job,
            pixels_per_inch: running.pixels_per_inch,
            profile: running.profile,
            result,
            seconds,
        };
        // The thread outlives this one's end of the channel.
        let _ = self.finish.send(ended);
    }
}
