use candle_core::Tensor;
use kernels::{QkNorm, Rank, Rotation, Rows, Sight, attention, join_heads, norm_and_turn};

use super::EPS;
use super::modulation::Modulation;
use crate::Result;
use crate::config::TransformerConfig;
use crate::files::Weights;
use crate::layers::Layer;
use crate::linear::Linear;
use crate::norm::RmsNorm;

/// A double-stream block: text and image are modulated by the time, attend jointly, and go through their own MLPs.
pub(super) struct Block {
    image: Stream,
    text: Stream,
    heads: usize,
}

struct Stream {
    /// Query, key and value side by side.
    qkv: Linear,
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
    qkv: [&'static str; 3],
    norms: [&'static str; 2],
    out: &'static str,
    mlp: &'static str,
}

const IMAGE: Names = Names {
    qkv: ["attn.to_q", "attn.to_k", "attn.to_v"],
    norms: ["attn.norm_q", "attn.norm_k"],
    out: "attn.to_out.0",
    mlp: "img_mlp",
};
const TEXT: Names = Names {
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

    /// Both streams [tokens, inner] after this block; a rank may have no text. `rotation` is that of all these tokens, text
    /// before the picture. `among`: with ranks that have other tokens, and how many tokens each has.
    pub fn forward(
        &self,
        image: &Tensor,
        text: Option<&Tensor>,
        modulation: &Modulation,
        rotation: &Rotation,
        among: Option<(&Rank, &[usize])>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let of_text = text.map(|text| (&self.text, text, &modulation.text));
        let streams = of_text
            .into_iter()
            .chain([(&self.image, image, &modulation.image)]);
        let (mut products, mut norms) = (Vec::new(), Vec::new());
        for (stream, rows, modulation) in streams {
            products.push((&stream.qkv, modulated(rows, modulation)));
            norms.push(stream.norms(rows.dim(0)?));
        }
        let qkv = Linear::forward_stacked(&products)?;
        let qkv = norm_and_turn(qkv, self.heads, &norms, rotation)?;
        let attended = match (among, &qkv) {
            (Some((rank, rows)), _) => rank.attention(qkv, rows)?,
            (None, [q, k, v]) => join_heads(&attention(q, k, v, Sight::All)?)?,
        };
        let image_tokens = image.dim(0)?;
        let text_tokens = attended.dim(0)? - image_tokens;
        let finish_text = |text: &Tensor| {
            let attended = attended.narrow(0, 0, text_tokens)?;
            self.text.finish(text, &attended, &modulation.text)
        };
        let attended_image = attended.narrow(0, text_tokens, image_tokens)?;
        Ok((
            self.image
                .finish(image, &attended_image, &modulation.image)?,
            text.map(finish_text).transpose()?,
        ))
    }
}

impl Layer for Block {
    fn tensors(&self) -> Vec<&Tensor> {
        let streams = [&self.image, &self.text];
        streams.into_iter().flat_map(Stream::tensors).collect()
    }
}

impl Stream {
    fn tensors(&self) -> Vec<&Tensor> {
        let tail = self.tail.iter();
        let linears = tail.flat_map(|tail| [&tail.out, &tail.mlp_in, &tail.mlp_out]);
        linears
            .chain([&self.qkv])
            .flat_map(Linear::tensors)
            .chain([&self.norm_q.weight, &self.norm_k.weight])
            .collect()
    }

    fn load(
        config: &TransformerConfig,
        weights: &Weights,
        names: &Names,
        tail: bool,
    ) -> Result<Self> {
        let inner = config.inner();
        let norm = |name: &str| RmsNorm::load(&weights.at(name), config.attention_head_dim, EPS);
        Ok(Self {
            qkv: Linear::load_joined(&names.qkv.map(|name| weights.at(name)), inner, inner)?,
            norm_q: norm(names.norms[0])?,
            norm_k: norm(names.norms[1])?,
            tail: if tail {
                let mlp = weights.at(names.mlp);
                Some(Tail {
                    out: Linear::load(&weights.at(names.out), inner, inner)?,
                    mlp_in: Linear::load(&mlp.at("net.0.proj"), inner, 4 * inner)?,
                    mlp_out: Linear::load(&mlp.at("net.2"), 4 * inner, inner)?,
                })
            } else {
                None
            },
        })
    }

    fn norms(&self, rows: usize) -> QkNorm<'_> {
        QkNorm {
            rows,
            q: &self.norm_q.weight,
            k: &self.norm_k.weight,
            eps: EPS,
        }
    }

    fn finish(&self, x: &Tensor, attended: &Tensor, modulation: &[Tensor; 6]) -> Result<Tensor> {
        let Some(tail) = &self.tail else {
            return Ok(x.clone());
        };
        let [_, _, gate, mlp_shift, mlp_scale, mlp_gate] = modulation;
        let x = &tail.out.forward_add_gated(attended, x, gate)?;
        let rows = Rows::Modulated {
            rows: x,
            shift: mlp_shift,
            scale: mlp_scale,
        };
        Linear::mlp_add_gated([&tail.mlp_in, &tail.mlp_out], rows, x, mlp_gate)
    }
}

/// A stream as the block's first half takes it, whose shift and scale come first in the modulation.
fn modulated<'a>(rows: &'a Tensor, [shift, scale, ..]: &'a [Tensor; 6]) -> Rows<'a> {
    Rows::Modulated { rows, shift, scale }
}
