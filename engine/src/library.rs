use std::path::PathBuf;

use crate::{EngineError, ModelSource};

/// Finds a model's files on this computer, and gets those that are published. All of it reads disks, asks devices or waits
/// for servers, and so belongs on a thread of its own.
pub trait ModelLibrary: Send + Sync {
    /// What is in `places` and where such files lie as a rule; of files, only headers are read.
    fn find(&self, places: &ModelPlaces) -> Vec<FoundModel>;

    /// What is published, best first, without asking a server.
    fn catalogue(&self) -> Result<Catalogue, EngineError>;

    /// Downloads a published model, or the rest of it, and says where it is. What is there stays when it ends early, for the
    /// next time.
    fn download(&self, name: &str, tell: OnTransfer) -> Result<ModelSource, EngineError>;

    /// Deletes what a download that has not ended left, and nothing else.
    fn discard(&self, name: &str) -> Result<(), EngineError>;
}

/// Told how far a download is; answers whether it is to go on.
pub type OnTransfer<'a> = &'a (dyn Fn(Transfer) -> bool + Sync);

/// How far a download is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Bytes that are there.
    pub there: u64,
    /// Bytes of the whole; 0 until that is known.
    pub all: u64,
    /// What is there is compared with what was published.
    pub checking: bool,
}

/// Where to look besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelPlaces {
    pub comfyui: Option<PathBuf>,
    /// Folders and files that the user has named.
    pub named: Vec<PathBuf>,
}

/// A file of a model, or a folder with all of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundModel {
    pub role: ModelRole,
    pub path: PathBuf,
    /// For people.
    pub name: String,
    /// "GGUF", "safetensors".
    pub format: String,
    /// What most numbers are written in: "bf16", "Q4_K".
    pub precision: String,
    pub bytes: u64,
    /// Of a whole model or a transformer.
    pub fit: Option<Fit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelRole {
    /// All of a model, in a folder.
    Whole,
    Transformer,
    TextEncoder,
    /// The vision half of a text encoder that is in two files.
    Mmproj,
    Vae,
    Lora,
}

/// How a model would run on this computer, or why it would not: a sentence each.
pub type Fit = Result<String, String>;

/// The published forms of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    pub models: Vec<PublishedModel>,
    /// Where they are kept.
    pub folder: PathBuf,
    /// Bytes free there.
    pub free: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedModel {
    pub name: String,
    /// Its format and precision, for people.
    pub about: String,
    pub licence: String,
    pub bytes: u64,
    /// All of it was downloaded.
    pub is_here: bool,
    /// An earlier download left some of it.
    pub is_begun: bool,
    /// The best of all for this computer.
    pub is_best: bool,
    /// `None` where no device could be asked.
    pub fit: Option<Fit>,
}

impl ModelRole {
    /// "text encoder".
    pub fn label(self) -> &'static str {
        match self {
            Self::Whole => "model",
            Self::Transformer => "transformer",
            Self::TextEncoder => "text encoder",
            Self::Mmproj => "vision half",
            Self::Vae => "VAE",
            Self::Lora => "LoRA",
        }
    }
}
