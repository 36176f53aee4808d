//! Attention in e4m3 against attention in f32, on scores like random weights make them and on such as lie far apart. Where
//! the GPU has no kernel for it, nothing is tested.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use kernels::{
    Fp8Rows, Mask, QkNorm, Rotation, attention, attention_in_fp8, join_heads, qk_norm_rope, status,
};

const HEADS: usize = 24;
const SIZE: usize = 128;
/// Rows with norms of their own.
const TEXT: usize = 256;
const REPEATS: u32 = 10;
/// What is done once more gives the same.
const AGAIN: usize = 10;

/// Rows of query, key and value, their norms and their turns, as a block has them.
struct Case {
    qkv: Tensor,
    /// Of the queries and keys in the text's rows, and in the picture's.
    weights: [[Tensor; 2]; 2],
    rotation: Rotation,
}

impl Case {
    /// `peak`: the scores' deviation. `offset`: what all keys share, against what tells them apart; then nothing is turned.
    fn new(rows: usize, peak: f64, offset: f64, device: &Device) -> Result<Self> {
        let random = |shape: (usize, usize, usize)| Tensor::randn(0f32, 1.0, shape, device);
        let common = (random((1, HEADS, SIZE))? * offset)?;
        let k = random((rows, HEADS, SIZE))?.broadcast_add(&common)?;
        let [q, v] = [random((rows, HEADS, SIZE))?, random((rows, HEADS, SIZE))?];
        let qkv = Tensor::stack(&[q, k, v], 1)?.flatten_from(1)?;
        let apart = (1.0 + offset * offset).sqrt();
        let weight = |by: f64| Tensor::full(by as f32, SIZE, device)?.to_dtype(DType::BF16);
        let angles = Tensor::randn(0f32, 1.0, (rows, SIZE / 2), device)?;
        let angles = (angles * if offset > 0.0 { 0.0 } else { 3.0 })?;
        Ok(Self {
            qkv: qkv.to_dtype(DType::BF16)?,
            // The text's keys are a little smaller than the picture's.
            weights: [
                [weight(peak)?, weight(apart * 0.75)?],
                [weight(peak)?, weight(apart)?],
            ],
            rotation: Rotation {
                cos: angles.cos()?,
                sin: angles.sin()?,
            },
        })
    }

    fn norms(&self) -> Result<[QkNorm<'_>; 2]> {
        let text = self.qkv.dim(0)?.min(TEXT);
        let rows = [text, self.qkv.dim(0)? - text];
        Ok([0, 1].map(|stretch| QkNorm {
            rows: rows[stretch],
            q: &self.weights[stretch][0],
            k: &self.weights[stretch][1],
            eps: 1e-6,
        }))
    }

    fn in_fp8(&self) -> Result<Option<Fp8Rows>> {
        attention_in_fp8(&self.qkv, HEADS, &self.norms()?, &self.rotation)
    }

    /// In the type of `qkv`.
    fn otherwise(&self, qkv: Tensor) -> Result<Tensor> {
        let weights = self.weights.each_ref();
        let weights = weights.map(|of| of.each_ref().map(|x| x.to_dtype(qkv.dtype())));
        let mut norms = self.norms()?;
        let wide: Vec<Tensor> = weights.into_iter().flatten().collect::<Result<_>>()?;
        for (norm, wide) in norms.iter_mut().zip(wide.chunks(2)) {
            (norm.q, norm.k) = (&wide[0], &wide[1]);
        }
        let [q, k, v] = qk_norm_rope(qkv, HEADS, &norms, &self.rotation)?;
        join_heads(&attention(&q, &k, &v, Mask::All)?)
    }
}

fn error(found: &Tensor, expected: &Tensor) -> Result<f32> {
    let norm = |x: &Tensor| x.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>();
    Ok(norm(&(found.to_dtype(DType::F32)? - expected)?)? / norm(expected)?)
}

fn milliseconds(device: &Device, work: impl Fn() -> Result<()>) -> Result<f64> {
    work()?;
    device.synchronize()?;
    let begun = Instant::now();
    for _ in 0..REPEATS {
        work()?;
    }
    device.synchronize()?;
    Ok(begun.elapsed().as_secs_f64() * 1e3 / f64::from(REPEATS))
}

#[test]
fn attention_in_fp8_is_near_that_in_f32() {
    let Ok(device) = Device::new_cuda(0) else {
        println!("no GPU, nothing tested");
        return;
    };
    let mut wrong = Vec::new();
    for (rows, peak, offset, most) in [
        (1000, 1.0, 0.0, 0.08),
        (1001, 1.0, 8.0, 0.08),
        (9856, 1.0, 0.0, 0.08),
        (9856, 1.0, 8.0, 0.08),
        (9856, 8.0, 0.0, 0.4),
        (24832, 1.0, 0.0, 0.08),
    ] {
        let name = format!("{rows} rows, scores by {peak}, keys off by {offset}");
        let case = Case::new(rows, peak, offset, &device).expect("numbers");
        let Some(found) = case.in_fp8().expect("attention") else {
            println!("{name}: no kernel here");
            continue;
        };
        assert_eq!(status(&device), Vec::<String>::new());
        let found = found.to_dense(DType::BF16).expect("bf16");
        for _ in 0..AGAIN {
            let again = case.in_fp8().expect("attention").expect("a kernel");
            let again = again.to_dense(DType::BF16).expect("bf16");
            assert_eq!(
                error(&again, &found.to_dtype(DType::F32).expect("f32")).expect("error"),
                0.0,
                "{name}"
            );
        }
        let wide = case.qkv.to_dtype(DType::F32).expect("f32");
        let expected = case.otherwise(wide).expect("reference");
        // Queries and keys are normalised where they lie.
        let again = || case.otherwise(case.qkv.copy()?);
        let narrow = again().expect("bf16");
        let errors = [&found, &narrow].map(|x| error(x, &expected).expect("error"));
        let in_fp8 = milliseconds(&device, || case.in_fp8().map(drop));
        let in_bf16 = milliseconds(&device, || again().map(drop));
        println!(
            "{name}: error {:.4}, in bf16 {:.4}; {:.2} ms, in bf16 {:.2} ms",
            errors[0],
            errors[1],
            in_fp8.expect("a time"),
            in_bf16.expect("a time")
        );
        if errors[0].is_nan() || errors[0] > most {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
