//! Questions in the middle of the window; everything else waits until they are answered.

mod about;
mod export;
mod shortcuts;
mod typed_path;
mod unsaved;

use egui::{Align, Button, Id, Layout, Response, RichText, Role, Ui, WidgetInfo};

use crate::export_task::ExportPlan;
use crate::state::{AppContext, Intent};
use crate::theme::{self, CONTROL_HEIGHT, GRID};

#[derive(Debug, Clone)]
pub enum Modal {
    /// A path by hand, where the desktop has no file dialog.
    OpenPath(String),
    ModelPath(String),
    Export(ExportQuestion),
    /// What is about to be lost, and why.
    Unsaved(Intent),
    Shortcuts,
    About,
}

#[derive(Debug, Clone)]
pub struct ExportQuestion {
    pub plan: ExportPlan,
    /// There is something at `plan.path` already.
    pub would_replace: bool,
    /// What goes on once the work is safe.
    pub then: Option<Intent>,
}

/// At most one question at a time.
#[derive(Default)]
pub struct Modals {
    open: Option<Modal>,
}

impl Modals {
    pub fn show(&mut self, modal: Modal) {
        self.open = Some(modal);
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub fn ui(&mut self, ui: &Ui, cx: &AppContext<'_>) {
        let Some(modal) = &mut self.open else { return };
        let response = egui::Modal::new(Id::unique("modal"))
            .frame(egui::Frame::window(ui.style()))
            .show(ui.ctx(), |ui| {
                ui.set_width(theme::MODAL_WIDTH);
                match modal {
                    Modal::OpenPath(path) => typed_path::open_path_ui(ui, cx, path),
                    Modal::ModelPath(path) => typed_path::model_path_ui(ui, cx, path),
                    Modal::Export(question) => export::export_ui(ui, cx, question),
                    Modal::Unsaved(intent) => unsaved::unsaved_ui(ui, cx, intent),
                    Modal::Shortcuts => shortcuts::shortcuts_ui(ui, cx),
                    Modal::About => about::about_ui(ui, cx),
                }
            });
        let answered = response.inner;
        if answered || response.should_close() {
            self.open = None;
        }
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.heading(text);
    ui.add_space(GRID * 2.0);
}

/// The buttons at the bottom, from the right edge inwards.
fn buttons<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(GRID * 3.0);
    let size = egui::vec2(ui.available_width(), CONTROL_HEIGHT + GRID);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), add)
        .inner
}

fn primary(ui: &mut Ui, cx: &AppContext<'_>, text: &str) -> Response {
    let label = RichText::new(text).color(cx.tokens.on_accent);
    let button = Button::new(label)
        .fill(cx.tokens.accent)
        .min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    response
}

fn secondary(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID)))
}
