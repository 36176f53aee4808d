//! What each command does.

mod actions;
mod autosave;
mod decompose;
mod download;
mod export;
mod figures;
mod layers;
mod model;
mod models;
mod open;
mod runs;
mod save;
mod server;

use crate::command::{Command, FileCommand, JobCommand};
use crate::editor::Editor;

impl Editor {
    pub(crate) fn apply(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Action(action) => self.apply_action(ctx, action),
            Command::File(command) => self.apply_to_files(ctx, command),
            Command::Job(command) => self.apply_to_jobs(command),
            Command::Models(command) => self.apply_to_models(ctx, command),
            Command::Server(command) => self.apply_to_server(ctx, command),
            Command::Layers(command) => self.apply_to_layers(ctx, command),
            Command::Canvas(action) => self.apply_canvas(action),
            Command::DismissNotification(id) => self.state.notifications.dismiss(id),
            Command::ChooseLanguage(language) => self.choose_language(ctx, language),
            Command::HoldSource(held) => self.state.source_button = held,
        }
    }

    fn apply_to_files(&mut self, ctx: &egui::Context, command: FileCommand) {
        match command {
            FileCommand::Open(source) => self.open(source),
            FileCommand::BrowseExport(question) => self.browse_export(question),
            FileCommand::Export(question) => self.export(question),
            FileCommand::CancelExport => self.cancel_export(),
            FileCommand::SaveTo(question) => self.save_to(question),
            FileCommand::CancelSave => self.cancel_save(),
            FileCommand::SaveThen(intent) => self.save(Some(intent)),
            FileCommand::Recover => self.recover(),
            FileCommand::DiscardAbandoned => self.discard_abandoned(),
            FileCommand::Discard(intent) => self.carry_out(ctx, intent),
        }
    }

    fn apply_to_jobs(&mut self, command: JobCommand) {
        match command {
            JobCommand::SetRequest(request) => self.state.request = *request,
            JobCommand::ShowCaption(shown) => self.show_caption(shown),
            JobCommand::HidePreview(hidden) => self.state.preview_hidden = hidden,
            JobCommand::Cancel(id) => self.cancel_job(id),
        }
    }
}
