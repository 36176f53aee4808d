//! The editor window: panels around the canvas, commands, background tasks.
//!
//! Panels read the state and send a command; the [`Editor`] applies commands once a frame. Nothing slow runs on the
//! window's thread: opening, exporting, decomposing, thumbnails and file dialogs have threads of their own.

mod action;
mod apply;
mod background;
mod color_button;
mod command;
mod desktop;
mod editor;
mod keyboard;
mod modals;
mod models;
mod notifications;
mod panels;
mod preview;
mod question;
mod screen;
mod server;
mod start;
mod state;
mod theme;
mod thumbnails;
mod widgets;
mod window;

pub use desktop::{DialogError, FileDialogs, SystemClipboard, SystemDialogs};
pub use editor::Editor;
pub use start::{EditorOptions, StartError};

/// Opens the window and returns when the user has closed it.
pub fn run(options: EditorOptions) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: window::builder_at(options.settings.get().window)
            .with_title(words::say!("window-name"))
            .with_app_id("lamina"),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: eframe::egui_wgpu::WgpuConfiguration {
            wgpu_setup: window::graphics_setup(),
            ..Default::default()
        },
        // Otherwise a pasted picture is decoded on the window's thread; `keyboard` handles the clipboard's keys in text fields.
        clipboard_shortcuts: false,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| {
        let editor = Editor::new(cc, options.for_display(cc))?;
        Ok(Box::new(editor))
    });
    eframe::run_native("Lamina", native, create)
}
