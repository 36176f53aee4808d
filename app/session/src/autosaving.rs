//! Keeps unsaved work in a folder of this window's own while it is unsaved, on a thread beside the window.

use std::path::PathBuf;

use project::{Abandoned, Autosave, Origin, ProjectError};

use crate::session::Session;
use crate::task::{ProgressTask, Task, Waker};

/// Of a window without a folder for unsaved work nothing is kept.
pub struct Autosaving {
    root: Option<PathBuf>,
    /// Seconds between two looks.
    every: f64,
    /// Seconds on the window's clock.
    next: Option<f64>,
    kept: Option<KeptState>,
    running: Option<Running>,
    /// Left by windows that are gone, the one that is offered first.
    pub abandoned: Vec<Abandoned>,
    searching: Option<Task<Vec<Abandoned>>>,
    /// What is being opened.
    pub recovering: Option<Abandoned>,
    /// The user has been shown that nothing is kept.
    failure_shown: bool,
}

/// The folder, and which state of which document it holds.
struct KeptState {
    autosave: Autosave,
    document: u64,
    revision: Option<u64>,
}

struct Running {
    document: u64,
    revision: u64,
    task: ProgressTask<(Option<Autosave>, Result<(), ProjectError>)>,
}

impl Autosaving {
    /// The user's own folder for unsaved work, "~/.local/share/lamina/unsaved" on Linux.
    pub fn user_folder() -> Option<PathBuf> {
        let folders = directories::ProjectDirs::from("", "", "lamina")?;
        Some(folders.data_local_dir().join("unsaved"))
    }

    pub fn new(root: Option<PathBuf>, every: f64) -> Self {
        Self {
            root,
            every,
            next: None,
            kept: None,
            running: None,
            abandoned: Vec::new(),
            searching: None,
            recovering: None,
            failure_shown: false,
        }
    }

    /// Looks for what windows left that are gone.
    pub fn search(&mut self, waker: &Waker) {
        if let Some(root) = self.root.clone() {
            // Without a thread it is found at another start.
            self.searching = Task::spawn("recover", waker, move || Abandoned::all_in(&root)).ok();
        }
    }

    /// What was found, once.
    pub fn found(&mut self) -> bool {
        let Some(found) = self.searching.as_ref().and_then(Task::poll) else {
            return false;
        };
        self.searching = None;
        self.abandoned = found.unwrap_or_default();
        !self.abandoned.is_empty()
    }

    pub fn is_busy(&self) -> bool {
        self.running.is_some() || self.searching.is_some()
    }

    /// The window goes on with what it opened; its folder is then this window's.
    pub fn adopt(&mut self, abandoned: Abandoned, document: u64) {
        self.discard();
        self.kept = Some(KeptState {
            autosave: abandoned.adopt(),
            document,
            revision: None,
        });
    }

    /// Nothing of this window is worth keeping any more.
    pub fn discard(&mut self) {
        if let Some(running) = self.running.take() {
            running.task.cancel();
            // So that its folder does not stay; a cancelled write ends after one layer.
            if let Ok((Some(autosave), _)) = running.task.wait() {
                autosave.discard();
            }
        }
        if let Some(kept) = self.kept.take() {
            kept.autosave.discard();
        }
    }

    /// Keeps what is unsaved, or gives up what has become safe. Once a frame, `now` in seconds on the window's clock.
    /// The error is to be shown to the user.
    pub fn poll(
        &mut self,
        now: f64,
        waker: &Waker,
        session: Option<&Session>,
    ) -> Option<ProjectError> {
        let problem = self.take_result();
        let unsaved = session.filter(|session| session.is_unsaved());
        let Some(session) = unsaved.filter(|_| self.root.is_some()) else {
            self.next = None;
            if self.running.is_none() && self.kept.is_some() {
                self.discard();
            }
            return problem;
        };
        let due = *self.next.get_or_insert(now + self.every);
        if now < due {
            waker.wake_after_secs(due - now);
        } else if self.running.is_none() {
            self.next = Some(now + self.every);
            if !self.holds(session) {
                self.start(waker, session);
            }
        }
        problem
    }

    fn holds(&self, session: &Session) -> bool {
        self.kept.as_ref().is_some_and(|kept| {
            kept.document == session.serial && kept.revision == Some(session.history().revision())
        })
    }

    fn start(&mut self, waker: &Waker, session: &Session) {
        let Some(root) = self.root.clone() else {
            return;
        };
        let origin = Origin {
            name: session.name.clone(),
            project: session.project_path().map(PathBuf::from),
        };
        let project = session.project();
        let known = self.kept.take().map(|kept| kept.autosave);
        let task = ProgressTask::spawn("autosave", waker, move |progress| {
            let claimed = known.map_or_else(|| Autosave::claim(&root), Ok);
            match claimed {
                Ok(mut autosave) => {
                    let written = autosave.write(&project, &origin, progress);
                    (Some(autosave), written)
                }
                Err(error) => (None, Err(error)),
            }
        });
        self.running = task.ok().map(|task| Running {
            document: session.serial,
            revision: session.history().revision(),
            task,
        });
    }

    fn take_result(&mut self) -> Option<ProjectError> {
        let (autosave, written) = self.running.as_ref()?.task.poll()?.ok().unzip();
        let running = self.running.take()?;
        let failed = written.and_then(Result::err);
        self.kept = autosave.flatten().map(|autosave| KeptState {
            autosave,
            document: running.document,
            revision: failed.is_none().then_some(running.revision),
        });
        // Once: the next try fails as this one did.
        failed.filter(|_| !std::mem::replace(&mut self.failure_shown, true))
    }
}
