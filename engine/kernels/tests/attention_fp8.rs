//! Attention in e4m3 against attention in f32, on scores like random weights make them and on such as lie far apart. Where
//! the GPU has no kernel for it, nothing is tested.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use kernels::{Mask, attention, attention_in_fp8, join_heads, status};

const HEADS: usize = 24;
const SIZE: usize = 128;
const REPEATS: u32 = 10;

/// Query, key and value as views of one buffer. `peak`: the scores' deviation. `offset`: what all keys share, against what
/// tells them apart.
fn parts(rows: usize, peak: f64, offset: f64, device: &Device) -> Result<[Tensor; 3]> {
    let random = |shape: (usize, usize, usize)| Tensor::randn(0f32, 1.0, shape, device);
    let q = (random((rows, HEADS, SIZE))? * peak)?;
    let common = (random((1, HEADS, SIZE))? * offset)?;
    let k = random((rows, HEADS, SIZE))?.broadcast_add(&common)?;
    let v = random((rows, HEADS, SIZE))?;
    let all = Tensor::stack(&[q, k, v], 1)?.to_dtype(DType::BF16)?;
    let part = |index| all.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
    Ok([part(0)?, part(1)?, part(2)?])
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
        let qkv = parts(rows, peak, offset, &device).expect("numbers");
        let [q, k, v] = &qkv;
        let Some(found) = attention_in_fp8(&qkv).expect("attention") else {
            println!("{name}: no kernel here");
            continue;
        };
        assert_eq!(status(&device), Vec::<String>::new());
        let found = found.to_dense(DType::BF16).expect("bf16");
        let wide = qkv.each_ref().map(|x| x.to_dtype(DType::F32).expect("f32"));
        let expected = attention(&wide[0], &wide[1], &wide[2], Mask::All);
        let expected = expected.and_then(|x| join_heads(&x)).expect("reference");
        let narrow = attention(q, k, v, Mask::All).and_then(|x| join_heads(&x));
        let errors = [&found, &narrow.expect("bf16")].map(|x| error(x, &expected).expect("error"));
        let in_fp8 = milliseconds(&device, || attention_in_fp8(&qkv).map(drop));
        let in_bf16 = milliseconds(&device, || attention(q, k, v, Mask::All).map(drop));
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
