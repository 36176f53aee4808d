//! What there is of models, on this computer and published.

use std::path::PathBuf;
use std::sync::Arc;

use engine::{Catalogue, EngineError, FoundModel, ModelLibrary, Transfer};
use session::{DownloadTask, ListedLora, Picked, Task};

use crate::question::PathQuestion;

/// What panels ask for.
#[derive(Debug, Clone)]
pub enum ModelsCommand {
    /// Look again at what is on this computer.
    Look,
    /// Shows the desktop's dialog.
    Browse(PathQuestion),
    /// A path that was asked for, or one that was found.
    Choose(PathQuestion, PathBuf),
    /// Opens the dialog with what is published.
    ShowCatalogue,
    /// Begins a download, or goes on with it.
    Download(String),
    PauseDownload,
    /// Ends a download and deletes what is there of it.
    DiscardDownload(String),
    SetLoras(Vec<ListedLora>),
    /// Gives the model's memory back.
    Free,
}

/// What panels read.
#[derive(Default)]
pub struct Models {
    pub found: Vec<FoundModel>,
    pub is_looking: bool,
    /// Whether there is something that gets models.
    pub can_get: bool,
    pub picked: Picked,
    pub catalogue: Option<Result<Catalogue, String>>,
    pub download: Option<DownloadStatus>,
}

/// A download that the user has begun and that is not there yet.
#[derive(Debug, Clone)]
pub struct DownloadStatus {
    pub name: String,
    pub transfer: Transfer,
    /// Bytes a second, once that can be told.
    pub rate: Option<f64>,
    pub phase: DownloadPhase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadPhase {
    Running,
    /// It ends soon, to be paused.
    Pausing,
    Paused,
    /// It ends soon, and what is there is deleted.
    Discarding,
    Failed(String),
}

/// What is done about models beside the window.
#[derive(Default)]
pub struct LibraryTasks {
    library: Option<Arc<dyn ModelLibrary>>,
    pub look: Option<Task<Vec<FoundModel>>>,
    /// Look again once the present search ends.
    pub look_again: bool,
    pub catalogue: Option<Task<Result<Catalogue, EngineError>>>,
    pub download: Option<DownloadTask>,
    pub discard: Option<Task<Result<(), EngineError>>>,
}

impl LibraryTasks {
    pub fn set(&mut self, library: Option<Arc<dyn ModelLibrary>>) {
        self.library = library;
    }

    pub fn library(&self) -> Option<Arc<dyn ModelLibrary>> {
        self.library.clone()
    }

    pub fn is_busy(&self) -> bool {
        self.look.is_some()
            || self.catalogue.is_some()
            || self.download.is_some()
            || self.discard.is_some()
    }
}
