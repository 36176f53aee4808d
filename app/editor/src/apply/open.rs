use std::path::{Path, PathBuf};

use canvas::Compare;
use egui::ViewportCommand;
use session::{Intent, OpenSource, OpenedDocument, Session};
use words::say;

use crate::desktop::DialogError;
use crate::editor::Editor;
use crate::question::Modal;

impl Editor {
    pub(super) fn ask_open(&mut self) {
        let session = self.state.session.as_ref();
        let folder = session.and_then(|session| session.folder());
        let folder = folder.or(self.state.settings.get().open_folder.as_deref());
        let folder = folder.map(Path::to_path_buf);
        if let Err(error) = self.background.ask_open(folder) {
            self.state
                .notifications
                .error(say!("open-no-dialog", error = error.to_string()));
        }
    }

    /// Decodes in the background; the open document stays until the new one is there.
    pub(crate) fn open(&mut self, source: OpenSource) {
        self.state.opening = Some(source.name());
        if let Err(error) = self.background.open(source) {
            self.state.opening = None;
            self.state
                .notifications
                .error(say!("open-failed", error = error.to_string()));
        }
    }

    /// Takes a decoded picture. Once a frame.
    pub(crate) fn poll_opening(&mut self, ctx: &egui::Context) {
        let Some(result) = self
            .background
            .opening
            .as_ref()
            .and_then(|task| task.poll())
        else {
            return;
        };
        self.background.opening = None;
        self.state.opening = None;
        match result {
            Ok(Ok(opened)) => self.may_lose_work(ctx, Intent::Replace(Box::new(opened))),
            Ok(Err(sentence)) => self.state.notifications.error(sentence),
            Err(_) => {
                self.state
                    .notifications
                    .error(say!("open-failed-by-program"));
            }
        }
    }

    pub(crate) fn opened_by_dialog(&mut self, answer: Result<Option<PathBuf>, DialogError>) {
        match answer {
            Ok(Some(path)) => self.open(OpenSource::File(path)),
            Ok(None) => {}
            Err(DialogError::Unavailable) => self.modals.show(Modal::OpenPath(String::new())),
        }
    }

    /// Asks first when there is something to lose.
    pub(crate) fn may_lose_work(&mut self, ctx: &egui::Context, intent: Intent) {
        if self.wait_for_save(&intent) {
            return;
        }
        if self.has_unsaved_work() {
            self.modals.show(Modal::Unsaved(intent));
        } else {
            self.carry_out(ctx, intent);
        }
    }

    pub(crate) fn has_unsaved_work(&self) -> bool {
        let unsaved = self.state.session.as_ref().is_some_and(Session::is_unsaved);
        let writes = self.background.export.is_some() || self.background.save.is_some();
        unsaved || writes || self.state.job().is_some()
    }

    pub(crate) fn carry_out(&mut self, ctx: &egui::Context, intent: Intent) {
        match intent {
            Intent::Quit => {
                self.quitting = true;
                self.background.autosave.discard();
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Intent::Replace(opened) => self.replace_document(ctx, *opened),
        }
    }

    fn replace_document(&mut self, ctx: &egui::Context, opened: OpenedDocument) {
        self.abandon_decomposition(ctx.input(|input| input.time));
        if let Some(folder) = opened.path.as_deref().and_then(Path::parent) {
            self.state
                .settings
                .change(ctx.input(|input| input.time), |settings| {
                    settings.open_folder = Some(folder.to_path_buf());
                });
        }
        let now = ctx.input(|input| input.time);
        if let Some(path) = opened.path.as_deref().filter(|_| !opened.is_recovered) {
            self.remember_file(now, path);
        }
        for note in &opened.notes {
            self.state.notifications.success(now, note);
        }
        self.take_over_recovered(&opened);
        if self.state.session.is_some() {
            // It describes the picture that goes.
            self.state.request.diffusion.prompt.clear();
        }
        self.serial += 1;
        self.state.session = Some(Session::new(self.serial, opened));
        self.state.compare = Compare::After;
        self.state.source_button = false;
        self.center.canvas_mut().fit();
    }
}
