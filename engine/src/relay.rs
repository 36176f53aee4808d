//! Work that nobody waits for once it is cancelled.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::{CancelToken, EngineError, Progress, Stage};

/// How often who waits looks whether the job was cancelled.
const GLANCE: Duration = Duration::from_millis(20);

/// What work tells the one who waits for it: steps and notes. Shared by threads, which a job's own `Progress` is not.
pub struct Relay {
    told: Sender<Told>,
    cancel: CancelToken,
}

enum Told {
    Step(Stage, u32, u32),
    Note(String),
}

impl Relay {
    /// Has the caller's rayon pool do the work, and waits for it unless `progress` is cancelled. Work that was cancelled ends at
    /// its next look at the relay, and what it holds goes with it.
    ///
    /// Fails as the work does, or with [`EngineError::Cancelled`]; a panic of the work goes on in the caller.
    pub fn run<T: Send + 'static>(
        progress: &dyn Progress,
        work: impl FnOnce(&Self) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        progress.check()?;
        let (told, hears) = channel();
        let (done, result) = channel();
        let cancel = CancelToken::default();
        let relay = Self {
            told,
            cancel: cancel.clone(),
        };
        rayon::spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&relay)));
            drop(relay);
            // Nobody may wait any more.
            let _ = done.send(result);
        });
        loop {
            // A caller that is one of the pool's threads may have to do the work itself.
            while rayon::yield_now() == Some(rayon::Yield::Executed) {}
            match hears.recv_timeout(GLANCE) {
                Ok(Told::Step(stage, step, steps)) => progress.report(stage, step, steps),
                Ok(Told::Note(sentence)) => progress.note(&sentence),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if progress.is_cancelled() {
                cancel.cancel();
                return Err(EngineError::Cancelled);
            }
        }
        match result.recv() {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(EngineError::Backend(
                "the work ended early; try again".into(),
            )),
        }
    }

    pub fn cancel(&self) -> &CancelToken {
        &self.cancel
    }

    fn tell(&self, told: Told) {
        // Nobody may listen any more.
        let _ = self.told.send(told);
    }
}

impl Progress for Relay {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        self.tell(Told::Step(stage, step, steps));
    }

    fn note(&self, sentence: &str) {
        self.tell(Told::Note(sentence.to_owned()));
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
