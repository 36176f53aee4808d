mod diffusion;
mod fields;
mod hardware;
mod lora;
mod precision;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbaImage;
use serde::{Deserialize, Serialize};

pub use diffusion::{CaptionLanguage, Diffusion, Resolution, Rng, RngGpu};
pub use hardware::{DeviceChoice, Gpus, Hardware, OffloadChoice, SpreadChoice, Tiling};
pub use lora::Lora;
pub use precision::{Except, Precision};

use crate::{EngineError, Layers};

/// The whole of what a decomposition is asked for: equal requests on the same build and device give equal layers. What a
/// backend does not use (see [`crate::Controls`]) it ignores. Serialises without the picture, and without
/// what else follows the job: previews and the dump.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecomposeRequest {
    /// Straight alpha, sRGB.
    #[serde(skip)]
    pub source: Arc<RgbaImage>,
    pub backend: BackendChoice,
    /// How many layers; 1 to 64, or as many as the backend can make (see [`crate::Controls`]). Empty and equal layers are dropped.
    pub layers: Layers,
    pub seed: u64,
    /// Bring the layers to the source's size and colours; otherwise they stay the backend's own.
    pub rebuild: bool,
    #[serde(default)]
    pub diffusion: Diffusion,
    #[serde(default)]
    pub hardware: Hardware,
    /// Whether unfinished layers are shown now and then, which takes a little of the job's time.
    #[serde(skip)]
    pub previews: bool,
    /// Where a model's intermediate values go, for comparison with another implementation.
    #[serde(skip)]
    pub dump: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// The first backend, in the order they were given to the engine, that can run here.
    #[default]
    Auto,
    /// A backend by its id; it runs or the job fails, no other takes its place.
    Named(String),
}

impl DecomposeRequest {
    /// The model card's settings, seed 777, and as many layers as the backend sees fit.
    pub fn new(source: Arc<RgbaImage>) -> Self {
        Self {
            source,
            backend: BackendChoice::Auto,
            layers: Layers::Auto,
            seed: 777,
            rebuild: true,
            diffusion: Diffusion::default(),
            hardware: Hardware::default(),
            previews: false,
            dump: None,
        }
    }

    /// Checked before a job starts, so that nothing long runs on a request that cannot succeed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let broken = if self.source.width() == 0 || self.source.height() == 0 {
            "the picture is empty; open one that has pixels".to_owned()
        } else if let Layers::AtMost(layers) = self.layers
            && !(1..=Layers::MAX).contains(&layers)
        {
            format!(
                "{layers} layers were asked for; choose 1 to {}",
                Layers::MAX
            )
        } else {
            return self.diffusion.validate();
        };
        Err(EngineError::InvalidRequest(broken))
    }
}
