use std::sync::Arc;

use engine::Decomposition;
use session::Task;
use words::say;

use crate::editor::Editor;
use crate::question::Modal;

impl Editor {
    /// Reads the record anew.
    pub(super) fn show_history(&mut self) {
        let tasks = &mut self.background.runs;
        let Some(record) = tasks.record.as_ref().map(Arc::clone) else {
            return;
        };
        self.state.runs.baselines = None;
        match Task::spawn("runs", &self.background.waker, move || record.baselines()) {
            Ok(task) => tasks.reading = Some(task),
            Err(error) => self.state.runs.baselines = Some(Err(error.to_string())),
        }
        self.modals.show(Modal::History);
    }

    /// A run that cannot be recorded gives a notification and nothing else.
    pub(super) fn keep_run(&mut self, done: &Decomposition) {
        let tasks = &mut self.background.runs;
        let Some(record) = tasks.record.as_ref().map(Arc::clone) else {
            return;
        };
        let done = done.clone();
        match Task::spawn("record", &self.background.waker, move || record.keep(&done)) {
            Ok(task) => tasks.keeping = Some(task),
            Err(error) => self.not_kept(&error.to_string()),
        }
    }

    /// Takes what is finished. Once a frame.
    pub(crate) fn poll_runs(&mut self) {
        let tasks = &mut self.background.runs;
        if let Some(read) = tasks.reading.as_ref().and_then(Task::poll) {
            tasks.reading = None;
            let lost = say!("history-lost");
            let read = read.unwrap_or_else(|_| Err(lost.to_owned()));
            self.state.runs.baselines = Some(read);
        }
        if let Some(kept) = tasks.keeping.as_ref().and_then(Task::poll) {
            tasks.keeping = None;
            if let Ok(Err(error)) = kept {
                self.not_kept(&error);
            }
        }
    }

    fn not_kept(&mut self, error: &str) {
        let text = say!("history-not-recorded", error = error.to_string());
        self.state.notifications.error(text);
    }
}
