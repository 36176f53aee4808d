//! The editor window: panels around the canvas, commands, background tasks.
//!
//! Panels read the state and send a [`command::Command`]; the [`Editor`] applies commands once a frame. Nothing slow runs
//! on the window's thread: opening, exporting, decomposing and file dialogs have threads of their own.

mod dialogs;

use std::path::PathBuf;

pub use dialogs::{DialogError, FileDialogs, SystemDialogs};

/// What the window starts with.
pub struct EditorOptions {
    /// In order of preference.
    pub backends: Vec<Box<dyn engine::Backend>>,
    /// A picture to open at once.
    pub open: Option<PathBuf>,
    pub dialogs: Box<dyn FileDialogs>,
}

impl EditorOptions {
    /// An empty window with the desktop's own file dialogs.
    pub fn new(backends: Vec<Box<dyn engine::Backend>>) -> Self {
        Self {
            backends,
            open: None,
            dialogs: Box::new(SystemDialogs),
        }
    }
}

/// Opens the window and returns when the user has closed it.
pub fn run(options: EditorOptions) -> eframe::Result {
    let _ = options;
    Ok(())
}
