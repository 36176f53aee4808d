//! What there is of models, on this computer and published, and what of it the user picks.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{
    Catalogue, EngineError, FoundModel, ModelLibrary, ModelRole, ModelSource, SingleFiles, Transfer,
};

use crate::download_task::DownloadTask;
use crate::question::Asked;
use crate::task::Task;

/// What panels ask for.
#[derive(Debug, Clone)]
pub enum ModelsCommand {
    /// Look again at what is on this computer.
    Look,
    /// Shows the desktop's dialog.
    Browse(Asked),
    /// A path that was asked for, or one that was found.
    Choose(Asked, PathBuf),
    /// Opens the dialog with what is published.
    ShowCatalogue,
    /// Begins a download, or goes on with it.
    Download(String),
    PauseDownload,
    /// Ends a download and deletes what is there of it.
    DiscardDownload(String),
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
    /// It is to be looked again once that is done.
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

/// Single files on the way to a whole model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    files: [Option<PathBuf>; 4],
    /// That of the model that runs.
    tokenizer: Option<PathBuf>,
}

impl Picked {
    /// In the order in which they are asked for.
    pub const ROLES: [ModelRole; 4] = [
        ModelRole::Transformer,
        ModelRole::TextEncoder,
        ModelRole::Mmproj,
        ModelRole::Vae,
    ];

    /// Without these there is no model.
    pub const NEEDED: [ModelRole; 3] = [
        ModelRole::Transformer,
        ModelRole::TextEncoder,
        ModelRole::Vae,
    ];

    /// What a model is made of; nothing of one in a folder.
    pub fn of(source: &ModelSource) -> Self {
        match source.clone() {
            ModelSource::Folder(_) => Self::default(),
            ModelSource::Files(files) => Self {
                files: [
                    Some(files.transformer),
                    Some(files.text_encoder),
                    files.mmproj,
                    Some(files.vae),
                ],
                tokenizer: files.tokenizer,
            },
        }
    }

    pub fn get(&self, role: ModelRole) -> Option<&Path> {
        let at = Self::ROLES.iter().position(|known| *known == role)?;
        self.files[at].as_deref()
    }

    /// Picks a file, and with it what is the only one of its role among those found.
    pub fn pick(&mut self, role: ModelRole, path: PathBuf, found: &[FoundModel]) {
        self.set(role, Some(path));
        if role == ModelRole::TextEncoder {
            self.tokenizer = None;
            self.set(ModelRole::Mmproj, None);
        }
        for role in Self::NEEDED {
            if self.get(role).is_none() {
                self.set(role, only(found, role));
            }
        }
        if self.needs_mmproj() && self.get(ModelRole::Mmproj).is_none() {
            let beside = self.beside_text_encoder(found);
            self.set(
                ModelRole::Mmproj,
                beside.or_else(|| only(found, ModelRole::Mmproj)),
            );
        }
    }

    fn set(&mut self, role: ModelRole, path: Option<PathBuf>) {
        if let Some(at) = Self::ROLES.iter().position(|known| *known == role) {
            self.files[at] = path;
        }
    }

    /// A text encoder in GGUF has its vision half in another file.
    pub fn needs_mmproj(&self) -> bool {
        let text_encoder = self.get(ModelRole::TextEncoder);
        text_encoder.is_some_and(|path| path.extension() == Some(OsStr::new("gguf")))
    }

    fn beside_text_encoder(&self, found: &[FoundModel]) -> Option<PathBuf> {
        let folder = self.get(ModelRole::TextEncoder)?.parent();
        let mut beside = found
            .iter()
            .filter(|file| file.role == ModelRole::Mmproj && file.path.parent() == folder);
        beside.next().map(|file| file.path.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.files.iter().all(Option::is_none)
    }

    /// The model, once it has all that it needs.
    pub fn source(&self) -> Option<ModelSource> {
        let get = |role| self.get(role).map(Path::to_owned);
        Some(ModelSource::Files(SingleFiles {
            transformer: get(ModelRole::Transformer)?,
            text_encoder: get(ModelRole::TextEncoder)?,
            vae: get(ModelRole::Vae)?,
            mmproj: get(ModelRole::Mmproj).filter(|_| self.needs_mmproj()),
            tokenizer: self.tokenizer.clone(),
        }))
    }
}

fn only(found: &[FoundModel], role: ModelRole) -> Option<PathBuf> {
    let mut files = found.iter().filter(|file| file.role == role);
    let first = files.next()?;
    files.next().is_none().then(|| first.path.clone())
}

impl Asked {
    /// Of the dialog.
    pub fn title(self) -> String {
        match self {
            Self::ModelFolder => "Choose the model's folder".to_owned(),
            Self::ComfyUi => "Choose ComfyUI's folder".to_owned(),
            Self::File(role) => format!("Choose a {}", role.label()),
        }
    }
}
