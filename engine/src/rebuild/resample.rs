//! Changing the size of straight-alpha images; the resizer premultiplies, so that no colour leaks out of clear pixels.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbaImage;

use crate::EngineError;

/// Catmull-Rom keeps edges and text sharper than bilinear, with less ringing than Lanczos.
pub(super) fn enlarge(
    image: &RgbaImage,
    width: u32,
    height: u32,
) -> Result<RgbaImage, EngineError> {
    resize(image, width, height, FilterType::CatmullRom)
}

/// The mean colour of the area that each new pixel covers.
pub(super) fn reduce(image: &RgbaImage, width: u32, height: u32) -> Result<RgbaImage, EngineError> {
    resize(image, width, height, FilterType::Box)
}

fn resize(
    image: &RgbaImage,
    width: u32,
    height: u32,
    filter: FilterType,
) -> Result<RgbaImage, EngineError> {
    let failed = |error: &dyn std::fmt::Display| {
        EngineError::Backend(format!(
            "a layer could not be brought to {width} × {height} pixels: {error}"
        ))
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let from = ImageRef::new(
        image.width(),
        image.height(),
        image.as_raw(),
        PixelType::U8x4,
    )
    .map_err(|e| failed(&e))?;
    let mut to = Image::new(width, height, PixelType::U8x4);
    Resizer::new()
        .resize(&from, &mut to, &options)
        .map_err(|e| failed(&e))?;
    RgbaImage::from_raw(width, height, to.into_vec()).ok_or_else(|| failed(&"wrong size"))
}
