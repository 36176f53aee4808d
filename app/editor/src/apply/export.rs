use std::path::{Path, PathBuf};

use project::ExportFormat;
use session::{ExportOutcome, ExportPlan, ExportTask};
use words::say;

use crate::background::Answer;
use crate::desktop::DialogError;
use crate::editor::Editor;
use crate::question::{ExportQuestion, Modal};
use crate::state::WritingStatus;

impl Editor {
    /// Asks what to export and where to.
    pub(super) fn ask_export(&mut self, format: ExportFormat) {
        let Some(session) = &self.state.session else {
            return;
        };
        let mut plan = self.state.suggested_export(session, format);
        if let Some(last) = session
            .exported
            .iter()
            .rev()
            .find(|last| last.format == format)
        {
            // Written by this window before, so that replacing it is what the user means.
            plan = ExportPlan {
                replace: true,
                ..last.clone()
            };
        }
        self.modals.show(Modal::Export(ExportQuestion {
            plan,
            would_replace: false,
        }));
    }

    pub(super) fn browse_export(&mut self, question: ExportQuestion) {
        if let Err(error) = self.background.ask_export(question) {
            self.state
                .notifications
                .error(say!("open-no-dialog", error = error.to_string()));
        }
    }

    /// Takes what was chosen in a file dialog. Once a frame.
    pub(crate) fn poll_dialog(&mut self, ctx: &egui::Context) {
        let Some(answer) = self.background.dialog.as_ref().and_then(|task| task.poll()) else {
            return;
        };
        self.background.dialog = None;
        match answer {
            Ok(Answer::Open(answer)) => self.opened_by_dialog(answer),
            Ok(Answer::Export(question, answer)) => self.chosen_for_export(question, answer),
            Ok(Answer::Save(then, answer)) => self.chosen_for_save(then, answer),
            Ok(Answer::Model(asked, answer)) => self.model_chosen_by_dialog(ctx, asked, answer),
            Ok(Answer::Token(question, answer)) => self.token_chosen_by_dialog(question, answer),
            Err(_) => self.state.notifications.error(say!("open-dialog-failed")),
        }
    }

    fn chosen_for_export(
        &mut self,
        mut question: ExportQuestion,
        answer: Result<Option<PathBuf>, DialogError>,
    ) {
        match answer {
            Ok(Some(path)) => {
                // The dialog asks by itself before it names a file that is there.
                let replace = question.plan.format != ExportFormat::PngLayers;
                question.plan = ExportPlan {
                    path,
                    replace,
                    ..question.plan
                };
                question.would_replace = false;
            }
            Ok(None) => {}
            Err(error) => self.state.notifications.error(error.to_string()),
        }
        self.modals.show(Modal::Export(question));
    }

    pub(super) fn export(&mut self, question: ExportQuestion) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        if self.background.export.is_some() {
            return;
        }
        session.end_gesture();
        let plan = question.plan.with_extension();
        let snapshot = session.document().clone();
        match ExportTask::spawn(&self.background.waker, plan, session.serial, snapshot) {
            Ok(task) => self.background.export = Some(task),
            Err(error) => self
                .state
                .notifications
                .error(say!("export-not-started", error = error.to_string())),
        }
    }

    pub(super) fn cancel_export(&mut self) {
        if let Some(export) = &self.background.export {
            export.cancel();
        }
    }

    /// Shows how far the export is and takes its outcome. Once a frame.
    pub(crate) fn poll_export(&mut self, ctx: &egui::Context) {
        let running = self.background.export.as_ref();
        self.state.export =
            running.map(|export| WritingStatus::new(&export.plan.path, export.share()));
        let Some(outcome) = running.and_then(ExportTask::poll) else {
            return;
        };
        let Some(export) = self.background.export.take() else {
            return;
        };
        self.state.export = None;
        match outcome {
            ExportOutcome::Written { path, files } => self.exported(ctx, export, path, files),
            ExportOutcome::WouldReplace => {
                let question = ExportQuestion {
                    plan: export.plan,
                    would_replace: true,
                };
                self.modals.show(Modal::Export(question));
            }
            ExportOutcome::Cancelled => {
                let now = ctx.input(|input| input.time);
                self.state.notifications.info(now, say!("export-cancelled"));
            }
            ExportOutcome::Failed(sentence) => self.state.notifications.error(sentence),
        }
    }

    fn exported(&mut self, ctx: &egui::Context, export: ExportTask, path: PathBuf, files: usize) {
        let (now, shown) = (ctx.input(|input| input.time), path.display().to_string());
        let text = match export.plan.format {
            ExportFormat::PngLayers => say!("export-done-layers", files = files, folder = shown),
            ExportFormat::Psd if path.extension() != export.plan.path.extension() => {
                say!("export-done-psb", path = shown)
            }
            _ => say!("export-done", path = shown),
        };
        self.state.notifications.success(now, text);
        let session = self.state.session.as_mut();
        let Some(session) = session.filter(|session| session.serial == export.document) else {
            return;
        };
        let folder = path
            .parent()
            .filter(|folder| Some(*folder) != session.folder());
        self.state.settings.change(now, |settings| {
            settings.export_folder = folder.map(Path::to_path_buf);
        });
        session.exported.push(ExportPlan {
            path,
            ..export.plan
        });
    }
}
