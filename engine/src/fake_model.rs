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
    caption: Option<String>,
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

    pub(crate) fn write(&self, words: &[&str]) {
        self.lock().caption = Some(words.join(" "));
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
        BackendId {
            id: "fake-model",
            label: "Fake model",
        }
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

    fn caption(&self) -> Option<String> {
        self.lock().caption.clone()
    }

    fn plan(&self) -> Option<String> {
        let running = self.lock().running;
        running.then(|| "everything stays on the device; at most 1.0 GiB, about 2 s".to_owned())
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
