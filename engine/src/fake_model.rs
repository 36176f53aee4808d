use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{BackendId, EngineError, ModelControl};

/// The file that makes a folder one of a [`FakeModel`].
pub const FAKE_MODEL_FILE: &str = "fake_model.json";

/// A model's control for tests; give the same one to [`crate::FakeBackend::model`]. Any folder with a
/// [`FAKE_MODEL_FILE`] holds its model.
#[derive(Debug, Clone)]
pub struct FakeModel {
    /// What it writes of every picture, word by word.
    says: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    folder: Option<PathBuf>,
    loaded: bool,
    running: bool,
}

impl FakeModel {
    pub fn saying(caption: &str) -> Self {
        Self {
            says: caption.to_owned(),
            state: Arc::default(),
        }
    }

    pub(crate) fn words(&self) -> Vec<&str> {
        self.says.split(' ').collect()
    }

    /// Loaded from here on; a job runs until the result is dropped.
    pub(crate) fn run(&self) -> Running {
        let mut state = self.lock();
        state.loaded = true;
        state.running = true;
        Running(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Running(FakeModel);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().running = false;
    }
}

impl ModelControl for FakeModel {
    fn backend(&self) -> BackendId {
        BackendId::new("fake-model", "Fake model")
    }

    fn folder(&self) -> Option<PathBuf> {
        self.lock().folder.clone()
    }

    fn choose_folder(&self, folder: PathBuf) -> Result<(), EngineError> {
        if !folder.join(FAKE_MODEL_FILE).is_file() {
            return Err(EngineError::Backend(format!(
                "{} holds no model; choose the folder with {FAKE_MODEL_FILE}",
                folder.display()
            )));
        }
        self.lock().folder = Some(folder);
        Ok(())
    }

    fn is_loaded(&self) -> bool {
        self.lock().loaded
    }

    fn free(&self) -> bool {
        let mut state = self.lock();
        if !state.running {
            state.loaded = false;
        }
        !state.running
    }
}
