use std::path::{Path, PathBuf};

use session::{Intent, SaveOutcome, SavePlan, SaveTask, Session};
use words::say;

use crate::desktop::DialogError;
use crate::editor::Editor;
use crate::question::{Modal, SaveQuestion};
use crate::state::WritingStatus;

impl Editor {
    /// Into the project's own file; asks for one where there is none. `then` goes on once it is saved.
    pub(super) fn save(&mut self, then: Option<Intent>) {
        let session = self.state.session.as_ref();
        // Of work that was recovered nothing is known of the file.
        let replace = session.is_some_and(|session| session.saved.is_none());
        match session
            .and_then(Session::project_path)
            .map(Path::to_path_buf)
        {
            Some(path) => self.start_save(SavePlan { path, replace }, then),
            None => self.ask_save(then),
        }
    }

    /// Shows the desktop's dialog.
    pub(super) fn ask_save(&mut self, then: Option<Intent>) {
        let Some(session) = &self.state.session else {
            return;
        };
        let suggested = SavePlan::suggested(session);
        if let Err(error) = self.background.ask_save(suggested, then) {
            self.state
                .notifications
                .error(say!("open-no-dialog", error = error.to_string()));
        }
    }

    pub(super) fn chosen_for_save(
        &mut self,
        then: Option<Intent>,
        answer: Result<Option<PathBuf>, DialogError>,
    ) {
        match answer {
            // The dialog asks by itself before it names a file that is there.
            Ok(Some(path)) => {
                let plan = SavePlan {
                    path,
                    replace: true,
                };
                self.start_save(plan.with_extension(), then);
            }
            Ok(None) => {}
            Err(DialogError::Unavailable) => {
                let Some(session) = &self.state.session else {
                    return;
                };
                let plan = SavePlan {
                    path: SavePlan::suggested(session),
                    replace: false,
                };
                self.modals.show(Modal::Save(SaveQuestion {
                    plan,
                    would_replace: None,
                    then,
                }));
            }
        }
    }

    /// As the question was answered.
    pub(super) fn save_to(&mut self, question: SaveQuestion) {
        self.start_save(question.plan.with_extension(), question.then);
    }

    fn start_save(&mut self, plan: SavePlan, then: Option<Intent>) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        if self.background.save.is_some() {
            return;
        }
        session.end_gesture();
        match SaveTask::spawn(&self.background.waker, plan, session, then) {
            Ok(task) => self.background.save = Some(task),
            Err(error) => self
                .state
                .notifications
                .error(say!("save-failed", error = error.to_string())),
        }
    }

    pub(super) fn cancel_save(&mut self) {
        if let Some(save) = &self.background.save {
            save.cancel();
        }
    }

    /// Whether what is about to be lost is being saved already: then `intent` goes on after that.
    pub(super) fn wait_for_save(&mut self, intent: &Intent) -> bool {
        let (Some(save), Some(session)) = (&mut self.background.save, &self.state.session) else {
            return false;
        };
        let saves_all =
            save.document == session.serial && save.revision == session.history().revision();
        if saves_all {
            save.then = Some(intent.clone());
        }
        saves_all
    }

    /// Shows how far the save is and takes its outcome. Once a frame.
    pub(crate) fn poll_save(&mut self, ctx: &egui::Context) {
        let running = self.background.save.as_ref();
        self.state.save = running.map(|save| WritingStatus::new(&save.plan.path, save.share()));
        let Some(outcome) = running.and_then(SaveTask::poll) else {
            return;
        };
        let Some(save) = self.background.save.take() else {
            return;
        };
        self.state.save = None;
        let now = ctx.input(|input| input.time);
        match outcome {
            SaveOutcome::Saved(saved) => self.was_saved(ctx, save, saved),
            SaveOutcome::WouldReplace(replaced) => self.modals.show(Modal::Save(SaveQuestion {
                plan: save.plan,
                would_replace: Some(replaced),
                then: save.then,
            })),
            SaveOutcome::Cancelled => self.state.notifications.info(now, say!("save-cancelled")),
            SaveOutcome::Failed(sentence) => self.state.notifications.error(sentence),
        }
    }

    fn was_saved(&mut self, ctx: &egui::Context, save: SaveTask, saved: project::Saved) {
        let now = ctx.input(|input| input.time);
        let path = save.plan.path;
        let text = say!("save-done", path = path.display().to_string());
        self.state.notifications.info(now, text);
        self.remember_file(now, &path);
        let session = self.state.session.as_mut();
        if let Some(session) = session.filter(|session| session.serial == save.document) {
            session.mark_saved(save.revision, path, saved);
        }
        if let Some(intent) = save.then {
            self.may_lose_work(ctx, intent);
        }
    }

    /// For Open recent.
    pub(super) fn remember_file(&mut self, now: f64, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.state
            .settings
            .change(now, |settings| settings.add_recent(path));
    }
}
