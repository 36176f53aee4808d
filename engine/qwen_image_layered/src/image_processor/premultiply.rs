//! Pillow's modes RGBA ↔ RGBa, bit for bit (python-pillow/Pillow 12.0, `src/libImaging/Convert.c`).

use image::RgbaImage;

/// c·a/255, rounded.
pub(super) fn premultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        for colour in &mut pixel.0[..3] {
            let product = u32::from(*colour) * alpha + 128;
            *colour = (((product >> 8) + product) >> 8) as u8;
        }
    }
}

/// 255·c/a, rounded down and at most 255; colours of alpha 0 and 255 stay.
pub(super) fn unpremultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        if alpha != 0 && alpha != 255 {
            for colour in &mut pixel.0[..3] {
                *colour = (255 * u32::from(*colour) / alpha).min(255) as u8;
            }
        }
    }
}
