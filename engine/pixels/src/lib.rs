//! What the editor and the engine have to agree on: how a pixel lies over another, and where a picture is visible.

mod source_over;
mod visible;

pub use source_over::{scaled, source_over};
pub use visible::{Rect, visible_rect};
