use candle_core::{D, DType, Tensor};
use candle_nn::kv_cache::KvCache;
use runtime::weights::{Packed, Weights};
use runtime::{Layer, Layers, Linear, Place, RmsNorm};

use super::rotation::Rotation;
use crate::config::LanguageConfig;
use crate::rotary::frequencies;
use crate::{ModelError, Result};
use engine::Progress;
use kernels::{Mask, attention, join_heads, silu_mul, split_heads};

/// Where files have the layers.
pub(super) const LAYERS: &str = "model.layers";

/// A token's place in time, row and column; equal for text.
pub(super) type Position = [f32; 3];

/// Keys and values of each layer for the tokens so far.
pub(super) type Cache = Vec<KvCache>;

/// Qwen2.5-VL's language model (transformers 5.23, `models/qwen2_5_vl/modeling_qwen2_5_vl.py`). Candle-transformers'
/// `qwen2` takes no embeddings and has positions on one axis only.
pub(super) struct Language {
    config: LanguageConfig,
    /// [vocabulary, hidden]
    embeddings: Tensor,
    layers: Layers<Block>,
    norm: RmsNorm,
    head: Option<Linear>,
    place: Place,
}

struct Block {
    norm1: RmsNorm,
    q: Linear,
    k: Linear,
    v: Linear,
    out: Linear,
    norm2: RmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl Language {
    /// `stays`: whether a layer of so many stays on the device. `head`: with the scores of captions.
    pub fn load(
        config: &LanguageConfig,
        weights: &Weights,
        stays: impl Fn(usize, usize) -> bool,
        head: bool,
    ) -> Result<Self> {
        let (hidden, vocabulary) = (config.hidden_size, config.vocab_size);
        let model = weights.at("model");
        let embeddings = model
            .at("embed_tokens")
            .tensor("weight", &[vocabulary, hidden])?;
        let count = config.num_hidden_layers;
        let layers = Layers::load(
            count,
            |index| stays(index, count),
            |index| {
                let layer = weights.at(format!("{LAYERS}.{index}"));
                let packed = match stays(index, count) {
                    true => Packed::Tight,
                    false => Packed::LikeOthers(LAYERS),
                };
                Block::load(config, &layer.packed(packed))
            },
        )?;
        let head = if !head {
            None
        } else if config.tie_word_embeddings {
            Some(Linear::from_weight(embeddings.clone()))
        } else if weights.contains("lm_head.weight") {
            Some(Linear::load_without_bias(
                &weights.at("lm_head"),
                hidden,
                vocabulary,
            )?)
        } else {
            None
        };
        Ok(Self {
            norm: RmsNorm::load(&model.at("norm"), hidden, config.rms_norm_eps)?,
            config: config.clone(),
            embeddings,
            layers,
            head,
            place: weights.place().clone(),
        })
    }

    /// [tokens, hidden]
    pub fn embed(&self, tokens: &[u32]) -> Result<Tensor> {
        if tokens
            .iter()
            .any(|token| *token as usize >= self.config.vocab_size)
        {
            return Err(ModelError::Request(
                "the tokenizer does not belong to this text encoder; choose the model's own".into(),
            ));
        }
        let tokens = Tensor::new(tokens, self.embeddings.device())?;
        Ok(self.embeddings.index_select(&tokens, 0)?)
    }

    /// Room for `tokens`.
    pub fn cache(&self, tokens: usize) -> Cache {
        vec![KvCache::new(1, tokens); self.layers.count()]
    }

    /// Embeddings [tokens, hidden] after all layers and the last norm. With a cache they follow the tokens in it.
    pub fn forward(
        &self,
        embeddings: &Tensor,
        positions: &[Position],
        mut cache: Option<&mut Cache>,
        progress: &dyn Progress,
    ) -> Result<Tensor> {
        let rotation = self.rotation(positions)?;
        let mut x = embeddings.clone();
        self.layers.each(|index, layer| {
            progress.check()?;
            let cache = cache.as_deref_mut().and_then(|cache| cache.get_mut(index));
            x = layer.forward(&x, &rotation, &self.config, cache)?;
            Ok(())
        })?;
        self.norm.forward(&x)
    }

    /// The score of each token of the vocabulary to follow the last of `hidden`.
    pub fn scores(&self, hidden: &Tensor) -> Result<Vec<f32>> {
        let head = self.head.as_ref().ok_or_else(|| {
            ModelError::Request(
                "this text encoder cannot caption (it has no lm_head); write a prompt".into(),
            )
        })?;
        let last = hidden.narrow(0, hidden.dim(0)? - 1, 1)?;
        Ok(head
            .forward(&last)?
            .to_dtype(DType::F32)?
            .flatten_all()?
            .to_vec1()?)
    }

    fn rotation(&self, positions: &[Position]) -> Result<Rotation> {
        let sections = self.config.mrope_section;
        let axes = (0..3).flat_map(|axis| std::iter::repeat_n(axis, sections[axis]));
        let frequencies: Vec<_> = axes
            .zip(frequencies(
                self.config.rope_theta as f32,
                self.config.head(),
            ))
            .collect();
        Rotation::new(
            positions,
            &frequencies,
            &self.place.device,
            self.place.dtype,
        )
    }
}

impl Layer for Block {
    fn tensors(&self) -> Vec<&Tensor> {
        let linears = [
            &self.q, &self.k, &self.v, &self.out, &self.gate, &self.up, &self.down,
        ];
        let norms = [&self.norm1.weight, &self.norm2.weight];
        linears
            .into_iter()
            .flat_map(Linear::tensors)
            .chain(norms)
            .collect()
    }
}

impl Block {
    fn load(config: &LanguageConfig, weights: &Weights) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let key = config.num_key_value_heads * config.head();
        let attention = weights.at("self_attn");
        let mlp = weights.at("mlp");
        let norm = |name: &str| RmsNorm::load(&weights.at(name), hidden, config.rms_norm_eps);
        Ok(Self {
            norm1: norm("input_layernorm")?,
            q: Linear::load(&attention.at("q_proj"), hidden, hidden)?,
            k: Linear::load(&attention.at("k_proj"), hidden, key)?,
            v: Linear::load(&attention.at("v_proj"), hidden, key)?,
            out: Linear::load_without_bias(&attention.at("o_proj"), hidden, hidden)?,
            norm2: norm("post_attention_layernorm")?,
            gate: Linear::load_without_bias(&mlp.at("gate_proj"), hidden, inner)?,
            up: Linear::load_without_bias(&mlp.at("up_proj"), hidden, inner)?,
            down: Linear::load_without_bias(&mlp.at("down_proj"), inner, hidden)?,
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        rotation: &Rotation,
        config: &LanguageConfig,
        cache: Option<&mut KvCache>,
    ) -> Result<Tensor> {
        let (heads, key_heads) = (config.num_attention_heads, config.num_key_value_heads);
        let normal = self.norm1.forward(x)?;
        let q = rotation.split_and_turn(&self.q.forward(&normal)?, heads)?;
        let mut k = rotation.split_and_turn(&self.k.forward(&normal)?, key_heads)?;
        let mut v = split_heads(&self.v.forward(&normal)?, key_heads)?;
        if let Some(cache) = cache {
            (k, v) = cache.append(&k, &v)?;
        }
        let attended = join_heads(&attention(&q, &k, &v, Mask::Causal)?)?;
        let x = (x + self.out.forward(&attended)?)?;
        let normal = self.norm2.forward(&x)?;
        let hidden = silu_mul(&self.gate.forward(&normal)?, &self.up.forward(&normal)?)?;
        debug_assert_eq!(hidden.dim(D::Minus1)?, config.intermediate_size);
        Ok((x + self.down.forward(&hidden)?)?)
    }
}
