use std::sync::Arc;

use engine::{Lora, Progress};
use kernels::Rotation;
use runtime::plan::StoredBlock;
use runtime::weights::{Loading, Loras, WeightFiles, Weights};
use runtime::{Part, Placement};

use super::BLOCKS;
use super::modulation::Modulations;
use super::rope::Rope;
use crate::config::TransformerConfig;
use crate::files::PartFiles;
use crate::grid::Grid;
use crate::{ModelError, Result};

/// Only Layered's transformer knows an additional condition of the time.
const LAYERED_MARK: &str = "time_text_embed.addition_t_embedding.weight";
/// An empty tensor that marks Qwen-Image-Edit-2511.
const EDIT_MARK: &str = "__index_timestep_zero__";

pub(crate) struct TransformerFiles {
    pub config: TransformerConfig,
    pub files: Arc<WeightFiles>,
}

impl TransformerFiles {
    /// Opens the headers, tells the siblings of the model apart and reads or derives the configuration.
    pub fn open(part: &PartFiles, loras: &[Lora]) -> Result<Self> {
        let files = part.open(|name| {
            let prefixes = ["model.diffusion_model.", "diffusion_model."];
            let plain = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
            Some(plain.unwrap_or(name).to_owned())
        })?;
        let wrong = |reason: &str| ModelError::WrongModel {
            path: files.path().to_owned(),
            reason: format!("{reason}; choose the Qwen-Image-Layered transformer"),
        };
        TransformerConfig::check_files(&files)?;
        if files.shape(EDIT_MARK).is_some() {
            return Err(wrong("holds the weights of Qwen-Image-Edit"));
        }
        let is_qwen_image =
            files.shape("txt_norm.weight").is_some() && files.shape("img_in.weight").is_some();
        if is_qwen_image && files.shape(LAYERED_MARK).is_none() {
            return Err(wrong(
                "holds the weights of the base Qwen-Image or of Qwen-Image-Edit",
            ));
        }
        let config = match &part.config {
            Some(path) => TransformerConfig::read(path)?,
            None => TransformerConfig::from_shapes(&files)?,
        };
        let stored = files.count(BLOCKS);
        if stored != config.num_layers {
            let last = stored.max(config.num_layers) - 1;
            return Err(ModelError::MissingTensor {
                path: files.path().to_owned(),
                name: format!(
                    "transformer_blocks.{last} as config.json has it ({} blocks, {stored} are stored)",
                    config.num_layers
                ),
            });
        }
        let loras = Loras::open(loras, &files)?;
        Ok(Self {
            config,
            files: Arc::new(files.with_loras(loras)),
        })
    }

    /// Of the largest block where its matrices stay in memory as the file has them.
    pub fn stored_block(&self) -> Option<StoredBlock> {
        // Modulation is computed before the blocks run.
        let largest = |bytes: &dyn Fn(&str) -> u64| {
            self.files
                .largest(BLOCKS, |name| match name.contains("_mod.") {
                    true => 0,
                    false => bytes(name) + self.files.side_bytes(name),
                })
        };
        if self.files.stays_packed() {
            let bytes = largest(&|name| self.files.bytes_of(name));
            Some(StoredBlock::Packed(bytes))
        } else if self.files.has_fp8() {
            let bytes = largest(&|name| self.files.bytes_beside_fp8(name));
            Some(StoredBlock::Fp8(bytes))
        } else {
            None
        }
    }

    /// The rotation of all tokens in a run, which does not depend on the step.
    pub fn rotation(
        &self,
        layers: usize,
        grid: Grid,
        text_tokens: usize,
        placement: &Placement,
    ) -> Result<Rotation> {
        let device = &placement.of(Part::TransformerEnds).device;
        Rope::new(self.config.axes_dims_rope).rotation(layers, grid, text_tokens, device)
    }

    /// What the times in [0, 1] of a run do to each block.
    pub fn modulations(
        &self,
        times: &[f32],
        placement: &Placement,
        progress: &dyn Progress,
    ) -> Result<Modulations> {
        let loading = Loading::silent(progress);
        let place = placement.of(Part::TransformerEnds);
        let weights = Weights::new(&self.files, &loading, place);
        Modulations::compute(&self.config, &weights, placement, times)
    }
}
