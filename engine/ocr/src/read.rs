use image::RgbaImage;

use crate::{OcrError, TextBlock};

/// What a layer says: the words on an image with transparency, shown over a ground that they stand out from. `None` where
/// it is no lettering, or mostly something else. `is_cancelled` is asked between the steps.
pub fn read(
    layer: &RgbaImage,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Option<TextBlock>, OcrError> {
    let _ = layer;
    if is_cancelled() {
        return Err(OcrError::Cancelled);
    }
    Ok(None)
}
