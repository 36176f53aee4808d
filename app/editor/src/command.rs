use std::cell::RefCell;

use canvas::CanvasAction;
use document::{Edit, LayerId};
use engine::{DecomposeRequest, JobId};
use session::{GestureId, InsertionPoint, Intent, OpenSource, SelectMode};

use crate::action::Action;
use crate::models::ModelsCommand;
use crate::question::{ExportQuestion, SaveQuestion};
use crate::server::ServerCommand;

/// Everything that the user interface asks for. Sent by panels, applied by the editor before the next frame.
#[derive(Debug, Clone)]
pub enum Command {
    Action(Action),
    File(FileCommand),
    Job(JobCommand),
    Models(ModelsCommand),
    Server(ServerCommand),
    Layers(LayersCommand),
    Canvas(CanvasAction),
    DismissNotification(u64),
    /// By the name of its file; `None`: the system's.
    ChooseLanguage(Option<String>),
    /// The button that shows the source is held, or no longer.
    HoldSource(bool),
}

/// Of opening, saving and exporting.
#[derive(Debug, Clone)]
pub enum FileCommand {
    Open(OpenSource),
    /// Shows the desktop's dialog for the place; the modal comes back with it.
    BrowseExport(ExportQuestion),
    Export(ExportQuestion),
    CancelExport,
    SaveTo(SaveQuestion),
    CancelSave,
    /// Saves, then goes on with what would lose unsaved work.
    SaveThen(Intent),
    /// Opens the work that a window left which is gone, or deletes it.
    Recover,
    DiscardAbandoned,
    /// Goes on with what would lose unsaved work.
    Discard(Intent),
}

/// Of decompositions.
#[derive(Debug, Clone)]
pub enum JobCommand {
    SetRequest(Box<DecomposeRequest>),
    /// Whether the backend's words stand in the prompt while the user has given none.
    ShowCaption(bool),
    HidePreview(bool),
    /// Of the queue.
    Cancel(JobId),
}

/// Of the open document's layers.
#[derive(Debug, Clone)]
pub enum LayersCommand {
    Select(LayerId, SelectMode),
    Rename(LayerId, String),
    ToggleVisible(LayerId),
    ToggleLocked(LayerId),
    ToggleCollapsed(LayerId),
    ToggleSolo(LayerId),
    Move(Vec<LayerId>, InsertionPoint),
    ChooseVariant(usize),
    DeleteVariant,
    /// A copy of a layer of a variant that is not shown.
    TakeFromVariant(LayerId),
    /// One undo step of its own, by the key of its name.
    Edit(&'static str, Vec<Edit>),
    /// Opens a step that the given widget fills while it is held.
    BeginGesture(GestureId, &'static str),
    /// Edits within the open step; nothing when there is none any more.
    EditGesture(Vec<Edit>),
    EndGesture,
    /// Opacity keys: the share to set, 0 to 1.
    SetOpacity(f32),
    /// Arrow keys, in document pixels.
    Nudge(glam::DVec2),
}

/// Commands sent since the last frame, in order.
#[derive(Default)]
pub struct Commands(RefCell<Vec<Command>>);

impl Commands {
    pub fn send(&self, command: impl Into<Command>) {
        self.0.borrow_mut().push(command.into());
    }

    pub fn action(&self, action: impl Into<Action>) {
        self.send(Command::Action(action.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn drain(&self) -> Vec<Command> {
        self.0.take()
    }
}

macro_rules! commands {
    ($($group:ident($name:ty),)*) => {
        $(impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$group(command)
            }
        })*
    };
}

commands! {
    File(FileCommand),
    Job(JobCommand),
    Models(ModelsCommand),
    Server(ServerCommand),
    Layers(LayersCommand),
    Canvas(CanvasAction),
}
