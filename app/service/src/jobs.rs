//! The threads that take jobs from the queue through the engine to their results.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select, tick, unbounded};
use engine::{DecomposeRequest, Decomposition, EngineError, Estimate, Event, EventKind, JobId};
use import::{Picture, PictureFile};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::executor::Executor;
use crate::feed::Feeds;
use crate::metrics::Metrics;
use crate::store::{Job, Run, Store};
use crate::time::now;
use crate::{Limits, ServiceError};

const CLEAN_EVERY: Duration = Duration::from_secs(60);
/// Workers whose queue is away are asked again.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// What is made of a decomposition.
pub struct Results<'a> {
    /// As its file names it; the picture itself is in the report's request.
    pub pixels_per_inch: Option<f64>,
    /// What its numbers mean, where that is not sRGB.
    pub profile: Option<Vec<u8>>,
    /// The picture file's own, for people.
    pub name: &'a str,
    /// Of the picture file's bytes.
    pub sha256: &'a str,
    pub decomposition: Decomposition,
    /// Where the files go, there already.
    pub folder: &'a Path,
}

/// Writes `document.psd` or `document.psb`, the layers in `document/`, bottom first, and last `document.json`, whose `layers`
/// name their files. An error is a sentence.
pub type ResultWriter = Box<dyn Fn(Results) -> Result<(), String> + Send>;

/// The name of a job's files.
pub(crate) const DOCUMENT: &str = "document";
/// The decomposition's text form, for clients that rebuild it.
pub(crate) const DECOMPOSITION: &str = "decomposition.json";

pub(crate) enum Command {
    /// A job was queued.
    Look,
    Cancel(Uuid),
    Estimate(
        Box<DecomposeRequest>,
        oneshot::Sender<Result<Estimate, EngineError>>,
    ),
}

/// What the threads and the server share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub store: Arc<Store>,
    pub feeds: Arc<Feeds>,
    pub metrics: Arc<Metrics>,
    pub limits: Arc<Limits>,
}

/// Dropped, it gives the running job back to the queue and joins its threads.
pub(crate) struct Jobs {
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Jobs {
    pub fn start(
        shared: Shared,
        executor: Arc<Executor>,
        write: ResultWriter,
    ) -> Result<Self, ServiceError> {
        shared.store.recover(executor.outlives())?;
        let (commands, asked) = unbounded();
        let (finish, finished) = unbounded();
        let (told, written) = unbounded();
        let results = ResultsThread {
            shared: shared.clone(),
            executor: Arc::clone(&executor),
            write,
        };
        let writing = thread("results", move || results.serve(&finished, &told))?;
        let events = executor.subscribe();
        let runner = Runner {
            shared,
            executor,
            finish,
            running: HashMap::new(),
            writing: 0,
            is_away: false,
            estimates: HashMap::new(),
        };
        let thread = thread("jobs", move || {
            runner.serve(&asked, &events, &written);
            // A panic there was already printed.
            let _ = writing.join();
        })?;
        Ok(Self {
            commands: Some(commands),
            thread: Some(thread),
        })
    }

    pub fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // Once the thread is gone, nobody waits for an answer.
            let _ = commands.send(command);
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, ServiceError> {
    let thread = Builder::new().name(name.into()).spawn(work);
    thread.map_err(ServiceError::System)
}

/// A job that the engine has.
struct Running {
    job: Job,
    pixels_per_inch: Option<f64>,
    profile: Option<Vec<u8>>,
    /// None until it has left the engine's own queue.
    started: Option<Instant>,
}

struct Runner {
    shared: Shared,
    executor: Arc<Executor>,
    finish: Sender<Ended>,
    running: HashMap<JobId, Running>,
    /// Jobs that the results' thread has.
    writing: usize,
    /// Whether the workers' queue took no job the last time.
    is_away: bool,
    estimates: HashMap<JobId, oneshot::Sender<Result<Estimate, EngineError>>>,
}

impl Runner {
    /// Until the server drops its end.
    fn serve(
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
            self.shared.told(given_back);
        }
    }

    fn fill(&mut self) {
        let most = self.executor.in_hand(&self.shared.limits);
        while !self.is_away && self.running.len() + self.writing < most {
            let claimed = self.shared.told(self.shared.store.claim()).flatten();
            let Some(job) = claimed else {
                return;
            };
            let id = job.id;
            match self.submit(job) {
                Err(error @ EngineError::Backend(_)) if self.executor.outlives() => {
                    eprintln!("lamina: {error}");
                    self.is_away = true;
                    self.shared.told(self.shared.store.give_back(id));
                }
                Err(error) => self.shared.fail(id, &error),
                Ok(()) => {}
            }
        }
    }

    fn submit(&mut self, job: Job) -> Result<(), EngineError> {
        let picture = picture(&self.shared, &job)?;
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
        };
        self.running.insert(engine_job, running);
        Ok(())
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Look => {}
            Command::Cancel(id) => {
                let running = self
                    .running
                    .iter()
                    .find(|(_, running)| running.job.id == id);
                if let Some((engine_job, _)) = running {
                    self.executor.cancel(*engine_job, id);
                }
            }
            Command::Estimate(request, answer) => match self.executor.estimate(*request) {
                Ok(id) => drop(self.estimates.insert(id, answer)),
                // Whoever asked may have gone.
                Err(error) => drop(answer.send(Err(error))),
            },
        }
    }

    fn heed(&mut self, Event { job, kind }: Event) {
        match kind {
            EventKind::Estimated(result) => {
                if let Some(answer) = self.estimates.remove(&job) {
                    let _ = answer.send(result);
                }
            }
            EventKind::Finished(result) => {
                if let Some(running) = self.running.remove(&job) {
                    self.writing += 1;
                    let seconds = running
                        .started
                        .map_or(0.0, |began| began.elapsed().as_secs_f64());
                    let ended = Ended {
                        running,
                        result,
                        seconds,
                    };
                    // The thread outlives this one's end of the channel.
                    let _ = self.finish.send(ended);
                }
            }
            kind => {
                if let Some(running) = self.running.get_mut(&job) {
                    // Workers may begin a job again.
                    if running.started.is_none() && matches!(kind, EventKind::Started(_)) {
                        running.started = Some(Instant::now());
                        self.shared.told(self.shared.store.begun(running.job.id));
                        let waited = now() - running.job.created;
                        self.shared.metrics.waited(waited as f64 / 1000.0);
                    }
                    self.shared.feeds.open(running.job.id).push(&kind);
                }
            }
        }
    }
}

fn picture(shared: &Shared, job: &Job) -> Result<Picture, EngineError> {
    PictureFile::read(&shared.store.picture(&job.sha256))
        .and_then(|file| file.decode())
        .map_err(|error| EngineError::InvalidRequest(error.to_string()))
}

/// A job that the engine is done with.
struct Ended {
    running: Running,
    result: Result<Box<Decomposition>, EngineError>,
    seconds: f64,
}

struct ResultsThread {
    shared: Shared,
    executor: Arc<Executor>,
    write: ResultWriter,
}

impl ResultsThread {
    fn serve(&self, finished: &Receiver<Ended>, told: &Sender<()>) {
        for ended in finished {
            self.end(ended);
            // The other thread may be gone.
            let _ = told.send(());
        }
    }

    fn end(&self, ended: Ended) {
        let Ended {
            running,
            result,
            seconds,
        } = ended;
        let Running {
            job,
            pixels_per_inch,
            profile,
            ..
        } = running;
        let result = result.map(|decomposition| *decomposition);
        if let Some(mut run) = Run::of(&job.request, result.as_ref(), seconds) {
            (run.width, run.height) = (job.width, job.height);
            self.shared.metrics.ran(&run);
            self.shared.told(self.shared.store.record(&run));
        }
        let written = result.and_then(|mut decomposition| {
            if self.executor.outlives() {
                decomposition.report.request = DecomposeRequest {
                    source: picture(&self.shared, &job)?.image.into(),
                    ..job.request.clone()
                };
            }
            let told = without_pixels(&decomposition);
            let results = Results {
                pixels_per_inch,
                profile,
                name: &job.name,
                sha256: &job.sha256,
                decomposition,
                folder: &self.shared.store.results(job.id),
            };
            self.written(results)?;
            Ok(told)
        });
        match written {
            Ok(decomposition) => self.shared.end(job.id, decomposition),
            Err(error) => self.shared.fail(job.id, &error),
        }
        self.executor.forget(job.id);
    }

    fn written(&self, results: Results) -> Result<(), EngineError> {
        let folder = results.folder;
        let failed = |error: &dyn std::fmt::Display| {
            EngineError::Backend(format!(
                "the results could not be written ({error}); look whether the server's disk is full"
            ))
        };
        let text = serde_json::to_vec(&engine::Versioned::new(&results.decomposition))
            .map_err(|error| failed(&error))?;
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        fs::write(folder.join(DECOMPOSITION), text).map_err(|error| failed(&error))?;
        (self.write)(results).map_err(|error| failed(&error))
    }
}

/// What an event's text form has of it.
fn without_pixels(decomposition: &Decomposition) -> Box<Decomposition> {
    let mut told = decomposition.clone();
    for layer in &mut told.layers {
        layer.image = Arc::default();
    }
    told.report.request.source = Arc::default();
    Box::new(told)
}

impl Shared {
    fn end(&self, id: Uuid, decomposition: Box<Decomposition>) {
        let bytes = crate::store::bytes_below(&self.store.results(id));
        self.told(self.store.done(id, bytes));
        self.say_last(id, Ok(decomposition));
    }

    fn fail(&self, id: Uuid, error: &EngineError) {
        self.told(self.store.failed(id, error));
        self.say_last(id, Err(error.clone()));
    }

    /// After the end is in the database, so that whoever hears of it finds it there.
    pub(crate) fn say_last(&self, id: Uuid, result: Result<Box<Decomposition>, EngineError>) {
        self.metrics.ended(&result);
        self.feeds.open(id).push(&EventKind::Finished(result));
        self.feeds.close(id);
    }

    fn clean(&self) {
        self.told(self.store.remove_old(&self.limits));
    }

    /// What fails on a thread without a client is told to whoever runs the server.
    fn told<T>(&self, result: Result<T, ServiceError>) -> Option<T> {
        result
            .inspect_err(|error| eprintln!("lamina: {error}"))
            .ok()
    }
}
