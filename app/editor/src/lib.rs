//! The editor window: panels around the canvas, commands, background tasks.
//!
//! Panels read the state and send a command; the [`Editor`] applies commands once a frame. Nothing slow runs on the
//! window's thread: opening, exporting, decomposing, thumbnails and file dialogs have threads of their own.

mod action;
mod apply;
mod background;
mod command;
mod dialogs;
mod editor;
mod export_task;
mod fonts;
mod keyboard;
mod modals;
mod notifications;
mod open_task;
mod panels;
mod preview;
mod result;
mod session;
mod settings;
mod state;
mod task;
mod theme;
mod thumbnails;
mod widgets;

use std::path::PathBuf;
use std::sync::Arc;

pub use dialogs::{DialogError, FileDialogs, SystemDialogs};
pub use editor::Editor;
pub use result::with_layers;
pub use settings::{Settings, SettingsError, SettingsStore, ThemeChoice, WindowPlace};

/// What the window starts with.
pub struct EditorOptions {
    /// In order of preference.
    pub backends: Vec<Box<dyn engine::Backend>>,
    /// A picture to open at once.
    pub open: Option<PathBuf>,
    pub dialogs: Box<dyn FileDialogs>,
    /// How the model of one of the backends is reached.
    pub model: Option<Arc<dyn engine::ModelControl>>,
    pub settings: SettingsStore,
}

impl EditorOptions {
    /// An empty window with the desktop's own file dialogs, which remembers nothing when it is closed.
    pub fn new(backends: Vec<Box<dyn engine::Backend>>) -> Self {
        Self {
            backends,
            open: None,
            dialogs: Box::new(SystemDialogs),
            model: None,
            settings: SettingsStore::nowhere(),
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

/// Opens the window and returns when the user has closed it.
pub fn run(options: EditorOptions) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: settings::window_at(options.settings.get().window)
            .with_title("Lamina")
            .with_app_id("lamina"),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| Ok(Box::new(Editor::new(cc, options)?)));
    eframe::run_native("Lamina", native, create)
}
