use std::path::PathBuf;

use anyhow::{Result, bail};
use engine::{Hardware, ModelSource, SingleFiles, Tiling};
use qwen_image_layered::{ComfyUi, NamedFiles};
use words::say;

use super::place::PlaceArgs;

/// Which model runs, and where.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// Folder of the model as Hugging Face has it [default: LAMINA_MODEL, the folder chosen in the window, or
    /// the Hugging Face cache]
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["comfyui", "transformer", "vae", "text_encoder", "mmproj", "tokenizer"])]
    model: Option<PathBuf>,

    /// Folder of ComfyUI, whose files run; those named below take the place of what is found there
    #[arg(long, value_name = "FOLDER")]
    comfyui: Option<PathBuf>,

    /// In place of a folder, single files in safetensors (bf16, fp8, nvfp4) or GGUF; --vae and --text-encoder go with it
    #[arg(long, value_name = "FILE")]
    transformer: Option<PathBuf>,

    /// The model's VAE, which is one for RGBA
    #[arg(long, value_name = "FILE")]
    vae: Option<PathBuf>,

    /// The model's text encoder, in safetensors or GGUF
    #[arg(long, value_name = "FILE")]
    text_encoder: Option<PathBuf>,

    /// The vision half of a text encoder in GGUF, which describes pictures
    #[arg(long, value_name = "FILE")]
    mmproj: Option<PathBuf>,

    /// Folder with tokenizer.json, or vocab.json and merges.txt [default: the text encoder's own, or one near its file]
    #[arg(long, value_name = "FOLDER")]
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

    /// The model that these options name. Fails where a file is missing.
    pub fn source(&self) -> Result<Option<ModelSource>> {
        if let Some(folder) = &self.model {
            return Ok(Some(ModelSource::Folder(folder.clone())));
        }
        let named = NamedFiles {
            transformer: self.transformer.clone(),
            vae: self.vae.clone(),
            text_encoder: self.text_encoder.clone(),
            mmproj: self.mmproj.clone(),
            tokenizer: self.tokenizer.clone(),
        };
        if let Some(folder) = &self.comfyui {
            let files = ComfyUi::look(folder)?.model(folder, &named)?;
            return Ok(Some(ModelSource::Files(files)));
        }
        match (named.transformer, named.vae, named.text_encoder) {
            (Some(transformer), Some(vae), Some(text_encoder)) => {
                Ok(Some(ModelSource::Files(SingleFiles {
                    transformer,
                    vae,
                    text_encoder,
                    mmproj: named.mmproj,
                    tokenizer: named.tokenizer,
                })))
            }
            (None, None, None) if named.mmproj.is_none() && named.tokenizer.is_none() => Ok(None),
            _ => bail!(say!("argument-all-files")),
        }
    }
}
