use std::path::PathBuf;
use std::sync::Arc;

use engine::ModelControl;

use crate::background::ModelWork;
use crate::dialogs::DialogError;
use crate::editor::Editor;
use crate::question::Modal;
use crate::state::ModelStatus;

impl Editor {
    /// Shows the desktop's dialog.
    pub(super) fn browse_model(&mut self, ctx: &egui::Context) {
        let model = self.state.model.as_ref();
        let folder = model.and_then(|model| model.folder.clone());
        if let Err(error) = self.background.ask_model(ctx, folder) {
            self.state
                .notifications
                .error(format!("The file dialog did not start: {error}"));
        }
    }

    pub(super) fn model_chosen_by_dialog(
        &mut self,
        ctx: &egui::Context,
        answer: Result<Option<PathBuf>, DialogError>,
    ) {
        match answer {
            Ok(Some(folder)) => self.choose_model(ctx, folder),
            Ok(None) => {}
            Err(DialogError::Unavailable) => self.modals.show(Modal::ModelPath(String::new())),
        }
    }

    /// Looks at the folder in the background: it may be on a slow disk.
    pub(crate) fn choose_model(&mut self, ctx: &egui::Context, folder: PathBuf) {
        self.work_on_model(ctx, move |model| {
            let error = model.choose_folder(folder.clone()).err();
            ModelWork::Chosen(folder, error)
        });
    }

    /// Giving back many gigabytes takes a moment.
    pub(super) fn free_model(&mut self, ctx: &egui::Context) {
        if self.state.job.is_none() {
            self.work_on_model(ctx, |model| ModelWork::Freed(model.free()));
        }
    }

    fn work_on_model(
        &mut self,
        ctx: &egui::Context,
        work: impl FnOnce(&dyn ModelControl) -> ModelWork + Send + 'static,
    ) {
        let Some(model) = self.background.model.as_ref().map(Arc::clone) else {
            return;
        };
        if let Err(error) = self
            .background
            .work_on_model(ctx, move || work(model.as_ref()))
        {
            self.state
                .notifications
                .error(format!("The model's folder could not be used: {error}"));
        }
    }

    /// Shows what the model's control says, and takes the outcome of work on it. Once a frame.
    pub(crate) fn poll_model(&mut self, ctx: &egui::Context) {
        let Some(model) = &self.background.model else {
            return;
        };
        let error = self.state.model.take().and_then(|status| status.error);
        self.state.model = Some(ModelStatus {
            backend: model.backend(),
            folder: model.folder(),
            plan: self.state.job.as_ref().and_then(|job| job.plan.clone()),
            is_loaded: model.is_loaded(),
            is_busy: self.background.model_work.is_some(),
            error,
        });
        let work = self.background.model_work.as_ref();
        if let Some(done) = work.and_then(|task| task.poll()) {
            self.background.model_work = None;
            self.model_work_done(ctx, done.ok());
        }
    }

    fn model_work_done(&mut self, ctx: &egui::Context, done: Option<ModelWork>) {
        let Some(status) = &mut self.state.model else {
            return;
        };
        // What it says is read again in the next frame.
        ctx.request_repaint();
        status.is_busy = false;
        let now = ctx.input(|input| input.time);
        match done {
            Some(ModelWork::Chosen(folder, None)) => {
                status.error = None;
                self.state
                    .settings
                    .change(now, |settings| settings.model_folder = Some(folder));
                self.background.engine.refresh();
            }
            Some(ModelWork::Chosen(_, Some(error))) => status.error = Some(error.to_string()),
            Some(ModelWork::Freed(true)) => self.state.notifications.info(
                now,
                "The model's memory is free; the next run loads it again",
            ),
            Some(ModelWork::Freed(false)) => self
                .state
                .notifications
                .info(now, "The model is in use; free it when the run is over"),
            None => self
                .state
                .notifications
                .error("The model's folder could not be used because of an error in the program"),
        }
    }
}
