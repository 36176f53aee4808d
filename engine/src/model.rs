use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{DecomposeRequest, EngineError, Progress};

/// What a backend loads into memory before it can run. Called on the engine's thread only, between jobs, so that what was
/// loaded on it is freed there too.
pub trait Model {
    fn status(&self) -> ModelStatus;

    /// Heeded by the next job. Fails when there is no complete model, and then changes nothing.
    fn choose(&mut self, source: ModelSource) -> Result<(), EngineError>;

    /// Loads what a job on `request` would, which that job then finds there.
    fn load(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<(), EngineError>;

    /// Gives the memory back.
    fn free(&mut self);
}

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ModelSource {
    /// All of it in one folder, of a kind that the backend knows.
    Folder(PathBuf),
    Files(SingleFiles),
}

/// A model in single files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SingleFiles {
    pub transformer: PathBuf,
    pub vae: PathBuf,
    pub text_encoder: PathBuf,
    /// The vision half of a text encoder in GGUF; without it nothing can be captioned.
    pub mmproj: Option<PathBuf>,
    /// A folder with tokenizer.json, or vocab.json and merges.txt. Without, it is looked for in the text encoder's GGUF,
    /// near its file, and in the Hugging Face cache.
    pub tokenizer: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStatus {
    /// `None` where none is chosen.
    pub source: Option<ModelSource>,
    /// Whether it is in memory.
    pub is_loaded: bool,
}

/// What the engine is to do with a backend's model; see [`Model`]'s methods.
#[derive(Debug, Clone)]
pub enum ModelCommand {
    Choose(ModelSource),
    Load(Box<DecomposeRequest>),
    Free,
}

impl ModelCommand {
    pub(crate) fn carry_out(
        self,
        model: &mut dyn Model,
        progress: &dyn Progress,
    ) -> Result<ModelStatus, EngineError> {
        match self {
            Self::Choose(source) => model.choose(source)?,
            Self::Load(request) => model.load(&request, progress)?,
            Self::Free => model.free(),
        }
        Ok(model.status())
    }
}
