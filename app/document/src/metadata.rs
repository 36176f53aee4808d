use std::sync::Arc;

use crate::document::DEFAULT_PIXELS_PER_INCH;

/// What a document carries from its source to the files that are made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// Positive; [`DEFAULT_PIXELS_PER_INCH`] when the source names none.
    pub pixels_per_inch: f64,
    /// The ICC profile that says which colours the pixels' numbers are; without one they are sRGB. Nothing is ever converted.
    pub profile: Option<Arc<[u8]>>,
    pub guides: Vec<Guide>,
}

/// A line across the canvas that other programs show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guide {
    /// Pixels from the canvas's left (or top) edge; may lie outside.
    pub position: f64,
    pub is_horizontal: bool,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            pixels_per_inch: DEFAULT_PIXELS_PER_INCH,
            profile: None,
            guides: Vec::new(),
        }
    }
}
