use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui_wgpu::wgpu::rwh::{HasDisplayHandle, RawDisplayHandle};
use session::{Clipboard, RunRecord, SettingsStore};
use words::Languages;

use crate::desktop::{FileDialogs, SystemClipboard, SystemDialogs};

/// What the window starts with.
pub struct EditorOptions {
    /// In order of preference.
    pub backends: Vec<Box<dyn engine::Backend>>,
    /// A picture or a project to open at once.
    pub open: Option<PathBuf>,
    pub dialogs: Box<dyn FileDialogs>,
    pub clipboard: Arc<dyn Clipboard>,
    /// Finds and gets models.
    pub library: Option<Arc<dyn engine::ModelLibrary>>,
    /// Reaches other computers.
    pub servers: Option<Arc<dyn engine::Servers>>,
    /// Of earlier runs.
    pub record: Option<Arc<dyn RunRecord>>,
    pub settings: SettingsStore,
    /// That may be chosen.
    pub languages: Languages,
    /// Files that are dropped on the window reach it.
    pub takes_drops: bool,
    /// Where unsaved work is kept for a recovery; `None`: nowhere.
    pub unsaved_folder: Option<PathBuf>,
    /// Seconds between two autosaves.
    pub autosave_seconds: f64,
}

/// A kill loses at most this much work.
const AUTOSAVE_SECONDS: f64 = 120.0;

impl EditorOptions {
    /// An empty window with the desktop's own file dialogs, which remembers nothing when it is closed.
    pub fn new(backends: Vec<Box<dyn engine::Backend>>) -> Self {
        Self {
            backends,
            open: None,
            dialogs: Box::new(SystemDialogs),
            clipboard: Arc::new(SystemClipboard),
            library: None,
            servers: None,
            record: None,
            settings: SettingsStore::nowhere(),
            languages: Languages::default(),
            takes_drops: true,
            unsaved_folder: None,
            autosave_seconds: AUTOSAVE_SECONDS,
        }
    }

    /// On Wayland winit does not tell of dropped files.
    pub(crate) fn for_display(self, display: &impl HasDisplayHandle) -> Self {
        let handle = display.display_handle();
        let is_wayland =
            handle.is_ok_and(|handle| matches!(handle.as_raw(), RawDisplayHandle::Wayland(_)));
        Self {
            takes_drops: self.takes_drops && !is_wayland,
            ..self
        }
    }
}

/// Why the editor cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    #[error("a background thread did not start: {0}")]
    Thread(#[from] std::io::Error),
}
