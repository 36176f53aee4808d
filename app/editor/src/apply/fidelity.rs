use canvas::Compare;
use document::Fidelity;
use session::Task;

use crate::editor::Editor;
use crate::state::FidelityOfStack;

impl Editor {
    /// While the difference is shown, measures each state of the document; one measurement at a time. Once a frame.
    pub(crate) fn measure_fidelity(&mut self) {
        if let Some(answer) = self.background.fidelity.as_ref().and_then(Task::poll) {
            self.background.fidelity = None;
            self.state.fidelity.answer = answer.ok();
        }
        let session = self.state.session.as_ref();
        let Some(session) = session.filter(|_| self.state.compare == Compare::Difference) else {
            self.state.fidelity = FidelityOfStack::default();
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
