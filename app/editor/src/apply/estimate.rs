use engine::{EngineError, Estimate, JobId};

use crate::editor::Editor;
use crate::session::Session;
use crate::state::EstimateOfJob;

impl Editor {
    /// Asks the engine what the job would take, when that may have changed; one question at a time. Once a frame.
    pub(crate) fn ask_estimate(&mut self) {
        if self.state.estimate.waits_for.is_some() {
            return;
        }
        let is_ready = self.state.chosen_backend().is_some_and(|b| b.ready);
        let document = self.state.session.as_ref().map(Session::document);
        let source = document.and_then(|document| document.source());
        let Some(source) = source.filter(|_| is_ready) else {
            self.state.estimate = EstimateOfJob::default();
            return;
        };
        let request = self.request_of(source.shared());
        let estimate = &mut self.state.estimate;
        if estimate.request.as_ref() == Some(&request) {
            return;
        }
        match self.background.engine.estimate(request.clone()) {
            Ok(job) => estimate.waits_for = Some(job),
            Err(error) => estimate.told = Some(Err(error)),
        }
        estimate.request = Some(request);
    }

    pub(super) fn estimate_told(&mut self, job: JobId, told: Result<Estimate, EngineError>) {
        let estimate = &mut self.state.estimate;
        if estimate.waits_for.take_if(|last| *last == job).is_some() {
            estimate.told = Some(told);
        }
    }

    /// What is free and what is loaded is another now.
    pub(super) fn doubt_estimate(&mut self) {
        self.state.estimate.request = None;
    }
}
