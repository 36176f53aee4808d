//! What the window says in figures: what a job would take, and how near the layers come to the source.

use canvas::Compare;
use document::Fidelity;
use engine::{EngineError, Estimate, JobId};
use session::{Session, Task};

use crate::editor::Editor;
use crate::state::{EstimateStatus, FidelityStatus};

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
            self.state.estimate = EstimateStatus::default();
            return;
        };
        let request = self.request_of(source.shared());
        let estimate = &mut self.state.estimate;
        if estimate.request.as_ref() == Some(&request) {
            return;
        }
        match self.background.engine.estimate(request.clone()) {
            Ok(job) => estimate.waits_for = Some(job),
            Err(error) => estimate.answer = Some(Err(error)),
        }
        estimate.request = Some(request);
    }

    pub(super) fn estimate_answered(&mut self, job: JobId, answer: Result<Estimate, EngineError>) {
        let estimate = &mut self.state.estimate;
        if estimate.waits_for.take_if(|last| *last == job).is_some() {
            estimate.answer = Some(answer);
        }
    }

    /// Has the estimate made again: what is free or loaded has changed.
    pub(super) fn doubt_estimate(&mut self) {
        self.state.estimate.request = None;
    }
}

impl Editor {
    /// While the difference is shown, measures each state of the document; one measurement at a time. Once a frame.
    pub(crate) fn measure_fidelity(&mut self) {
        if let Some(answer) = self.background.fidelity.as_ref().and_then(Task::poll) {
            self.background.fidelity = None;
            self.state.fidelity.answer = answer.ok();
        }
        let session = self.state.session.as_ref();
        let Some(session) = session.filter(|_| self.state.compare == Compare::Difference) else {
            self.state.fidelity = FidelityStatus::default();
            return;
        };
        let present = Some((session.serial, session.history().revision()));
        if self.state.fidelity.asked == present || self.background.fidelity.is_some() {
            return;
        }
        let document = session.document().clone();
        // Without a thread the score stays away.
        self.background.fidelity = Task::spawn("fidelity", &self.background.waker, move || {
            Fidelity::of(&document)
        })
        .ok();
        self.state.fidelity.asked = present;
    }
}
