use candle_core::Tensor;
use kernels::{
    Beside, Prepared, QkNorm, Rank, Rotation, Sight, attention, attention_in_fp8, beside,
    join_heads, norm_and_turn,
};

use super::modulation::Modulation;
use super::residual::Residual;
use crate::Result;
use crate::config::TransformerConfig;
use crate::files::Weights;
use crate::layers::Layer;
use crate::linear::Linear;
use crate::norm::RmsNorm;

/// Of all norms in the transformer.
pub(super) const EPS: f64 = 1e-6;

/// A double-stream block: text and image are modulated by the time, attend jointly, and go through their own MLPs.
pub(super) struct Block {
    image: Stream,
    text: Stream,
    heads: usize,
    /// Where the device can.
    attends_in_fp8: bool,
}

/// A stream, and the rows that its queries, keys and values are made of.
type Begun = (Tensor, Prepared);

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
    is_text: bool,
}

const IMAGE: Names = Names {
    qkv: ["attn.to_q", "attn.to_k", "attn.to_v"],
    norms: ["attn.norm_q", "attn.norm_k"],
    out: "attn.to_out.0",
    mlp: "img_mlp",
    is_text: false,
};
const TEXT: Names = Names {
    qkv: ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"],
    norms: ["attn.norm_added_q", "attn.norm_added_k"],
    out: "attn.to_add_out",
    mlp: "txt_mlp",
    is_text: true,
};

impl Block {
    /// `last`: the text's tail is neither loaded nor computed.
    pub fn load(config: &TransformerConfig, weights: &Weights, last: bool) -> Result<Self> {
        Ok(Self {
            image: Stream::load(config, weights, &IMAGE, true)?,
            text: Stream::load(config, weights, &TEXT, !last)?,
            heads: config.num_attention_heads,
            attends_in_fp8: weights.place().fp8.is_some_and(|except| !except.sdpa),
        })
    }

    /// Both streams after this block; a rank may have no text. `rotation` is that of all these tokens, text before the
    /// picture. `among`: with ranks that have other tokens, and how many tokens each has.
    pub fn forward(
        &self,
        image: &Residual,
        text: Option<&Residual>,
        modulation: &Modulation,
        rotation: &Rotation,
        among: Option<(&Rank, &[usize])>,
    ) -> Result<(Residual, Option<Residual>)> {
        let text = text.map(|text| self.text.begin(text, &modulation.text));
        let text = text.transpose()?;
        let image = self.image.begin(image, &modulation.image)?;
        let qkv = self.qkv(text.as_ref(), &image)?;
        // What the products took is freed before attention.
        let (text, image) = (text.map(|(text, _)| text), image.0);

        let image_tokens = image.dim(0)?;
        let text_tokens = qkv.dim(0)? - image_tokens;
        let norms = [self.text.norms(text_tokens), self.image.norms(image_tokens)];
        let own = norms.iter().filter(|norm| norm.rows > 0).copied();
        let qkv = norm_and_turn(qkv, self.heads, &own.collect::<Vec<_>>(), rotation)?;
        let attended = match among {
            Some((rank, rows)) => Prepared::Dense(rank.attention(qkv, rows)?),
            None => self.attend(qkv)?,
        };
        let attended_text = attended.narrow(0, text_tokens)?;
        let attended_image = attended.narrow(text_tokens, image_tokens)?;
        let finish_text = |text: &Tensor| {
            beside(text.device(), || {
                self.text.finish(text, &attended_text, &modulation.text)
            })
        };
        let text = text.as_ref().map(finish_text).transpose()?;
        let image = self
            .image
            .finish(&image, &attended_image, &modulation.image)?;
        Ok((image, text.map(Beside::join)))
    }

    /// All tokens to all: [tokens, heads·d]
    fn attend(&self, qkv: [Tensor; 3]) -> Result<Prepared> {
        if self.attends_in_fp8
            && let Some(attended) = attention_in_fp8(&qkv)?
        {
            return Ok(Prepared::Fp8(attended));
        }
        let [q, k, v] = qkv;
        Ok(Prepared::Dense(join_heads(&attention(
            &q,
            &k,
            &v,
            Sight::All,
        )?)?))
    }

    /// Of both streams, text above picture.
    fn qkv(&self, text: Option<&Begun>, image: &Begun) -> Result<Tensor> {
        let text = text.map(|(_, rows)| (&self.text.qkv, rows)).into_iter();
        let both: Vec<_> = text.chain([(&self.image.qkv, &image.1)]).collect();
        Linear::forward_stacked(&both)
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
        let except = weights.place().fp8.unwrap_or_default();
        let staying = |stays: bool| match stays || except.text && names.is_text {
            true => weights.without_fp8(),
            false => weights.clone(),
        };
        let (attention, mlp) = (staying(except.attention), staying(except.mlp));
        Ok(Self {
            qkv: Linear::load_joined(&names.qkv.map(|name| attention.at(name)), inner, inner)?,
            norm_q: norm(names.norms[0])?,
            norm_k: norm(names.norms[1])?,
            tail: if tail {
                let mlp = mlp.at(names.mlp);
                Some(Tail {
                    out: Linear::load(&attention.at(names.out), inner, inner)?,
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

    /// Shift and scale come first in the modulation.
    fn begin(&self, stream: &Residual, [shift, scale, ..]: &[Tensor; 6]) -> Result<Begun> {
        stream.modulated([shift, scale], &self.qkv)
    }

    fn finish(
        &self,
        x: &Tensor,
        attended: &Prepared,
        modulation: &[Tensor; 6],
    ) -> Result<Residual> {
        let Some(tail) = &self.tail else {
            return Ok(Residual::of(x.clone()));
        };
        let [_, _, gate, mlp_shift, mlp_scale, mlp_gate] = modulation;
        let x = Residual::gated(x.clone(), tail.out.forward_prepared(attended)?, gate);
        let (x, rows) = x.modulated([mlp_shift, mlp_scale], &tail.mlp_in)?;
        let change = Linear::mlp([&tail.mlp_in, &tail.mlp_out], &rows)?;
        Ok(Residual::gated(x, change, mlp_gate))
    }
}
