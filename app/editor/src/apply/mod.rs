//! What each command does.

mod actions;
mod autosave;
mod decompose;
mod download;
mod estimate;
mod export;
mod fidelity;
mod layers;
mod model;
mod models;
mod open;
mod runs;
mod save;
mod server;

use crate::command::Command;
use crate::editor::Editor;

impl Editor {
    pub(crate) fn apply(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Action(action) => self.apply_action(ctx, action),
            Command::Open(source) => self.open(ctx, source),
            Command::BrowseExport(question) => self.browse_export(ctx, question),
            Command::Export(question) => self.export(ctx, question),
            Command::CancelExport => self.cancel_export(),
            Command::SaveTo(question) => self.save_to(ctx, question),
            Command::CancelSave => self.cancel_save(),
            Command::SaveThen(intent) => self.save(ctx, Some(intent)),
            Command::Recover => self.recover(ctx),
            Command::DiscardAbandoned => self.discard_abandoned(),
            Command::Discard(intent) => self.carry_out(ctx, intent),
            Command::DismissNotification(id) => self.state.notifications.dismiss(id),
            Command::HoldSource(held) => self.state.source_button = held,
            Command::SetRequest(request) => self.state.request = *request,
            Command::ShowCaption(shown) => self.show_caption(shown),
            Command::HidePreview(hidden) => self.state.preview_hidden = hidden,
            Command::Models(command) => self.apply_to_models(ctx, command),
            Command::Server(command) => self.apply_to_server(ctx, command),
            Command::SetLoras(loras) => self.set_loras(ctx, loras),
            Command::FreeModel => self.free_model(),
            Command::CancelJob(id) => self.cancel_job(id),
            Command::Canvas(action) => self.apply_canvas(action),
            other => self.apply_to_session(ctx, other),
        }
    }
}
