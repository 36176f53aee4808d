use std::sync::Arc;

use canvas::Compare;
use egui::ViewportCommand;
use project::ExportFormat;
use session::{OpenSource, Target, ThemeChoice};

use crate::action::{Action, FileAction, HelpAction, JobAction, ViewAction};
use crate::editor::Editor;
use crate::question::Modal;

/// One press of a zoom key.
const ZOOM_STEP: f32 = 1.25;

impl Editor {
    pub(super) fn apply_action(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::File(action) => self.apply_file_action(ctx, action),
            Action::Layers(action) => self.apply_layers_action(action),
            Action::Job(action) => self.apply_job_action(action),
            Action::View(action) => self.apply_view_action(ctx, action),
            Action::Help(action) => self.apply_help_action(action),
        }
    }

    fn apply_file_action(&mut self, ctx: &egui::Context, action: FileAction) {
        match action {
            FileAction::Open => self.ask_open(),
            FileAction::Paste => {
                let clipboard = Arc::clone(&self.background.clipboard);
                self.open(OpenSource::Clipboard(clipboard));
            }
            FileAction::Save => self.save(None),
            FileAction::SaveAs => self.ask_save(None),
            FileAction::ExportPsd => self.ask_export(ExportFormat::Psd),
            FileAction::ExportPngs => self.ask_export(ExportFormat::PngLayers),
            FileAction::ExportFlattened => self.ask_export(ExportFormat::FlattenedPng),
            FileAction::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    fn apply_job_action(&mut self, action: JobAction) {
        match action {
            JobAction::Decompose => self.decompose(Target::Picture),
            JobAction::DecomposeCanvas => self.decompose(Target::Canvas),
            JobAction::Split => self.split_selected(),
            JobAction::CancelDecompose => {
                if let Some(job) = self.state.job().map(|job| job.id) {
                    self.cancel_job(job);
                }
            }
        }
    }

    fn apply_view_action(&mut self, ctx: &egui::Context, action: ViewAction) {
        match action {
            ViewAction::Fit => self.center.canvas_mut().fit(),
            ViewAction::ActualSize => self.center.canvas_mut().set_zoom(1.0),
            ViewAction::ZoomIn => self.zoom_by(ZOOM_STEP),
            ViewAction::ZoomOut => self.zoom_by(1.0 / ZOOM_STEP),
            ViewAction::CompareSplit => self.toggle_split(),
            // Held, not called: see `Command::HoldSource`.
            ViewAction::CompareBefore => {}
            ViewAction::Difference => self.toggle_difference(),
            ViewAction::ThemeSystem => self.set_theme(ctx, ThemeChoice::System),
            ViewAction::ThemeLight => self.set_theme(ctx, ThemeChoice::Light),
            ViewAction::ThemeDark => self.set_theme(ctx, ThemeChoice::Dark),
        }
    }

    fn apply_help_action(&mut self, action: HelpAction) {
        match action {
            HelpAction::History => self.show_history(),
            HelpAction::Shortcuts => self.modals.show(Modal::Shortcuts),
            HelpAction::About => self.modals.show(Modal::About),
        }
    }

    fn set_theme(&mut self, ctx: &egui::Context, theme: ThemeChoice) {
        self.state
            .settings
            .change(ctx.input(|input| input.time), |settings| {
                settings.theme = Some(theme);
            });
    }

    pub(super) fn choose_language(&mut self, ctx: &egui::Context, language: Option<String>) {
        words::speak(self.state.languages.catalogue(language.as_deref()));
        self.state
            .settings
            .change(ctx.input(|input| input.time), |settings| {
                settings.language = language;
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
}
