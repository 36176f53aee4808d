use std::sync::Arc;

use image::{RgbaImage, imageops};

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
        let Some(inner) = visible_rect(&image) else {
            return (
                Self::new(RgbaImage::new(0, 0)),
                Bounds::new(left, top, 0, 0),
            );
        };
        let bounds = Bounds::new(
            left.saturating_add(inner.left),
            top.saturating_add(inner.top),
            inner.width(),
            inner.height(),
        );
        if (inner.width(), inner.height()) == image.dimensions() {
            return (Self::new(image), bounds);
        }
        let (x, y) = (inner.left.unsigned_abs(), inner.top.unsigned_abs());
        let cut = imageops::crop_imm(&image, x, y, inner.width(), inner.height());
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

/// The smallest rectangle around the pixels with alpha > 0, in the image's own coordinates.
fn visible_rect(image: &RgbaImage) -> Option<Bounds> {
    let mut rect: Option<Bounds> = None;
    for (y, row) in image.rows().enumerate() {
        let mut visible = row.enumerate().filter(|(_, pixel)| pixel.0[3] > 0);
        let Some((first, _)) = visible.next() else {
            continue;
        };
        let last = visible.next_back().map_or(first, |(x, _)| x);
        let span = Bounds::new(first as i32, y as i32, (last - first + 1) as u32, 1);
        rect = Some(rect.map_or(span, |r| r.union(&span)));
    }
    rect
}
