use std::path::{Path, PathBuf};

use crate::background::{Answer, RunningExport};
use crate::dialogs::DialogError;
use crate::editor::Editor;
use crate::export_task::{ExportFormat, ExportOutcome, ExportPlan, ExportTask};
use crate::question::{ExportQuestion, Modal};
use crate::state::ExportStatus;

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
            then: None,
        }));
    }

    pub(super) fn browse_export(&mut self, ctx: &egui::Context, question: ExportQuestion) {
        if let Err(error) = self.background.ask_export(ctx, question) {
            self.state
                .notifications
                .error(format!("The file dialog did not start: {error}"));
        }
    }

    /// Takes what was chosen in a file dialog. Once a frame.
    pub(crate) fn poll_dialog(&mut self, ctx: &egui::Context) {
        let Some(answer) = self.background.dialog.as_ref().and_then(|task| task.poll()) else {
            return;
        };
        self.background.dialog = None;
        match answer {
            Ok(Answer::Open(answer)) => self.opened_by_dialog(ctx, answer),
            Ok(Answer::Export(question, answer)) => self.chosen_for_export(question, answer),
            Ok(Answer::Model(asked, answer)) => self.model_chosen_by_dialog(ctx, asked, answer),
            Err(_) => self
                .state
                .notifications
                .error("The file dialog failed; try again"),
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

    pub(super) fn export(&mut self, ctx: &egui::Context, question: ExportQuestion) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        if self.background.export.is_some() {
            return;
        }
        session.end_gesture();
        let plan = question.plan.with_extension();
        let (snapshot, revision) = (session.document().clone(), session.history().revision());
        match ExportTask::spawn(ctx, plan, session.serial, snapshot, revision) {
            Ok(task) => {
                self.background.export = Some(RunningExport {
                    task,
                    then: question.then,
                })
            }
            Err(error) => self
                .state
                .notifications
                .error(format!("The export did not start: {error}")),
        }
    }

    pub(super) fn cancel_export(&mut self) {
        if let Some(export) = &self.background.export {
            export.task.cancel();
        }
    }

    /// Shows how far the export is and takes its outcome. Once a frame.
    pub(crate) fn poll_export(&mut self, ctx: &egui::Context) {
        self.state.export = self.background.export.as_ref().map(|export| ExportStatus {
            name: export
                .task
                .plan
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            share: export.task.share(),
        });
        let Some(outcome) = self
            .background
            .export
            .as_ref()
            .and_then(|export| export.task.poll())
        else {
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
                    plan: export.task.plan,
                    would_replace: true,
                    then: export.then,
                };
                self.modals.show(Modal::Export(question));
            }
            ExportOutcome::Cancelled => {
                let now = ctx.input(|input| input.time);
                self.state
                    .notifications
                    .info(now, "Export cancelled; nothing was written");
            }
            ExportOutcome::Failed(sentence) => self.state.notifications.error(sentence),
        }
    }

    fn exported(
        &mut self,
        ctx: &egui::Context,
        export: RunningExport,
        path: PathBuf,
        files: usize,
    ) {
        let (now, shown) = (ctx.input(|input| input.time), path.display());
        let text = match export.task.plan.format {
            ExportFormat::PngLayers => format!("Exported {files} layers into {shown}"),
            ExportFormat::Psd | ExportFormat::FlattenedPng => format!("Exported to {shown}"),
        };
        self.state.notifications.success(now, text);
        let session = self
            .state
            .session
            .as_mut()
            .filter(|session| session.serial == export.task.document);
        if let Some(session) = session {
            let folder = path
                .parent()
                .filter(|folder| Some(*folder) != session.folder());
            self.state
                .settings
                .change(ctx.input(|input| input.time), |settings| {
                    settings.export_folder = folder.map(Path::to_path_buf);
                });
            // A flattened picture keeps no layers.
            if export.task.plan.format != ExportFormat::FlattenedPng {
                session.mark_saved(export.task.revision);
            }
            session.exported.push(ExportPlan {
                path,
                ..export.task.plan
            });
        }
        if let Some(intent) = export.then {
            self.may_lose_work(ctx, intent);
        }
    }
}
