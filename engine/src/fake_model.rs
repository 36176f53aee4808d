use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{DecomposeRequest, EngineError, Model, ModelSource, ModelStatus, Progress, Stage};

/// The file that makes a folder one of a [`FakeModel`].
pub const FAKE_MODEL_FILE: &str = "fake_model.json";

/// A model for tests, given to [`crate::FakeBackend::model`]. Any folder with a [`FAKE_MODEL_FILE`] holds its model, and so do
/// any files. Clones
/// share one state, so that a test sees what the engine's thread did.
#[derive(Debug, Clone)]
pub struct FakeModel {
    /// What it writes of every picture, word by word.
    says: String,
    status: Arc<Mutex<ModelStatus>>,
}

impl FakeModel {
    pub fn saying(caption: &str) -> Self {
        Self {
            says: caption.to_owned(),
            status: Arc::default(),
        }
    }

    pub(crate) fn words(&self) -> Vec<&str> {
        self.says.split(' ').collect()
    }

    pub(crate) fn set_loaded(&self, is_loaded: bool) {
        self.lock().is_loaded = is_loaded;
    }

    fn lock(&self) -> MutexGuard<'_, ModelStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model for FakeModel {
    fn status(&self) -> ModelStatus {
        self.lock().clone()
    }

    fn choose(&mut self, source: ModelSource) -> Result<(), EngineError> {
        if let ModelSource::Folder(folder) = &source
            && !folder.join(FAKE_MODEL_FILE).is_file()
        {
            return Err(EngineError::Backend(format!(
                "{} holds no model; choose the folder with {FAKE_MODEL_FILE}",
                folder.display()
            )));
        }
        self.lock().source = Some(source);
        Ok(())
    }

    fn load(&mut self, _: &DecomposeRequest, progress: &dyn Progress) -> Result<(), EngineError> {
        progress.report(Stage::Load, 0, 1);
        progress.check()?;
        self.set_loaded(true);
        progress.report(Stage::Load, 1, 1);
        Ok(())
    }

    fn free(&mut self) {
        self.set_loaded(false);
    }
}
