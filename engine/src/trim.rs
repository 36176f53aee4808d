use image::{GenericImageView, RgbaImage};
use pixels::{Rect, visible_rect};

/// The part of an image that holds every pixel of alpha above 0, and its position. One transparent pixel if there is none.
pub(crate) fn trim(image: &RgbaImage) -> (RgbaImage, u32, u32) {
    let Some(rect) = visible_rect(image) else {
        return (RgbaImage::new(1, 1), 0, 0);
    };
    let Rect {
        left,
        top,
        width,
        height,
    } = rect;
    (image.view(left, top, width, height).to_image(), left, top)
}
