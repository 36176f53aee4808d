//! What the captioner gets of a picture (transformers 5.23, `models/qwen2_vl/image_processing_qwen2_vl.py`).

use candle_core::Tensor;
use image::RgbaImage;
use runtime::Place;

use crate::config::{ProcessorConfig, VisionConfig};
use crate::grid::Grid;
use crate::image_processor::resize_bicubic;
use crate::{ModelError, Result};

const MAX_ASPECT: f64 = 200.0;
const COLORS: usize = 3;

/// A picture as flattened patches.
pub(super) struct Patches {
    /// [patches, patch values], the patches of a merged unit next to each other.
    pub values: Tensor,
    /// Merged units, as the language model sees them.
    pub units: Grid,
}

impl Patches {
    pub fn new(
        image: &RgbaImage,
        vision: &VisionConfig,
        processor: &ProcessorConfig,
        place: &Place,
    ) -> Result<Self> {
        let unit = vision.patch_size * vision.spatial_merge_size;
        let (width, height) = fit(image.width(), image.height(), unit, processor)?;
        let resized = resize_bicubic(&over_white(image), width as u32, height as u32);
        let units = Grid {
            rows: height / unit,
            columns: width / unit,
        };
        let values = flatten(&resized, units, vision, processor);
        let count = units.tokens() * vision.spatial_merge_size.pow(2);
        Ok(Self {
            values: Tensor::from_vec(values, (count, vision.patch_values()), &place.device)?
                .to_dtype(place.dtype)?,
            units,
        })
    }
}

/// Width and height in whole units within the processor's pixel limits.
fn fit(
    width: u32,
    height: u32,
    unit: usize,
    processor: &ProcessorConfig,
) -> Result<(usize, usize)> {
    let (width, height) = (f64::from(width), f64::from(height));
    if width.max(height) > MAX_ASPECT * width.min(height) {
        return Err(ModelError::Request(
            "the picture is too narrow to be captioned; crop it or write a prompt".into(),
        ));
    }
    let unit = unit as f64;
    let round = |length: f64| (length / unit).round_ties_even() * unit;
    let (mut fitted_width, mut fitted_height) = (round(width), round(height));
    let pixels = fitted_width * fitted_height;
    if pixels > processor.max_pixels as f64 {
        let shrink = (width * height / processor.max_pixels as f64).sqrt();
        let floor = |length: f64| ((length / shrink / unit).floor() * unit).max(unit);
        (fitted_width, fitted_height) = (floor(width), floor(height));
    } else if pixels < processor.min_pixels as f64 {
        let stretch = (processor.min_pixels as f64 / (width * height)).sqrt();
        let ceil = |length: f64| (length * stretch / unit).ceil() * unit;
        (fitted_width, fitted_height) = (ceil(width), ceil(height));
    }
    Ok((fitted_width as usize, fitted_height as usize))
}

/// Pillow's `alpha_composite` over opaque white, bit for bit (python-pillow/Pillow 12.0,
/// `src/libImaging/AlphaComposite.c`).
fn over_white(image: &RgbaImage) -> RgbaImage {
    const BITS: u32 = 7;
    let mut opaque = image.clone();
    for pixel in opaque.pixels_mut() {
        let own = u32::from(pixel[3]) << BITS;
        let white = (255 << BITS) - own;
        for color in &mut pixel.0[..COLORS] {
            let sum = u32::from(*color) * own + 255 * white + (0x80 << BITS);
            *color = ((((sum >> 8) + sum) >> 8) >> BITS) as u8;
        }
        pixel[3] = 255;
    }
    opaque
}

/// Patches unit by unit, within a unit row by row; within a patch colour, then time (the one frame repeated), row and
/// column.
fn flatten(
    image: &RgbaImage,
    units: Grid,
    vision: &VisionConfig,
    processor: &ProcessorConfig,
) -> Vec<f32> {
    let (patch, merge) = (vision.patch_size, vision.spatial_merge_size);
    let normal = |color: usize, byte: u8| {
        (f32::from(byte) - processor.mean[color] * 255.0) / (processor.std[color] * 255.0)
    };
    let mut values = Vec::with_capacity(units.tokens() * merge * merge * vision.patch_values());
    for index in 0..units.tokens() * merge * merge {
        let (unit, inner) = (index / (merge * merge), index % (merge * merge));
        let top = (unit / units.columns * merge + inner / merge) * patch;
        let left = (unit % units.columns * merge + inner % merge) * patch;
        for color in 0..COLORS {
            for _ in 0..vision.temporal_patch_size {
                for place in 0..patch * patch {
                    let x = (left + place % patch) as u32;
                    let y = (top + place / patch) as u32;
                    values.push(normal(color, image.get_pixel(x, y)[color]));
                }
            }
        }
    }
    values
}
