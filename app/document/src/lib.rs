//! A document is a canvas, the picture it came from, and a tree of layers. This crate holds it, edits it
//! reversibly, and composites it on the CPU. It knows no user interface, no engine and no threads.
//!
//! Units are document pixels: x to the right, y down, (0, 0) the top left corner of the canvas.

mod apply;
mod blend;
mod bounds;
mod composite;
mod document;
mod edit;
mod error;
mod history;
mod hit_test;
mod layer;
mod metadata;
mod pixels;
mod recolor;
mod resample;
mod text;
mod transform;

pub use bounds::Bounds;
pub use composite::{composite, render_layer};
pub use document::{DEFAULT_PIXELS_PER_INCH, Document};
pub use edit::Edit;
pub use error::DocumentError;
pub use history::{History, MEMORY_BUDGET_BYTES};
pub use hit_test::topmost_layer_at;
pub use layer::{Group, Layer, LayerContent, LayerId, Raster};
pub use metadata::{Guide, Metadata};
pub use pixels::Pixels;
pub use recolor::{Recolor, Tint};
pub use text::Text;
pub use transform::Transform;
