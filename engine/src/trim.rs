use image::RgbaImage;
use pixels::{Rect, visible_rect};

/// The part of an image that holds every pixel of alpha above 0, and its position. One transparent pixel if there is none.
pub(crate) fn trim(image: RgbaImage) -> (RgbaImage, u32, u32) {
    let Some(rect) = visible_rect(&image) else {
        return (RgbaImage::new(1, 1), 0, 0);
    };
    if (rect.width, rect.height) == image.dimensions() {
        return (image, 0, 0);
    }
    (cropped(&image, rect), rect.left, rect.top)
}

fn cropped(image: &RgbaImage, rect: Rect) -> RgbaImage {
    let mut part = RgbaImage::new(rect.width, rect.height);
    let row_bytes = image.width() as usize * 4;
    let (left, bytes) = (rect.left as usize * 4, rect.width as usize * 4);
    let rows = image.chunks(row_bytes).skip(rect.top as usize);
    for (to, from) in part.chunks_mut(bytes).zip(rows) {
        to.copy_from_slice(&from[left..][..bytes]);
    }
    part
}
