use std::path::PathBuf;

use engine::{Hardware, Tiling};
use qwen_image_layered::ModelSource;

use super::place::PlaceArgs;

/// Which model runs, and where.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// Folder of the model as Hugging Face has it [default: LAMINA_MODEL, the folder chosen in the window, or
    /// the Hugging Face cache]
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["transformer", "vae", "text_encoder", "tokenizer"])]
    model: Option<PathBuf>,

    /// In place of a folder, single files as ComfyUI has them; all four are needed
    #[arg(long, value_name = "FILE", requires_all = ["vae", "text_encoder", "tokenizer"])]
    transformer: Option<PathBuf>,

    /// The model's VAE, which is one for RGBA
    #[arg(long, value_name = "FILE", requires_all = ["transformer", "text_encoder", "tokenizer"])]
    vae: Option<PathBuf>,

    /// The model's text encoder
    #[arg(long, value_name = "FILE", requires_all = ["transformer", "vae", "tokenizer"])]
    text_encoder: Option<PathBuf>,

    /// Folder with tokenizer.json, or vocab.json and merges.txt
    #[arg(long, value_name = "FOLDER", requires_all = ["transformer", "vae", "text_encoder"])]
    tokenizer: Option<PathBuf>,

    /// Run the VAE in tiles: needs less memory, can show seams
    #[arg(long)]
    pub vae_tiling: bool,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// Run a job that finds too little memory again with a smaller plan
    #[arg(long)]
    pub retry: bool,
}

impl ModelArgs {
    pub fn hardware(&self) -> Hardware {
        let tiling = match self.vae_tiling {
            true => Tiling::On,
            false => Tiling::Off,
        };
        self.place.hardware(tiling, self.retry)
    }

    /// The model that these options name.
    pub fn source(&self) -> Option<ModelSource> {
        if let Some(folder) = &self.model {
            return Some(ModelSource::Folder(folder.clone()));
        }
        Some(ModelSource::Files {
            transformer: self.transformer.clone()?,
            vae: self.vae.clone()?,
            text_encoder: self.text_encoder.clone()?,
            tokenizer: self.tokenizer.clone()?,
        })
    }
}
