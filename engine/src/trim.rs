use image::{GenericImageView, RgbaImage};

/// The part of an image that holds every pixel of alpha above 0, and its position. One transparent pixel if there is none.
pub(crate) fn trim(image: &RgbaImage) -> (RgbaImage, u32, u32) {
    let Some((left, top, right, bottom)) = visible_bounds(image) else {
        return (RgbaImage::new(1, 1), 0, 0);
    };
    (
        image.view(left, top, right - left, bottom - top).to_image(),
        left,
        top,
    )
}

/// Left, top, right and bottom, the last two exclusive.
fn visible_bounds(image: &RgbaImage) -> Option<(u32, u32, u32, u32)> {
    let mut bounds: Option<(u32, u32, u32, u32)> = None;
    for (y, mut row) in (0..).zip(image.rows()) {
        let visible = |pixel: &image::Rgba<u8>| pixel[3] > 0;
        let Some(first) = row.position(visible) else {
            continue;
        };
        let last = row
            .rposition(visible)
            .map_or(first, |after| first + 1 + after);
        let (first, last) = (first as u32, last as u32);
        let (left, top, right, _) = bounds.unwrap_or((first, y, last + 1, y + 1));
        bounds = Some((left.min(first), top, right.max(last + 1), y + 1));
    }
    bounds
}
