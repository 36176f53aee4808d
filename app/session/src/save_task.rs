use std::fmt;
use std::path::{Path, PathBuf};

use export::ExportError;
use project::{ProjectError, Saved};
use words::say;

use crate::open::OpenedDocument;
use crate::session::Session;
use crate::task::{ProgressTask, Waker};

/// What would lose unsaved work, and so waits until that is safe or given up.
#[derive(Clone)]
pub enum Intent {
    Quit,
    Replace(Box<OpenedDocument>),
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quit => f.write_str("Quit"),
            Self::Replace(opened) => write!(f, "Replace({})", opened.name),
        }
    }
}

/// Where a project is saved to.
#[derive(Debug, Clone, PartialEq)]
pub struct SavePlan {
    pub path: PathBuf,
    /// The user has agreed to lose what is there.
    pub replace: bool,
}

impl SavePlan {
    /// Beside the picture, or where the user is at home, under its name.
    pub fn suggested(session: &Session) -> PathBuf {
        let folder = session.folder().map(Path::to_path_buf);
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let path = folder.join(Path::new(&session.name).file_stem().unwrap_or_default());
        path.with_added_extension(project::EXTENSION)
    }

    /// A name that ends otherwise gets the extension, and then names another file than was agreed to.
    pub fn with_extension(self) -> Self {
        let ends_right = self
            .path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(project::EXTENSION));
        if ends_right {
            return self;
        }
        Self {
            path: self.path.with_added_extension(project::EXTENSION),
            replace: false,
        }
    }
}

/// What is where a project is to go, and has not been given up by the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    AnotherFile,
    /// The project itself, as another window or program has saved it since it was opened here.
    OthersWork,
}

pub enum SaveOutcome {
    Saved(Saved),
    WouldReplace(Replaced),
    Cancelled,
    /// A sentence for the user.
    Failed(String),
}

/// A save on its own thread, from a snapshot of the document.
pub struct SaveTask {
    pub plan: SavePlan,
    /// Which document, by serial.
    pub document: u64,
    /// Of the document when the save began.
    pub revision: u64,
    /// What goes on once it is saved.
    pub then: Option<Intent>,
    task: ProgressTask<SaveOutcome>,
}

impl SaveTask {
    pub fn spawn(
        waker: &Waker,
        plan: SavePlan,
        session: &Session,
        then: Option<Intent>,
    ) -> std::io::Result<Self> {
        let (job, snapshot, before) = (plan.clone(), session.project(), session.saved.clone());
        let task = ProgressTask::spawn("save", waker, move |progress| {
            let before = before.as_ref();
            outcome(match before.filter(|before| before.is_of(&job.path)) {
                Some(before) if !job.replace => project::save_again(&snapshot, before, progress),
                None if !job.replace && job.path.exists() => {
                    return SaveOutcome::WouldReplace(Replaced::AnotherFile);
                }
                _ => project::save(&snapshot, &job.path, before, progress),
            })
        })?;
        Ok(Self {
            plan,
            document: session.serial,
            revision: session.history().revision(),
            then,
            task,
        })
    }

    pub fn share(&self) -> f32 {
        self.task.share()
    }

    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// `None` while it runs.
    pub fn poll(&self) -> Option<SaveOutcome> {
        let outcome = self.task.poll()?;
        Some(outcome.unwrap_or_else(|_| SaveOutcome::Failed(say!("save-lost").to_owned())))
    }
}

fn outcome(saved: Result<Saved, ProjectError>) -> SaveOutcome {
    match saved {
        Ok(saved) => SaveOutcome::Saved(saved),
        Err(ProjectError::Write(ExportError::Cancelled)) => SaveOutcome::Cancelled,
        Err(ProjectError::ChangedMeanwhile(_)) => SaveOutcome::WouldReplace(Replaced::OthersWork),
        Err(error) => SaveOutcome::Failed(error.to_string()),
    }
}
