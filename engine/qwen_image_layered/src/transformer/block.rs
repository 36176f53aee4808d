use candle_core::Tensor;

use super::{EPS, RopeTables};
use crate::Result;
use crate::activation::gelu;
use crate::attention::{Sight, attention, join_heads, split_heads};
use crate::config::TransformerConfig;
use crate::files::Weights;
use crate::linear::Linear;
use crate::norm::{RmsNorm, layer_norm};

/// A double-stream block: text and image are modulated by the time, attend jointly, and go through their own MLPs.
pub(super) struct Block {
    image: Stream,
    text: Stream,
    heads: usize,
}

struct Stream {
    modulation: Linear,
    q: Linear,
    k: Linear,
    v: Linear,
    norm_q: RmsNorm,
    norm_k: RmsNorm,
    /// Absent where nothing reads this stream afterwards: the last block's text.
    tail: Option<Tail>,
}

/// What a stream does after attention.
struct Tail {
    out: Linear,
    mlp_in: Linear,
    mlp_out: Linear,
}

/// Names of a stream's attention tensors.
struct Names {
    modulation: &'static str,
    qkv: [&'static str; 3],
    norms: [&'static str; 2],
    out: &'static str,
    mlp: &'static str,
}

const IMAGE: Names = Names {
    modulation: "img_mod.1",
    qkv: ["attn.to_q", "attn.to_k", "attn.to_v"],
    norms: ["attn.norm_q", "attn.norm_k"],
    out: "attn.to_out.0",
    mlp: "img_mlp",
};
const TEXT: Names = Names {
    modulation: "txt_mod.1",
    qkv: ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"],
    norms: ["attn.norm_added_q", "attn.norm_added_k"],
    out: "attn.to_add_out",
    mlp: "txt_mlp",
};

impl Block {
    /// `last`: the text's tail is neither loaded nor computed.
    pub fn load(config: &TransformerConfig, weights: &Weights, last: bool) -> Result<Self> {
        Ok(Self {
            image: Stream::load(config, weights, &IMAGE, true)?,
            text: Stream::load(config, weights, &TEXT, !last)?,
            heads: config.num_attention_heads,
        })
    }

    /// Both streams [tokens, inner] after this block; `time` has gone through its SiLU.
    pub fn forward(
        &self,
        image: &Tensor,
        text: &Tensor,
        time: &Tensor,
        ropes: &RopeTables,
    ) -> Result<(Tensor, Tensor)> {
        let image_modulation = self.image.modulate(time)?;
        let text_modulation = self.text.modulate(time)?;
        let image_qkv = self
            .image
            .qkv(image, &image_modulation[0], self.heads, &ropes.image)?;
        let text_qkv = self
            .text
            .qkv(text, &text_modulation[0], self.heads, &ropes.text)?;

        // Text stands before the picture.
        let [q, k, v] = [0, 1, 2].map(|part| Tensor::cat(&[&text_qkv[part], &image_qkv[part]], 1));
        let text_tokens = text.dim(0)?;
        let attended = join_heads(&attention(&q?, &k?, &v?, Sight::All)?)?;
        let attended_text = attended.narrow(0, 0, text_tokens)?;
        let attended_image = attended.narrow(0, text_tokens, image.dim(0)?)?;

        Ok((
            self.image
                .finish(image, &attended_image, &image_modulation)?,
            self.text.finish(text, &attended_text, &text_modulation)?,
        ))
    }
}

impl Stream {
    fn load(
        config: &TransformerConfig,
        weights: &Weights,
        names: &Names,
        tail: bool,
    ) -> Result<Self> {
        let inner = config.inner();
        let square = |name: &str| Linear::load(&weights.at(name), inner, inner);
        let norm = |name: &str| RmsNorm::load(&weights.at(name), config.attention_head_dim, EPS);
        Ok(Self {
            modulation: Linear::load(&weights.at(names.modulation), inner, 6 * inner)?,
            q: square(names.qkv[0])?,
            k: square(names.qkv[1])?,
            v: square(names.qkv[2])?,
            norm_q: norm(names.norms[0])?,
            norm_k: norm(names.norms[1])?,
            tail: if tail {
                let mlp = weights.at(names.mlp);
                Some(Tail {
                    out: square(names.out)?,
                    mlp_in: Linear::load(&mlp.at("net.0.proj"), inner, 4 * inner)?,
                    mlp_out: Linear::load(&mlp.at("net.2"), 4 * inner, inner)?,
                })
            } else {
                None
            },
        })
    }

    /// For attention and for the MLP: shift, scale and gate, each [1, inner].
    fn modulate(&self, time: &Tensor) -> Result<[Modulation; 2]> {
        let parts = self.modulation.forward(time)?.chunk(6, 1)?;
        Ok([0, 3].map(|first| Modulation {
            shift: parts[first].clone(),
            scale: parts[first + 1].clone(),
            gate: parts[first + 2].clone(),
        }))
    }

    /// Query, key and value [heads, tokens, d], the first two normalised and turned.
    fn qkv(
        &self,
        x: &Tensor,
        modulation: &Modulation,
        heads: usize,
        rotation: &super::rope::Rotation,
    ) -> Result<[Tensor; 3]> {
        let x = modulation.apply(x)?;
        let turned = |linear: &Linear, norm: &RmsNorm| {
            let (tokens, inner) = x.dims2()?;
            let by_head = linear
                .forward(&x)?
                .reshape((tokens, heads, inner / heads))?;
            let normal = norm.forward(&by_head)?.reshape((tokens, inner))?;
            rotation.split_and_turn(&normal, heads)
        };
        Ok([
            turned(&self.q, &self.norm_q)?,
            turned(&self.k, &self.norm_k)?,
            split_heads(&self.v.forward(&x)?, heads)?,
        ])
    }

    fn finish(
        &self,
        x: &Tensor,
        attended: &Tensor,
        modulation: &[Modulation; 2],
    ) -> Result<Tensor> {
        let Some(tail) = &self.tail else {
            return Ok(x.clone());
        };
        let x = modulation[0].add_gated(x, &tail.out.forward(attended)?)?;
        let hidden = gelu(&tail.mlp_in.forward(&modulation[1].apply(&x)?)?)?;
        modulation[1].add_gated(&x, &tail.mlp_out.forward(&hidden)?)
    }
}

struct Modulation {
    shift: Tensor,
    scale: Tensor,
    gate: Tensor,
}

impl Modulation {
    /// Normalised, scaled and shifted, each step rounded to the stream's type.
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        Ok(layer_norm(x)?
            .broadcast_mul(&(&self.scale + 1.0)?)?
            .broadcast_add(&self.shift)?)
    }

    fn add_gated(&self, x: &Tensor, change: &Tensor) -> Result<Tensor> {
        Ok((x + change.broadcast_mul(&self.gate)?)?)
    }
}
