//! What the editor and the engine have to agree on: how a pixel lies over another, and where a picture is visible.

mod source_over;

use image::RgbaImage;

pub use source_over::{scaled, source_over};

/// Pixels of a picture, never none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The smallest rectangle around the pixels of alpha above 0; `None` where there is none.
pub fn visible_rect(image: &RgbaImage) -> Option<Rect> {
    let mut found: Option<Rect> = None;
    for (y, mut row) in (0..).zip(image.rows()) {
        let visible = |pixel: &image::Rgba<u8>| pixel[3] > 0;
        let Some(first) = row.position(visible) else {
            continue;
        };
        let after_first = row.rposition(visible).map_or(0, |after| after + 1);
        let (left, right) = (first as u32, (first + after_first + 1) as u32);
        let (left, right, top) = found.map_or((left, right, y), |rect| {
            let before = rect.left + rect.width;
            (rect.left.min(left), before.max(right), rect.top)
        });
        found = Some(Rect {
            left,
            top,
            width: right - left,
            height: y + 1 - top,
        });
    }
    found
}
