use image::RgbaImage;
use image::imageops::{FilterType, resize};

use crate::{CancelToken, EngineError, ModelLayer, Progress, Stage};

pub(crate) fn rebuild(
    layers: Vec<ModelLayer>,
    source: &RgbaImage,
    progress: &mut dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<ModelLayer>, EngineError> {
    progress.report(Stage::Rebuild, 0, 1);
    let mut layers = layers;
    for layer in &mut layers {
        cancel.check()?;
        if layer.image.dimensions() != source.dimensions() {
            layer.image = resize(
                &layer.image,
                source.width(),
                source.height(),
                FilterType::CatmullRom,
            );
        }
    }
    progress.report(Stage::Rebuild, 1, 1);
    Ok(layers)
}
