//! Questions in the middle of the window; everything else waits until they are answered.

mod export;
mod frame;
mod get_model;
mod help;
mod history;
mod save;
mod server;
mod typed_path;
mod unsaved;

use egui::{Id, Ui};

use crate::question::Modal;
use crate::state::AppContext;
use crate::theme;

/// At most one question at a time.
#[derive(Default)]
pub struct Modals {
    open: Option<Modal>,
    /// Its first frame is still to come.
    fresh: bool,
}

impl Modals {
    pub fn show(&mut self, modal: Modal) {
        self.open = Some(modal);
        self.fresh = true;
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub fn ui(&mut self, ui: &Ui, cx: &AppContext<'_>) {
        let Some(modal) = &mut self.open else { return };
        if std::mem::take(&mut self.fresh) {
            // The question's own field or button takes it.
            ui.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
        }
        // Each question has a size of its own.
        let id = Id::unique("modal").with(std::mem::discriminant(modal));
        let response = egui::Modal::new(id)
            .frame(egui::Frame::window(ui.style()))
            .show(ui.ctx(), |ui| {
                ui.set_width(theme::MODAL_WIDTH);
                match modal {
                    Modal::OpenPath(path) => typed_path::open_path_ui(ui, cx, path),
                    Modal::ModelPath(asked, path) => {
                        typed_path::model_path_ui(ui, cx, *asked, path)
                    }
                    Modal::GetModel => get_model::get_model_ui(ui, cx),
                    Modal::Server(question) => server::server_ui(ui, cx, question),
                    Modal::Export(question) => export::export_ui(ui, cx, question),
                    Modal::Save(question) => save::save_ui(ui, cx, question),
                    Modal::Recover(name) => unsaved::recover_ui(ui, cx, name),
                    Modal::Unsaved(intent) => unsaved::unsaved_ui(ui, cx, intent),
                    Modal::History => history::history_ui(ui, cx),
                    Modal::Shortcuts => help::shortcuts_ui(ui, cx),
                    Modal::About => help::about_ui(ui, cx),
                }
            });
        let answered = response.inner;
        if answered || response.should_close() {
            self.open = None;
        }
    }
}
