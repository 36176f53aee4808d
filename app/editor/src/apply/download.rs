use engine::{EngineError, Transfer};
use session::{DownloadTask, Task};
use words::say;

use crate::editor::Editor;
use crate::models::{DownloadPhase, DownloadStatus};
use crate::question::Modal;

impl Editor {
    pub(super) fn show_catalogue(&mut self) {
        self.modals.show(Modal::GetModel);
        self.read_catalogue();
    }

    fn read_catalogue(&mut self) {
        let tasks = &mut self.background.library;
        let Some(library) = tasks.library().filter(|_| tasks.catalogue.is_none()) else {
            return;
        };
        match Task::spawn("catalogue", &self.background.waker, move || {
            library.catalogue()
        }) {
            Ok(task) => tasks.catalogue = Some(task),
            Err(error) => self.state.models.catalogue = Some(Err(error.to_string())),
        }
    }

    /// Begins it, or goes on where it ended; one at a time.
    pub(super) fn download(&mut self, name: String) {
        let tasks = &mut self.background.library;
        let is_free = tasks.download.is_none() && tasks.discard.is_none();
        let Some(library) = tasks.library().filter(|_| is_free) else {
            return;
        };
        let before = self.state.models.download.take();
        let before = before.filter(|before| before.name == name);
        let phase = match DownloadTask::spawn(&self.background.waker, library, name.clone()) {
            Ok(task) => {
                tasks.download = Some(task);
                DownloadPhase::Running
            }
            Err(error) => {
                DownloadPhase::Failed(say!("download-not-started", error = error.to_string()))
            }
        };
        self.state.models.download = Some(DownloadStatus {
            name,
            transfer: before.map_or_else(Transfer::default, |before| before.transfer),
            rate: None,
            phase,
        });
    }

    pub(super) fn pause_download(&mut self) {
        if let (Some(task), Some(status)) = (
            &self.background.library.download,
            &mut self.state.models.download,
        ) {
            status.phase = DownloadPhase::Pausing;
            task.end();
        }
    }

    /// Ends it first where it runs.
    pub(super) fn discard_download(&mut self, name: String) {
        let tasks = &mut self.background.library;
        let status = self.state.models.download.get_or_insert(DownloadStatus {
            name,
            transfer: Transfer::default(),
            rate: None,
            phase: DownloadPhase::Discarding,
        });
        status.phase = DownloadPhase::Discarding;
        if let Some(task) = &tasks.download {
            task.end();
            return;
        }
        let (Some(library), name) = (tasks.library(), status.name.clone()) else {
            return;
        };
        match Task::spawn("discard", &self.background.waker, move || {
            library.discard(&name)
        }) {
            Ok(task) => tasks.discard = Some(task),
            Err(error) => status.phase = DownloadPhase::Failed(error.to_string()),
        }
    }

    pub(super) fn poll_download(&mut self, ctx: &egui::Context) {
        if let (Some(task), Some(status)) = (
            &mut self.background.library.download,
            &mut self.state.models.download,
        ) {
            let (transfer, rate) = task.progress();
            status.rate = rate;
            if transfer.all > 0 {
                status.transfer = transfer;
            }
        }
        let tasks = &mut self.background.library;
        if let Some(ended) = tasks.download.as_ref().and_then(DownloadTask::poll) {
            tasks.download = None;
            self.download_ended(ctx, ended);
        }
        let tasks = &mut self.background.library;
        if let Some(done) = tasks.discard.as_ref().and_then(Task::poll) {
            tasks.discard = None;
            if let Ok(Err(error)) = done {
                self.state.notifications.error(error.to_string());
            }
            self.state.models.download = None;
            self.read_catalogue();
        }
    }

    fn download_ended(
        &mut self,
        ctx: &egui::Context,
        ended: Result<engine::ModelSource, EngineError>,
    ) {
        let Some(status) = &mut self.state.models.download else {
            return;
        };
        match (ended, &status.phase) {
            (Ok(source), _) => {
                let text = say!("download-done", model = status.name);
                self.state.models.download = None;
                let now = ctx.input(|input| input.time);
                self.state.notifications.success(now, text);
                self.choose_model(source);
                self.look_for_models();
            }
            (Err(_), DownloadPhase::Discarding) => {
                let name = status.name.clone();
                self.discard_download(name);
            }
            (Err(EngineError::Cancelled), _) => status.phase = DownloadPhase::Paused,
            (Err(error), _) => status.phase = DownloadPhase::Failed(error.to_string()),
        }
        self.read_catalogue();
    }
}
