//! The threads that take jobs from the queue through the engine to their results.

mod results;
mod runner;
mod shared;

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Sender, unbounded};

use crate::ServiceError;
use crate::executor::Executor;
use results::ResultsThread;
use runner::Runner;

pub(crate) use results::{DECOMPOSITION, DOCUMENT};
pub use results::{ResultWriter, Results};
pub(crate) use runner::Command;
pub(crate) use shared::Shared;

/// Dropping it gives the running job back to the queue and joins the threads.
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
        let (writer, written) = unbounded();
        let results = ResultsThread {
            shared: shared.clone(),
            executor: Arc::clone(&executor),
            write,
        };
        let writing = thread("results", move || results.serve(&finished, &writer))?;
        let events = executor.subscribe();
        let runner = Runner::new(shared, executor, finish);
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
