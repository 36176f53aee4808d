//! The editor window: panels around the canvas, commands, background tasks.
//!
//! Panels read the state and send a command; the [`Editor`] applies commands once a frame. Nothing slow runs on the
//! window's thread: opening, exporting, decomposing, thumbnails and file dialogs have threads of their own.

mod action;
mod apply;
mod autosaving;
mod background;
mod clipboard;
mod command;
mod dialogs;
mod download_task;
mod editor;
mod export_task;
mod fonts;
mod graphics;
mod intent;
mod keyboard;
mod modals;
mod models;
mod notifications;
mod open_task;
mod panels;
mod preview;
mod progress_task;
mod question;
mod result;
mod runs;
mod save_task;
mod server;
mod session;
mod settings;
mod start;
mod state;
mod target;
mod task;
mod theme;
mod thumbnails;
mod widgets;

pub use clipboard::{Clipboard, Copied, SystemClipboard};
pub use dialogs::{DialogError, FileDialogs, SystemDialogs};
pub use editor::Editor;
pub use result::with_layers;
pub use runs::{Baseline, RunRecord, StageBaseline, StandsOut};
pub use settings::{ListedLora, Settings, SettingsError, SettingsStore, ThemeChoice, WindowPlace};
pub use start::{EditorOptions, StartError};

/// Opens the window and returns when the user has closed it.
pub fn run(options: EditorOptions) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: settings::window_at(options.settings.get().window)
            .with_title("Lamina")
            .with_app_id("lamina"),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: eframe::egui_wgpu::WgpuConfiguration {
            wgpu_setup: graphics::setup(),
            ..Default::default()
        },
        // Otherwise a pasted picture is decoded on the window's thread; `keyboard` does what else they do.
        clipboard_shortcuts: false,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| {
        let editor = Editor::new(cc, options.for_display(cc))?;
        Ok(Box::new(editor))
    });
    eframe::run_native("Lamina", native, create)
}
