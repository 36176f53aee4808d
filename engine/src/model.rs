use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{DecomposeRequest, EngineError, Progress};

/// What a backend loads into memory before it can run. Called on the engine's thread only, between jobs, so that what was
/// loaded on it is freed there too.
pub trait Model {
    fn status(&self) -> ModelStatus;

    /// Heeded by the next job. Fails when the folder holds no complete model, and then changes nothing.
    fn choose(&mut self, folder: PathBuf) -> Result<(), EngineError>;

    /// Loads what a job on `request` would, which that job then finds there.
    fn load(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<(), EngineError>;

    /// Gives the memory back.
    fn free(&mut self);
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStatus {
    /// `None` where none is chosen, or the model is not in one folder.
    pub folder: Option<PathBuf>,
    /// Whether it is in memory.
    pub is_loaded: bool,
}

/// What the engine is to do with a backend's model; see [`Model`]'s methods.
#[derive(Debug, Clone)]
pub enum ModelCommand {
    Choose(PathBuf),
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
            Self::Choose(folder) => model.choose(folder)?,
            Self::Load(request) => model.load(&request, progress)?,
            Self::Free => model.free(),
        }
        Ok(model.status())
    }
}
