use std::path::Path;

use runtime::config::{ensure, read_json};
use serde::Deserialize;
use serde_json::Value;

use crate::{ModelError, Result};

/// Pixels that any setting may ask for; the largest bucket has a million.
const MAX_PIXELS: u64 = 1 << 24;

/// How the captioner's picture is resized and normalised: preprocessor_config.json, or processor_config.json of newer
/// folders. The defaults are Qwen2.5-VL's.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessorConfig {
    pub min_pixels: u64,
    pub max_pixels: u64,
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Default for ProcessorConfig {
    fn default() -> Self {
        Self {
            min_pixels: 56 * 56,
            max_pixels: 12_845_056,
            mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}

#[derive(Deserialize)]
struct Json {
    min_pixels: Option<u64>,
    max_pixels: Option<u64>,
    size: Option<Size>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
}

/// Pixel counts despite the names.
#[derive(Deserialize)]
struct Size {
    shortest_edge: Option<u64>,
    longest_edge: Option<u64>,
    min_pixels: Option<u64>,
    max_pixels: Option<u64>,
}

impl ProcessorConfig {
    pub fn read(path: &Path) -> Result<Self> {
        let mut json: Value = read_json(path)?;
        if let Some(nested) = json.get_mut("image_processor") {
            json = nested.take();
        }
        let json: Json = serde_json::from_value(json)
            .map_err(|error| ModelError::config(path, error.to_string()))?;
        let default = Self::default();
        let size = json.size.as_ref();
        let config = Self {
            min_pixels: json
                .min_pixels
                .or(size.and_then(|size| size.min_pixels.or(size.shortest_edge)))
                .unwrap_or(default.min_pixels),
            max_pixels: json
                .max_pixels
                .or(size.and_then(|size| size.max_pixels.or(size.longest_edge)))
                .unwrap_or(default.max_pixels),
            mean: json.image_mean.unwrap_or(default.mean),
            std: json.image_std.unwrap_or(default.std),
        };
        ensure(
            path,
            config.min_pixels <= config.max_pixels && config.max_pixels <= MAX_PIXELS,
            "the pixel limits are out of range",
        )?;
        ensure(
            path,
            config.mean.iter().all(|mean| mean.is_finite())
                && config.std.iter().all(|std| std.is_finite() && *std > 0.0),
            "image_mean or image_std is out of range",
        )?;
        Ok(config)
    }
}
