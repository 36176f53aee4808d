use engine::{EngineError, JobId, ModelCommand, ModelSource, ModelStatus};
use session::Picked;
use words::say;

use crate::editor::Editor;

impl Editor {
    /// Takes effect once no job runs.
    pub(super) fn choose_model(&mut self, source: ModelSource) {
        self.command_model(ModelCommand::Choose(source));
    }

    pub(super) fn free_model(&mut self) {
        if self.state.jobs.is_empty() {
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

    /// Of several commands in a row only the last one's outcome is shown.
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
            (ModelCommand::Choose(source), Ok(_)) => {
                self.state.model.error = None;
                self.state.models.picked = Picked::of(&source);
                self.state
                    .settings
                    .change(now, |settings| settings.model = Some(source));
            }
            (ModelCommand::Choose(_), Err(error)) => {
                self.state.model.error = Some(error.to_string());
            }
            (ModelCommand::Free, Ok(_)) => self
                .state
                .notifications
                .info(now, say!("model-memory-free")),
            (ModelCommand::Load(_), Ok(_)) => {}
            (ModelCommand::Free | ModelCommand::Load(_), Err(error)) => {
                self.state.notifications.error(error.to_string());
            }
        }
    }
}
