use std::path::Path;

use runtime::config::{check_sizes, ensure, read_json};
use runtime::weights::WeightFiles;
use serde::Deserialize;
use serde_json::Value;

use super::gguf;
use crate::{ModelError, Result};

/// The published head widths, which tensors do not tell.
const LANGUAGE_HEAD: usize = 128;
const VISION_HEAD: usize = 80;

/// text_encoder/config.json, Qwen2.5-VL.
#[derive(Debug, Clone, PartialEq)]
pub struct TextEncoderConfig {
    pub language: LanguageConfig,
    pub vision: VisionConfig,
}

/// The defaults are those of the published 7B model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct LanguageConfig {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub num_key_value_heads: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub rms_norm_eps: f64,
    pub rope_theta: f64,
    /// How many of a head's frequencies turn with the time, the row and the column.
    #[serde(skip)]
    pub mrope_section: [usize; 3],
    pub tie_word_embeddings: bool,
    rope_scaling: Option<Rope>,
    rope_parameters: Option<Rope>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Rope {
    mrope_section: Option<[usize; 3]>,
    rope_theta: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VisionConfig {
    pub depth: usize,
    pub hidden_size: usize,
    pub num_heads: usize,
    pub intermediate_size: usize,
    pub out_hidden_size: usize,
    pub patch_size: usize,
    pub spatial_merge_size: usize,
    pub temporal_patch_size: usize,
    /// Pixels of an attention window's side.
    pub window_size: usize,
    /// Blocks that attend over the whole picture.
    pub fullatt_block_indexes: Vec<usize>,
}

impl Default for LanguageConfig {
    fn default() -> Self {
        Self {
            hidden_size: 3584,
            num_hidden_layers: 28,
            num_attention_heads: 28,
            num_key_value_heads: 4,
            intermediate_size: 18944,
            vocab_size: 152_064,
            rms_norm_eps: 1e-6,
            rope_theta: 1e6,
            mrope_section: [16, 24, 24],
            tie_word_embeddings: false,
            rope_scaling: None,
            rope_parameters: None,
        }
    }
}

impl Default for VisionConfig {
    fn default() -> Self {
        Self {
            depth: 32,
            hidden_size: 1280,
            num_heads: 16,
            intermediate_size: 3420,
            out_hidden_size: 3584,
            patch_size: 14,
            spatial_merge_size: 2,
            temporal_patch_size: 2,
            window_size: 112,
            fullatt_block_indexes: vec![7, 15, 23, 31],
        }
    }
}

impl LanguageConfig {
    pub fn head(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

impl VisionConfig {
    pub fn head(&self) -> usize {
        self.hidden_size / self.num_heads
    }

    /// Windows' sides in merged units.
    pub fn window(&self) -> usize {
        self.window_size / self.patch_size / self.spatial_merge_size
    }

    /// Numbers in a flattened patch.
    pub fn patch_values(&self) -> usize {
        3 * self.temporal_patch_size * self.patch_size * self.patch_size
    }
}

impl TextEncoderConfig {
    /// Refuses files that say that they are another model's, or half of one.
    pub fn check_files(files: &WeightFiles) -> Result<()> {
        gguf::check_text_encoder(files)
    }

    pub fn read(path: &Path) -> Result<Self> {
        let json: Value = read_json(path)?;
        // Older files keep the language model's values at the top.
        let part = |name: &str| json.get(name).cloned();
        let broken = |error: serde_json::Error| ModelError::config(path, error.to_string());
        let mut language: LanguageConfig =
            serde_json::from_value(part("text_config").unwrap_or_else(|| json.clone()))
                .map_err(broken)?;
        let ropes = [
            language.rope_scaling.take(),
            language.rope_parameters.take(),
        ];
        for rope in ropes.into_iter().flatten() {
            language.mrope_section = rope.mrope_section.unwrap_or(language.mrope_section);
            language.rope_theta = rope.rope_theta.unwrap_or(language.rope_theta);
        }
        let vision = match part("vision_config") {
            Some(vision) => serde_json::from_value(vision).map_err(broken)?,
            None => VisionConfig::default(),
        };
        let config = Self { language, vision };
        config.check(path)?;
        Ok(config)
    }

    /// Of files without a configuration, in the names of [`crate::files`]: heads as wide as published, unless a GGUF says
    /// otherwise.
    pub fn from_shapes(files: &WeightFiles) -> Result<Self> {
        let layer = "model.layers.0";
        let hidden = files.size("model.embed_tokens.weight", 1)?;
        let size = |name: String| files.size(&name, 0);
        let mut language = LanguageConfig {
            hidden_size: hidden,
            num_hidden_layers: files.count("model.layers"),
            num_attention_heads: size(format!("{layer}.self_attn.q_proj.weight"))? / LANGUAGE_HEAD,
            num_key_value_heads: size(format!("{layer}.self_attn.k_proj.weight"))? / LANGUAGE_HEAD,
            intermediate_size: size(format!("{layer}.mlp.gate_proj.weight"))?,
            vocab_size: files.size("model.embed_tokens.weight", 0)?,
            tie_word_embeddings: files.shape("lm_head.weight").is_none(),
            ..LanguageConfig::default()
        };
        let mut vision = VisionConfig {
            out_hidden_size: hidden,
            ..VisionConfig::default()
        };
        if files.shape("visual.patch_embed.proj.weight").is_some() {
            vision.depth = files.count("visual.blocks");
            vision.hidden_size = files.size("visual.patch_embed.proj.weight", 0)?;
            vision.num_heads = vision.hidden_size / VISION_HEAD;
            vision.intermediate_size = size("visual.blocks.0.mlp.gate_proj.weight".into())?;
        }
        gguf::describe(files, &mut language, &mut vision);
        let config = Self { language, vision };
        config.check(files.path())?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<()> {
        let Self { language, vision } = self;
        check_sizes(
            path,
            &[
                ("hidden_size", language.hidden_size),
                ("num_hidden_layers", language.num_hidden_layers),
                ("num_attention_heads", language.num_attention_heads),
                ("num_key_value_heads", language.num_key_value_heads),
                ("intermediate_size", language.intermediate_size),
                ("vocab_size", language.vocab_size),
                ("vision depth", vision.depth),
                ("vision hidden_size", vision.hidden_size),
                ("vision num_heads", vision.num_heads),
                ("vision intermediate_size", vision.intermediate_size),
                ("patch_size", vision.patch_size),
                ("spatial_merge_size", vision.spatial_merge_size),
                ("temporal_patch_size", vision.temporal_patch_size),
                ("window_size", vision.window_size),
            ],
        )?;
        let heads = language.num_attention_heads;
        ensure(
            path,
            language.hidden_size % heads == 0 && heads % language.num_key_value_heads == 0,
            "hidden_size must be a multiple of num_attention_heads, and that of num_key_value_heads",
        )?;
        ensure(
            path,
            language
                .mrope_section
                .iter()
                .all(|section| *section <= language.head())
                && language.head() == 2 * language.mrope_section.iter().sum::<usize>(),
            "mrope_section must add up to half a head",
        )?;
        ensure(
            path,
            vision.hidden_size % vision.num_heads == 0 && vision.head() % 4 == 0,
            "vision heads must be a multiple of 4 wide",
        )?;
        ensure(
            path,
            vision.out_hidden_size == language.hidden_size,
            "out_hidden_size must equal hidden_size",
        )?;
        ensure(
            path,
            vision.patch_size <= 64 && vision.temporal_patch_size <= 8,
            "patch_size or temporal_patch_size is out of range",
        )?;
        ensure(
            path,
            vision.spatial_merge_size <= 8 && (1..=1024).contains(&vision.window()),
            "spatial_merge_size or window_size is out of range",
        )?;
        ensure(
            path,
            language.rms_norm_eps > 0.0 && language.rope_theta > 1.0,
            "rms_norm_eps or rope_theta is out of range",
        )
    }
}

/// text_encoder/generation_config.json; the defaults are the published values. Its top_k of 1 makes sampling an argmax.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GenerationConfig {
    /// A file without it means none.
    #[serde(default = "no_penalty")]
    pub repetition_penalty: f32,
    #[serde(rename = "eos_token_id", default = "published_stops")]
    pub stops: OneOrMore,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(u32),
    More(Vec<u32>),
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            repetition_penalty: 1.05,
            stops: published_stops(),
        }
    }
}

fn no_penalty() -> f32 {
    1.0
}

fn published_stops() -> OneOrMore {
    OneOrMore::More(vec![151_645, 151_643])
}

impl GenerationConfig {
    pub fn read(path: &Path) -> Result<Self> {
        let config: Self = read_json(path)?;
        ensure(
            path,
            config.repetition_penalty.is_finite() && config.repetition_penalty > 0.0,
            "repetition_penalty must be positive",
        )?;
        Ok(config)
    }

    /// Nothing ends a caption but its length.
    pub fn endless() -> Self {
        Self {
            stops: OneOrMore::More(Vec::new()),
            ..Self::default()
        }
    }

    pub fn stops_at(&self, token: u32) -> bool {
        match &self.stops {
            OneOrMore::One(stop) => *stop == token,
            OneOrMore::More(stops) => stops.contains(&token),
        }
    }
}
