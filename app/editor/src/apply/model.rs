use std::path::PathBuf;

use engine::{EngineError, JobId, ModelCommand, ModelStatus};

use crate::dialogs::DialogError;
use crate::editor::Editor;
use crate::question::Modal;

impl Editor {
    /// Shows the desktop's dialog.
    pub(super) fn browse_model(&mut self, ctx: &egui::Context) {
        let model = self.state.model();
        let folder = model.and_then(|(_, model)| model.folder.clone());
        if let Err(error) = self.background.ask_model(ctx, folder) {
            self.state
                .notifications
                .error(format!("The file dialog did not start: {error}"));
        }
    }

    pub(super) fn model_chosen_by_dialog(&mut self, answer: Result<Option<PathBuf>, DialogError>) {
        match answer {
            Ok(Some(folder)) => self.choose_model(folder),
            Ok(None) => {}
            Err(DialogError::Unavailable) => self.modals.show(Modal::ModelPath(String::new())),
        }
    }

    pub(crate) fn choose_model(&mut self, folder: PathBuf) {
        self.command_model(ModelCommand::Choose(folder));
    }

    pub(super) fn free_model(&mut self) {
        if self.state.job.is_none() {
            self.command_model(ModelCommand::Free);
        }
    }

    fn command_model(&mut self, command: ModelCommand) {
        let Some((backend, _)) = self.state.model() else {
            return;
        };
        let engine = &self.background.engine;
        match engine.command(&backend.backend.id, command.clone()) {
            Ok(job) => self.state.model.running = Some((job, command)),
            Err(error) => self.state.notifications.error(error.to_string()),
        }
    }

    /// Of those sent one after the other only the last is told of.
    pub(super) fn model_command_done(
        &mut self,
        ctx: &egui::Context,
        job: JobId,
        result: Result<ModelStatus, EngineError>,
    ) {
        let running = &mut self.state.model.running;
        let Some((_, command)) = running.take_if(|(last, _)| *last == job) else {
            return;
        };
        let now = ctx.input(|input| input.time);
        match (command, result) {
            (ModelCommand::Choose(folder), Ok(_)) => {
                self.state.model.error = None;
                self.state
                    .settings
                    .change(now, |settings| settings.model_folder = Some(folder));
            }
            (ModelCommand::Choose(_), Err(error)) => {
                self.state.model.error = Some(error.to_string());
            }
            (ModelCommand::Free, Ok(_)) => self.state.notifications.info(
                now,
                "The model's memory is free; the next run loads it again",
            ),
            (ModelCommand::Load(_), Ok(_)) => {}
            (ModelCommand::Free | ModelCommand::Load(_), Err(error)) => {
                self.state.notifications.error(error.to_string());
            }
        }
    }
}
