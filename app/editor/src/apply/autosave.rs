use session::{OpenSource, OpenedDocument};
use words::say;

use crate::editor::Editor;
use crate::question::Modal;

impl Editor {
    /// Keeps unsaved work, and offers what windows left that are gone. Once a frame.
    pub(crate) fn poll_autosave(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        let autosave = &mut self.background.autosave;
        if let Some(error) = autosave.poll(now, &self.background.waker, self.state.session.as_ref())
        {
            let text = say!("save-not-autosaved", error = error.to_string());
            self.state.notifications.error(text);
        }
        if self.background.autosave.found() {
            self.offer_abandoned();
        }
    }

    fn offer_abandoned(&mut self) {
        if let Some(left) = self.background.autosave.abandoned.first() {
            self.modals.show(Modal::Recover(left.origin().name.clone()));
        }
    }

    pub(super) fn recover(&mut self) {
        // The others are offered by the next window.
        let left = std::mem::take(&mut self.background.autosave.abandoned);
        let Some(left) = left.into_iter().next() else {
            return;
        };
        let source = OpenSource::Unsaved {
            document: left.document(),
            origin: left.origin().clone(),
        };
        self.background.autosave.recovering = Some(left);
        self.open(source);
    }

    pub(super) fn discard_abandoned(&mut self) {
        let abandoned = &mut self.background.autosave.abandoned;
        if !abandoned.is_empty() {
            abandoned.remove(0).discard();
        }
        self.offer_abandoned();
    }

    /// The document that is about to be this window's: its folder is, too.
    pub(super) fn take_over_recovered(&mut self, opened: &OpenedDocument) {
        let autosave = &mut self.background.autosave;
        if let Some(left) = autosave.recovering.take_if(|_| opened.is_recovered) {
            autosave.adopt(left, self.serial + 1);
        }
    }
}
