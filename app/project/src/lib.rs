//! The project file, `.lamina`: OpenRaster (a ZIP of `stack.xml` and PNG layers, version 0.0.6 of
//! <https://www.openraster.org>), so that Krita, GIMP and MyPaint show its layers as they appear, and beside it
//! `lamina.json`, from which the document opens again exactly: untouched pixels, transforms, recolours, text, the
//! source, and how each result was made.
//!
//! A file is written under another name and then takes its own, so that whatever ends the program, the last saved
//! state is whole.

mod archive;
mod drawn;
mod error;
mod exporting;
mod layered;
mod lettering;
mod limits;
mod manifest;
mod open;
mod openraster;
mod picture;
mod pictures;
mod recovery;
mod save;
mod stack;

use document::Document;

pub use error::ProjectError;
pub use exporting::{ExportFormat, ExportOptions, Exported};
pub use open::{Opened, open, open_any};
pub use pictures::Saved;
pub use recovery::{Abandoned, Autosave, Origin};
pub use save::{save, save_again, save_openraster};

/// Of a project file, without the dot.
pub const EXTENSION: &str = "lamina";
/// Of a plain OpenRaster file.
pub const OPENRASTER_EXTENSION: &str = "ora";

/// What a project file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    pub document: Document,
    /// The reports of the runs that made its layers, the oldest first, kept as they are.
    pub runs: Vec<serde_json::Value>,
}
