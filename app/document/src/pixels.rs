use std::sync::Arc;

use glam::DVec2;
use image::{RgbaImage, imageops};
use pixels::{Rect, visible_rect};

use crate::Bounds;

/// Straight-alpha sRGB RGBA8 pixels, shared by reference and never changed once made.
/// Cloning copies a pointer; `ptr_eq` tells whether two layers share one picture.
#[derive(Debug, Clone)]
pub struct Pixels(Arc<RgbaImage>);

impl From<Arc<RgbaImage>> for Pixels {
    fn from(shared: Arc<RgbaImage>) -> Self {
        Self(shared)
    }
}

impl Pixels {
    /// Takes the picture as it is, without trimming.
    pub fn new(image: RgbaImage) -> Self {
        Self(Arc::new(image))
    }

    /// Trims `image`, whose top left corner lies at (`left`, `top`) of the document, to its pixels with alpha > 0.
    /// Returns the trimmed pixels and the document bounds they cover (0 × 0 when nothing is visible).
    pub fn trimmed(image: RgbaImage, left: i32, top: i32) -> (Self, Bounds) {
        let Some(inner) = visible_rect(&image) else {
            return (
                Self::new(RgbaImage::new(0, 0)),
                Bounds::new(left, top, 0, 0),
            );
        };
        let Rect {
            left: x,
            top: y,
            width,
            height,
        } = inner;
        let (left, top) = (
            left.saturating_add_unsigned(x),
            top.saturating_add_unsigned(y),
        );
        let bounds = Bounds::new(left, top, width, height);
        if (width, height) == image.dimensions() {
            return (Self::new(image), bounds);
        }
        let cut = imageops::crop_imm(&image, x, y, width, height);
        (Self::new(cut.to_image()), bounds)
    }

    pub fn image(&self) -> &RgbaImage {
        &self.0
    }

    /// The picture itself, for code that keeps it beyond the document (the engine).
    pub fn shared(&self) -> Arc<RgbaImage> {
        Arc::clone(&self.0)
    }

    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    pub fn size(&self) -> DVec2 {
        DVec2::new(self.width().into(), self.height().into())
    }

    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Identifies the picture for as long as it lives: a key for texture and thumbnail caches.
    pub fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other) || self.image() == other.image()
    }
}
