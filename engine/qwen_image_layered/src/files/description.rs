use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use runtime::weights::{Contents, Encoding, FileMap};

use crate::Result;

/// What a weight file is, by its header alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDescription {
    pub kind: FileKind,
    pub format: FileFormat,
    /// What most of its numbers are written in: "bf16", "fp8 e4m3" or "Q4_K".
    pub precision: String,
    /// Of the file.
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Of Qwen-Image-Layered.
    Transformer,
    /// Of Qwen-Image or Qwen-Image-Edit.
    OtherTransformer,
    TextEncoder,
    /// The vision half of a text encoder in GGUF.
    Mmproj,
    /// For RGBA.
    Vae,
    RgbVae,
    Lora,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    Safetensors,
    Gguf,
}

impl FileDescription {
    /// Fails where the file cannot be read or is damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let map = FileMap::open(path)?;
        let contents = Contents::read(path, map.bytes())?;
        Ok(Self {
            kind: FileKind::of(&contents),
            format: match map.bytes().starts_with(b"GGUF") {
                true => FileFormat::Gguf,
                false => FileFormat::Safetensors,
            },
            precision: precision(&contents),
            bytes: map.bytes().len() as u64,
        })
    }
}

impl FileKind {
    fn of(contents: &Contents) -> Self {
        let shape = |name: &str| {
            let prefixes = ["", "model.diffusion_model.", "diffusion_model.", "model."];
            let mut entries = prefixes
                .iter()
                .filter_map(|prefix| contents.tensors.get(&format!("{prefix}{name}")));
            entries.next().map(|entry| entry.shape.as_slice())
        };
        let has = |name: &str| shape(name).is_some();
        if has("txt_norm.weight") && has("img_in.weight") {
            return match has("time_text_embed.addition_t_embedding.weight") {
                true => Self::Transformer,
                false => Self::OtherTransformer,
            };
        }
        let language = ["layers", "language_model.layers"];
        let language = language.map(|layers| format!("{layers}.0.input_layernorm.weight"));
        if has("blk.0.attn_norm.weight") || language.iter().any(|name| has(name)) {
            return Self::TextEncoder;
        }
        if has("v.patch_embd.weight") {
            return Self::Mmproj;
        }
        let first = ["encoder.conv1.weight", "encoder.conv_in.weight"];
        match first.iter().find_map(|name| shape(name)) {
            Some([_, 4, ..]) => return Self::Vae,
            Some([_, 3, ..]) => return Self::RgbVae,
            _ => {}
        }
        let marks = [".lora_", ".lokr_", ".hada_"];
        let is_lora = |name: &String| marks.iter().any(|mark| name.contains(mark));
        match contents.tensors.keys().any(is_lora) {
            true => Self::Lora,
            false => Self::Unknown,
        }
    }
}

/// Of most numbers.
fn precision(contents: &Contents) -> String {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for entry in contents.tensors.values() {
        if matches!(entry.encoding, Encoding::Unread(_)) && entry.shape.len() < 2 {
            continue;
        }
        let count = entry.shape.iter().product::<usize>() as u64;
        *counts.entry(entry.encoding.to_string()).or_default() += count;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(name, _)| name).unwrap_or_default()
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Safetensors => "safetensors",
            Self::Gguf => "GGUF",
        })
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Transformer => "transformer",
            Self::OtherTransformer => "transformer of another Qwen-Image",
            Self::TextEncoder => "text encoder",
            Self::Mmproj => "vision half of a text encoder",
            Self::Vae => "VAE",
            Self::RgbVae => "VAE without transparency",
            Self::Lora => "LoRA",
            Self::Unknown => "unknown",
        })
    }
}
