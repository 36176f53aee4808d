//! Times attention and the VAE's convolutions on the first GPU:
//! `cargo run --release -p kernels --features cuda --example speed`

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use kernels::{
    Convolution, Mask, Sampling, attention, channel_norm_silu, convolve, convolve_and_add, double,
    status,
};

const RUNS: u32 = 10;

fn main() -> Result<()> {
    let device = Device::new_cuda(0)?;
    println!("missing: {:?}", status(&device));
    for (heads, rows, size) in [
        (24, 4352, 128),
        (24, 6656, 128),
        (24, 9856, 128),
        (24, 9857, 128),
        (24, 24832, 128),
        (1, 6400, 384),
        (1, 16384, 384),
        (16, 4900, 80),
    ] {
        let all = random((rows, 3, heads, size), &device)?;
        let part = |index| all.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
        let (q, k, v) = (part(0)?, part(1)?, part(2)?);
        let (first, each) = time(&device, || attention(&q, &k, &v, Mask::All))?;
        let flops = 4.0 * (heads * size) as f64 * (rows as f64).powi(2);
        println!(
            "attention {heads:2} x {rows:5} x {size:3}: {each:8.3} ms, {:4.0} TFLOP/s (first {first:.0} ms)",
            flops / each * 1e-9
        );
    }
    for (inputs, outputs, kernel, side) in [
        (16, 384, 3, 128),
        (384, 384, 3, 128),
        (384, 384, 3, 256),
        (384, 192, 3, 512),
        (192, 192, 3, 512),
        (192, 96, 3, 1024),
        (96, 96, 3, 1024),
        (96, 4, 3, 1024),
        (384, 1152, 1, 128),
    ] {
        let weight = (random((outputs, inputs, kernel, kernel), &device)? * 0.02)?;
        let convolution = Convolution::new(weight, random(outputs, &device)?, Sampling::Every)?;
        let x = last(&random((1, inputs, side, side), &device)?)?;
        let plus = last(&random((1, outputs, side, side), &device)?)?;
        let (first, each) = time(&device, || convolve(&x, &convolution))?;
        let (_, added) = time(&device, || convolve_and_add(&x, &convolution, &plus))?;
        let flops = 2.0 * (inputs * outputs * kernel * kernel * side * side) as f64;
        println!(
            "convolution {inputs:3} to {outputs:4}, {kernel} x {kernel}, {side:4}²: {each:7.3} ms, {:4.0} TFLOP/s, with sum {added:7.3} ms (first {first:.0} ms)",
            flops / each * 1e-9
        );
    }
    let halving = (random((96, 96, 3, 3), &device)? * 0.02)?;
    let halving = Convolution::new(halving, random(96, &device)?, Sampling::EverySecond)?;
    let x = last(&random((1, 96, 1024, 1024), &device)?)?;
    let gamma = random(96, &device)?;
    let (_, each) = time(&device, || convolve(&x, &halving))?;
    println!("halving 96, 1024²: {each:.3} ms");
    let (_, each) = time(&device, || channel_norm_silu(&x, &gamma))?;
    println!("norm and SiLU 96, 1024²: {each:.3} ms");
    let x = last(&random((1, 192, 512, 512), &device)?)?;
    let (_, each) = time(&device, || double(&x))?;
    println!("doubling 192, 512²: {each:.3} ms");
    println!("missing: {:?}", status(&device));
    Ok(())
}

fn random(shape: impl Into<candle_core::Shape>, device: &Device) -> Result<Tensor> {
    Tensor::randn(0.0_f32, 1.0, shape, device)?.to_dtype(DType::BF16)
}

/// The same picture with its channels last in memory.
fn last(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 2, 3, 1))?.contiguous()?.permute((0, 3, 1, 2))
}

/// Milliseconds of the first run, and of one of many that follow it.
fn time(device: &Device, run: impl Fn() -> Result<Tensor>) -> Result<(f64, f64)> {
    device.synchronize()?;
    let start = Instant::now();
    run()?;
    device.synchronize()?;
    let first = start.elapsed();
    run()?;
    device.synchronize()?;
    let start = Instant::now();
    for _ in 0..RUNS {
        run()?;
    }
    device.synchronize()?;
    let each = start.elapsed() / RUNS;
    Ok((first.as_secs_f64() * 1e3, each.as_secs_f64() * 1e3))
}
