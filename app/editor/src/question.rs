//! What the user is asked in the middle of the window, and what waits for the answer.

use engine::ModelRole;
use session::{ExportPlan, Intent, Replaced, SavePlan, role_name};
use words::say;

use crate::server::ServerQuestion;

#[derive(Debug, Clone)]
pub enum Modal {
    /// A path by hand, where the desktop has no file dialog.
    OpenPath(String),
    ModelPath(PathQuestion, String),
    GetModel,
    Server(ServerQuestion),
    Export(ExportQuestion),
    /// A project's path by hand, or whether to replace what is there.
    Save(SaveQuestion),
    /// Work that a window left which is gone: its name.
    Recover(String),
    /// What is about to be lost, and why.
    Unsaved(Intent),
    History,
    Shortcuts,
    About,
}

/// What a path is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathQuestion {
    ModelFolder,
    ComfyUi,
    /// A file of this role.
    File(ModelRole),
}

impl PathQuestion {
    /// Of the dialog.
    pub fn title(self) -> String {
        match self {
            Self::ModelFolder => say!("model-choose-folder").to_owned(),
            Self::ComfyUi => say!("model-choose-comfyui").to_owned(),
            Self::File(role) => say!("model-choose", role = role_name(role)),
        }
    }
}

#[derive(Debug, Clone)]
pub struct ExportQuestion {
    pub plan: ExportPlan,
    /// There is something at `plan.path` already.
    pub would_replace: bool,
}

#[derive(Debug, Clone)]
pub struct SaveQuestion {
    pub plan: SavePlan,
    /// What is at `plan.path` already.
    pub would_replace: Option<Replaced>,
    /// What goes on once the work is safe.
    pub then: Option<Intent>,
}
