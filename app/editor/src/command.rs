use canvas::CanvasAction;
use document::{Edit, LayerId};
use engine::{DecomposeRequest, JobId};
use session::{GestureId, Intent, ListedLora, OpenSource, Place, SelectMode};
use std::cell::RefCell;

use crate::action::Action;
use crate::models::ModelsCommand;
use crate::question::{ExportQuestion, SaveQuestion};
use crate::server::ServerCommand;

/// Everything that the user interface asks for. Sent by panels, applied by the editor before the next frame.
#[derive(Debug, Clone)]
pub enum Command {
    Action(Action),
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
    DismissNotification(u64),
    /// The button that shows the source is held, or no longer.
    HoldSource(bool),
    SetRequest(Box<DecomposeRequest>),
    /// Whether the backend's words stand in the prompt while the user has given none.
    ShowCaption(bool),
    HidePreview(bool),
    Models(ModelsCommand),
    Server(ServerCommand),
    SetLoras(Vec<ListedLora>),
    /// Gives the model's memory back.
    FreeModel,
    /// Of the queue.
    CancelJob(JobId),
    Canvas(CanvasAction),
    SelectLayer(LayerId, SelectMode),
    RenameLayer(LayerId, String),
    ToggleVisible(LayerId),
    ToggleLocked(LayerId),
    ToggleCollapsed(LayerId),
    ToggleSolo(LayerId),
    MoveLayers(Vec<LayerId>, Place),
    ChooseVariant(usize),
    DeleteVariant,
    /// A copy of a layer of a variant that is not shown.
    TakeFromVariant(LayerId),
    /// One undo step of its own.
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
    pub fn send(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    pub fn action(&self, action: Action) {
        self.send(Command::Action(action));
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn drain(&self) -> Vec<Command> {
        self.0.take()
    }
}
