//! From the user's picture to the pixels that the model sees.

mod resample;

use candle_core::Tensor;
use image::RgbaImage;
use runtime::Place;

pub(crate) use resample::resize_bicubic;
pub use resample::resize_lanczos;

use crate::Result;

/// Sides are multiples of this.
const GRID: f64 = 32.0;

/// Width and height that the model works at: the picture's aspect at about `side`² pixels, each side rounded to 32, half
/// to even (diffusers `pipeline_qwenimage_layered.py`, `calculate_dimensions`). Never under 32.
pub fn bucket(width: u32, height: u32, side: u32) -> (u32, u32) {
    let ratio = f64::from(width) / f64::from(height);
    let area = f64::from(side) * f64::from(side);
    let bucket_width = (area * ratio).sqrt();
    let bucket_height = bucket_width / ratio;
    let round = |length: f64| ((length / GRID).round_ties_even() * GRID).max(GRID) as u32;
    (round(bucket_width), round(bucket_height))
}

/// Straight-alpha RGBA as [1, 4, height, width] in −1 to 1, alpha treated like a colour.
pub(crate) fn to_tensor(image: &RgbaImage, place: &Place) -> Result<Tensor> {
    let (width, height) = image.dimensions();
    let shape = (1, height as usize, width as usize, 4);
    let values: Vec<f32> = image
        .iter()
        .map(|byte| 2.0 * (f32::from(*byte) / 255.0) - 1.0)
        .collect();
    Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?
        .permute((0, 3, 1, 2))?
        .contiguous()?
        .to_device(&place.device)?
        .to_dtype(place.dtype)?)
}

/// [1, 4, height, width] in −1 to 1 as straight-alpha RGBA, rounded half to even.
pub(crate) fn to_image(pixels: &Tensor) -> Result<RgbaImage> {
    let (_, _, height, width) = pixels.dims4()?;
    let unit = ((pixels * 0.5)? + 0.5)?.clamp(0.0, 1.0)?;
    let bytes: Vec<u8> = unit
        .to_dtype(candle_core::DType::F32)?
        .to_device(&candle_core::Device::Cpu)?
        .permute((0, 2, 3, 1))?
        .flatten_all()?
        .to_vec1::<f32>()?
        .into_iter()
        .map(|value| (value * 255.0).round_ties_even() as u8)
        .collect();
    RgbaImage::from_raw(width as u32, height as u32, bytes).ok_or_else(|| {
        crate::ModelError::Compute(candle_core::Error::Msg(
            "the decoder gave no RGBA picture".into(),
        ))
    })
}
