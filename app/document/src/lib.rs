//! A document is a canvas, the picture it came from, and a tree of layers. This crate holds it, edits it
//! reversibly, and composites it on the CPU. It knows no user interface, no engine and no threads.
//!
//! Units are document pixels: x to the right, y down, (0, 0) the top left corner of the canvas.

mod apply;
mod blend_mode;
mod bounds;
mod composite;
mod document;
mod drawing;
mod edit;
mod fidelity;
mod history;
mod hit_test;
mod layer;
mod letters;
mod locks;
mod pixels;
mod recolor;
mod render;
mod resample;
mod text;
mod transform;
mod variants;

pub use blend_mode::BlendMode;
pub use bounds::Bounds;
pub use composite::{composite, composite_layers};
pub use document::{DEFAULT_PIXELS_PER_INCH, Document, Guide, Metadata};
pub use drawing::{Drawing, DrawingContent, drawings};
pub use edit::{DocumentError, Edit, Property};
pub use fidelity::Fidelity;
pub use history::{History, MEMORY_BUDGET_BYTES};
pub use hit_test::topmost_layer_at;
pub use layer::{Group, Layer, LayerContent, LayerId, Raster};
pub use letters::Letters;
pub use locks::Locks;
pub use pixels::Pixels;
pub use recolor::{Recolor, Tint};
pub use render::render_layer;
pub use text::{Alignment, Text};
pub use transform::Transform;
pub use variants::{Variant, Variants};
