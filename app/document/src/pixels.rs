use std::sync::Arc;

use image::RgbaImage;

use crate::Bounds;

/// Straight-alpha sRGB RGBA8 pixels, shared by reference and never changed once made.
/// Cloning copies a pointer; `ptr_eq` tells whether two layers share one picture.
#[derive(Debug, Clone)]
pub struct Pixels(Arc<RgbaImage>);

impl Pixels {
    /// Takes the picture as it is, without trimming.
    pub fn new(image: RgbaImage) -> Self {
        Self(Arc::new(image))
    }

    /// Trims `image`, whose top left corner lies at (`left`, `top`) of the document, to its pixels with alpha > 0.
    /// Returns the trimmed pixels and the document bounds they cover (0 × 0 when nothing is visible).
    pub fn trimmed(image: RgbaImage, left: i32, top: i32) -> (Self, Bounds) {
        todo!()
    }

    pub fn image(&self) -> &RgbaImage {
        &self.0
    }

    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Identifies the picture for as long as it lives: a key for texture and thumbnail caches.
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}
