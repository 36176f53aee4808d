use std::sync::Arc;

use canvas::Compare;
use egui::ViewportCommand;
use project::ExportFormat;
use session::{OpenSource, Target, ThemeChoice};

use crate::action::Action;
use crate::command::Command;
use crate::editor::Editor;
use crate::question::Modal;

/// One press of a zoom key.
const ZOOM_STEP: f32 = 1.25;

impl Editor {
    pub(super) fn apply_action(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Open => self.ask_open(ctx),
            Action::Paste => {
                let clipboard = Arc::clone(&self.background.clipboard);
                self.open(ctx, OpenSource::Clipboard(clipboard));
            }
            Action::Save => self.save(ctx, None),
            Action::SaveAs => self.ask_save(ctx, None),
            Action::ExportPsd => self.ask_export(ExportFormat::Psd),
            Action::ExportPngs => self.ask_export(ExportFormat::PngLayers),
            Action::ExportFlattened => self.ask_export(ExportFormat::FlattenedPng),
            Action::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            Action::Decompose => self.decompose(ctx, Target::Picture),
            Action::DecomposeCanvas => self.decompose(ctx, Target::Canvas),
            Action::Split => self.split_selected(ctx),
            Action::CancelDecompose => {
                if let Some(job) = self.state.job().map(|job| job.id) {
                    self.cancel_job(job);
                }
            }
            Action::Fit => self.center.canvas_mut().fit(),
            Action::ActualSize => self.center.canvas_mut().set_zoom(1.0),
            Action::ZoomIn => self.zoom_by(ZOOM_STEP),
            Action::ZoomOut => self.zoom_by(1.0 / ZOOM_STEP),
            Action::CompareSplit => self.toggle_split(),
            Action::CompareBefore => {}
            Action::Difference => self.toggle_difference(),
            Action::ThemeSystem => self.set_theme(ctx, ThemeChoice::System),
            Action::ThemeLight => self.set_theme(ctx, ThemeChoice::Light),
            Action::ThemeDark => self.set_theme(ctx, ThemeChoice::Dark),
            Action::History => self.show_history(ctx),
            Action::Shortcuts => self.modals.show(Modal::Shortcuts),
            Action::About => self.modals.show(Modal::About),
            Action::Rename => self.start_rename(),
            _ => self.apply_to_session(ctx, Command::Action(action)),
        }
    }

    fn set_theme(&mut self, ctx: &egui::Context, theme: ThemeChoice) {
        self.state
            .settings
            .change(ctx.input(|input| input.time), |settings| {
                settings.theme = Some(theme);
            });
    }

    fn zoom_by(&mut self, factor: f32) {
        let canvas = self.center.canvas_mut();
        canvas.set_zoom(canvas.zoom() * factor);
    }

    fn toggle_split(&mut self) {
        self.state.compare = match self.state.compare {
            Compare::Split(_) => Compare::After,
            Compare::After | Compare::Before | Compare::Difference => Compare::Split(0.5),
        };
    }

    fn toggle_difference(&mut self) {
        self.state.compare = match self.state.compare {
            Compare::Difference => Compare::After,
            Compare::After | Compare::Before | Compare::Split(_) => Compare::Difference,
        };
    }

    fn start_rename(&mut self) {
        let layer = self
            .state
            .session
            .as_ref()
            .and_then(|session| session.only_selected());
        if let Some(layer) = layer {
            self.layers.rename(layer.id, &layer.name);
        }
    }
}
