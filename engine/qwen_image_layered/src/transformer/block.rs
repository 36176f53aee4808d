use candle_core::Tensor;
use kernels::{
    Lane, Mask, Prepared, QkNorm, Rotation, attention, attention_in_fp8, join_heads, qk_norm_rope,
};
use runtime::weights::Weights;
use runtime::{Layer, Linear, RmsNorm};

use super::modulation::Modulation;
use super::residual::{Residual, Streams};
use crate::Result;
use crate::config::TransformerConfig;

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
            attends_in_fp8: weights.place().attends_in_fp8(),
        })
    }

    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Query, key and value [heads, tokens, d] of both streams, text before picture, as their rotation is; there may be no text.
    pub fn qkv(
        &self,
        streams: &mut Streams,
        modulation: &Modulation,
        rotation: &Rotation,
    ) -> Result<[Tensor; 3]> {
        let (qkv, norms) = self.raw_qkv(streams, modulation)?;
        Ok(qk_norm_rope(qkv, self.heads, &norms, rotation)?)
    }

    /// What all tokens of both streams attend to: [tokens, heads·d]
    pub fn attended(
        &self,
        streams: &mut Streams,
        modulation: &Modulation,
        rotation: &Rotation,
    ) -> Result<Prepared> {
        let (qkv, norms) = self.raw_qkv(streams, modulation)?;
        if self.attends_in_fp8
            && let Some(attended) = attention_in_fp8(&qkv, self.heads, &norms, rotation)?
        {
            return Ok(Prepared::Fp8(attended));
        }
        let [q, k, v] = qk_norm_rope(qkv, self.heads, &norms, rotation)?;
        let attended = attention(&q, &k, &v, Mask::All)?;
        Ok(Prepared::Dense(join_heads(&attended)?))
    }

    /// Rows of query, key and value [tokens, 3·heads·d], text before picture, and their norms.
    fn raw_qkv(
        &self,
        streams: &mut Streams,
        modulation: &Modulation,
    ) -> Result<(Tensor, Vec<QkNorm<'_>>)> {
        let text = streams.text.as_mut();
        let text = text.map(|text| self.text.rows(text, &modulation.text));
        let text = text.transpose()?;
        let image = self.image.rows(&mut streams.image, &modulation.image)?;
        let (text_tokens, image_tokens) = (rows(text.as_ref())?, image.rows()?);
        let products = text.iter().map(|rows| (&self.text.qkv, rows));
        let products: Vec<_> = products.chain([(&self.image.qkv, &image)]).collect();
        let norms = [self.text.norms(text_tokens), self.image.norms(image_tokens)];
        let own = norms.into_iter().filter(|norm| norm.rows > 0).collect();
        Ok((Linear::forward_stacked(&products)?, own))
    }

    /// Both streams after this block, from what [`Self::qkv`] left of them and what all its tokens attended to.
    pub fn finish(
        &self,
        streams: &mut Streams,
        attended: &Prepared,
        modulation: &Modulation,
    ) -> Result<()> {
        let (all, image_tokens) = (attended.rows()?, streams.image.tokens()?);
        let text_tokens = all - image_tokens;
        let attended_text = attended.narrow(0, text_tokens)?;
        let attended_image = attended.narrow(text_tokens, image_tokens)?;
        // Too few rows to keep a GPU busy. A copy, as what a lane reads has to stay.
        let mut beside = Lane::side(streams.image.device())?;
        let mut text = streams.text.clone();
        if let Some(text) = &mut text {
            self.text
                .finish(text, &attended_text, &modulation.text, &mut beside)?;
        }
        self.image.finish(
            &mut streams.image,
            &attended_image,
            &modulation.image,
            &mut Lane::main(),
        )?;
        beside.join();
        streams.text = text;
        Ok(())
    }
}

/// How many rows there are.
fn rows(prepared: Option<&Prepared>) -> Result<usize> {
    Ok(prepared.map_or(Ok(0), Prepared::rows)?)
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

    /// What the queries, keys and values are made of. Shift and scale come first in the modulation.
    fn rows(&self, x: &mut Residual, [shift, scale, ..]: &[Tensor; 6]) -> Result<Prepared> {
        x.modulate([shift, scale], &self.qkv, &mut Lane::main())
    }

    fn finish(
        &self,
        x: &mut Residual,
        attended: &Prepared,
        modulation: &[Tensor; 6],
        lane: &mut Lane,
    ) -> Result<()> {
        let Some(tail) = &self.tail else {
            return Ok(());
        };
        let [_, _, gate, mlp_shift, mlp_scale, mlp_gate] = modulation;
        x.change(tail.out.forward_prepared(attended, lane)?, gate);
        let rows = x.modulate([mlp_shift, mlp_scale], &tail.mlp_in, lane)?;
        x.change(
            Linear::mlp([&tail.mlp_in, &tail.mlp_out], &rows, lane)?,
            mlp_gate,
        );
        Ok(())
    }
}
