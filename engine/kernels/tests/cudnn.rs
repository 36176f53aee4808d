//! What cuDNN and the kernels for pictures make of bf16 on a GPU, against the same functions by candle. Without a GPU
//! nothing is tested.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use candle_core::{DType, Device, Tensor};
use kernels::{
    Convolution, Mask, Sampling, attention, channel_norm, channel_norm_silu, convolve,
    convolve_and_add, double, join_heads, status,
};

/// Largest ‖a − b‖/‖b‖ of a result rounded to bf16, from inputs in bf16.
const ROUNDING: f32 = 5e-3;

fn gpu() -> Option<Device> {
    let device = Device::new_cuda(0).ok();
    if device.is_none() {
        println!("no GPU, nothing tested");
    }
    device
}

fn random(shape: &[usize], device: &Device) -> Tensor {
    Tensor::randn(0.0_f32, 1.0, shape, device)
        .and_then(|x| x.to_dtype(DType::BF16))
        .expect("random numbers")
}

fn wide(x: &Tensor) -> Tensor {
    x.to_dtype(DType::F32).expect("f32")
}

fn error(found: &Tensor, expected: &Tensor) -> f32 {
    assert_eq!(found.dims(), expected.dims());
    let cpu = |x: &Tensor| wide(x).to_device(&Device::Cpu).expect("copy");
    let (found, expected) = (cpu(found), cpu(expected));
    let norm = |x: &Tensor| {
        let sum = x.sqr().and_then(|x| x.sum_all());
        sum.and_then(|x| x.to_scalar::<f32>()).expect("sum").sqrt()
    };
    norm(&(found - &expected).expect("difference")) / norm(&expected)
}

/// Views [heads, rows, d] of one buffer [rows, 3, heads, d].
fn joined(rows: usize, heads: usize, size: usize, device: &Device) -> [Tensor; 3] {
    let all = random(&[rows, 3, heads, size], device);
    [0, 1, 2].map(|part| {
        let part = all.narrow(1, part, 1).and_then(|x| x.squeeze(1));
        part.and_then(|x| x.transpose(0, 1)).expect("view")
    })
}

/// The result in memory as [rows, heads, d] tells the fused path from the other.
fn is_fused(out: &Tensor) -> bool {
    out.transpose(0, 1).expect("view").is_contiguous()
}

fn check_attention(name: &str, [q, k, v]: [&Tensor; 3], fused: bool) {
    let out = attention(q, k, v, Mask::All).expect("attention");
    let expected = attention(&wide(q), &wide(k), &wide(v), Mask::All).expect("reference");
    let error = error(&out, &expected);
    println!("attention {name}: {error:.2e}, fused {}", is_fused(&out));
    assert!(error < ROUNDING, "{name}: {error}");
    assert_eq!(
        is_fused(&out) || out.dim(0).expect("heads") == 1,
        fused,
        "{name}"
    );
}

#[test]
fn attention_reads_any_strides_and_lengths() {
    let Some(device) = gpu() else { return };
    for rows in [601, 1000, 1001, 4097] {
        let [q, k, v] = joined(rows, 24, 128, &device);
        check_attention(&format!("joined {rows}"), [&q, &k, &v], true);
    }
    for (heads, rows, size) in [(1, 6400, 384), (16, 4900, 80), (3, 2333, 64)] {
        let [q, k, v] = [(); 3].map(|()| random(&[heads, rows, size], &device));
        check_attention(
            &format!("apart {heads} x {rows} x {size}"),
            [&q, &k, &v],
            true,
        );
        let [q, k, v] = joined(rows, heads, size, &device);
        check_attention(
            &format!("joined {heads} x {rows} x {size}"),
            [&q, &k, &v],
            true,
        );
    }
    let [q, _, _] = joined(700, 24, 128, &device);
    let [_, k, v] = joined(1300, 24, 128, &device);
    check_attention("other keys", [&q, &k, &v], true);
    println!("{:?}", status(&device));
}

#[test]
fn attention_at_the_models_size() {
    let Some(device) = gpu() else { return };
    let [q, k, v] = joined(9856, 24, 128, &device);
    check_attention("9856", [&q, &k, &v], true);
}

#[test]
fn attention_of_what_cudnn_cannot_read_goes_by_candle() {
    let Some(device) = gpu() else { return };
    let all = random(&[24, 700, 136], &device);
    let [q, k, v] = [4, 4, 4].map(|first| all.narrow(2, first, 128).expect("view"));
    check_attention("begins at 8 bytes", [&q, &k, &v], false);
    let [q, k, v] = [(); 3].map(|()| random(&[24, 700, 36], &device));
    check_attention("36 a head", [&q, &k, &v], false);
}

#[test]
fn the_heads_of_fused_attention_are_joined_already() {
    let Some(device) = gpu() else { return };
    let [q, k, v] = joined(1000, 24, 128, &device);
    let out = attention(&q, &k, &v, Mask::All).expect("attention");
    let rows = join_heads(&out).expect("joined");
    assert_eq!(rows.dims(), [1000, 24 * 128]);
    let apart = rows
        .reshape((1000, 24, 128))
        .and_then(|x| x.transpose(0, 1));
    assert_eq!(error(&apart.expect("heads"), &out), 0.0);
}

#[test]
fn threads_share_the_device() {
    let Some(device) = gpu() else { return };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for rows in [700, 801, 902] {
                    let [q, k, v] = joined(rows, 24, 128, &device);
                    check_attention("in a thread", [&q, &k, &v], true);
                }
            });
        }
    });
}

/// Fused results keep the channels of a pixel side by side.
fn channels_last(x: &Tensor) -> bool {
    x.stride()[1] == 1
}

#[test]
fn convolutions_of_the_vae() {
    let Some(device) = gpu() else { return };
    let mut wrong = Vec::new();
    for (inputs, outputs, kernel, height, width) in [
        (96, 96, 3, 64, 48),
        (96, 96, 3, 33, 47),
        (384, 192, 3, 40, 24),
        (384, 384, 3, 13, 17),
        (16, 384, 3, 40, 24),
        (4, 96, 3, 33, 47),
        (96, 4, 3, 33, 47),
        (384, 1152, 1, 20, 31),
        (32, 32, 1, 20, 31),
        (192, 96, 1, 20, 31),
        (96, 96, 3, 640, 640),
    ] {
        let scale = 1.0 / ((inputs * kernel * kernel) as f64).sqrt();
        let weight = random(&[outputs, inputs, kernel, kernel], &device);
        let weight = (weight * scale).expect("scaled");
        let bias = random(&[outputs], &device);
        for sampling in [Sampling::Every, Sampling::EverySecond] {
            if sampling == Sampling::EverySecond && (kernel == 1 || inputs != outputs) {
                continue;
            }
            let name = format!("{inputs} to {outputs}, {kernel}, {height} x {width}, {sampling:?}");
            let convolution = |weight, bias| Convolution::new(weight, bias, sampling);
            let narrow = convolution(weight.clone(), bias.clone()).expect("convolution");
            let exact = convolution(wide(&weight), wide(&bias)).expect("convolution");
            let x = random(&[1, inputs, height, width], &device);
            let out = convolve(&x, &narrow).expect("convolved");
            let expected = convolve(&wide(&x), &exact).expect("reference");
            let plain = error(&out, &expected);
            let plus = random(expected.dims(), &device);
            let sum = convolve_and_add(&x, &narrow, &plus).expect("convolved");
            let expected = convolve_and_add(&wide(&x), &exact, &wide(&plus)).expect("reference");
            let added = error(&sum, &expected);
            let fused = channels_last(&out) && channels_last(&sum);
            println!("convolution {name}: {plain:.2e}, with sum {added:.2e}, fused {fused}");
            if plain > ROUNDING || added > ROUNDING || !fused {
                wrong.push(name);
            }
        }
    }
    println!("{:?}", status(&device));
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn convolutions_chain_without_copies() {
    let Some(device) = gpu() else { return };
    let weight = (random(&[96, 96, 3, 3], &device) * 0.03).expect("scaled");
    let bias = random(&[96], &device);
    let narrow = Convolution::new(weight.clone(), bias.clone(), Sampling::Every);
    let exact = Convolution::new(wide(&weight), wide(&bias), Sampling::Every);
    let gamma = random(&[96], &device);
    let network = |x: &Tensor, convolution: &Convolution, gamma: &Tensor| {
        let x = convolve(x, convolution)?;
        let change = channel_norm_silu(&x, gamma)?;
        convolve_and_add(&double(&change)?, convolution, &double(&x)?)
    };
    let x = random(&[1, 96, 31, 18], &device);
    let out = network(&x, &narrow.expect("convolution"), &gamma).expect("network");
    let exact = network(&wide(&x), &exact.expect("convolution"), &wide(&gamma));
    let error = error(&out, &exact.expect("reference"));
    println!("chain: {error:.2e}");
    assert!(channels_last(&out));
    assert!(error < 2.0 * ROUNDING, "{error}");
}

#[test]
fn norms_round_as_the_reference_does() {
    let Some(device) = gpu() else { return };
    for (channels, height, width) in [
        (96, 33, 47),
        (192, 5, 7),
        (384, 20, 20),
        (16, 3, 3),
        (768, 9, 9),
    ] {
        let x = random(&[1, channels, height, width], &device);
        let gamma = random(&[channels], &device);
        let [cpu_x, cpu_gamma] = [&x, &gamma].map(|x| x.to_device(&Device::Cpu).expect("copy"));
        for (name, function) in [
            (
                "norm",
                channel_norm as fn(&Tensor, &Tensor) -> kernels::Result<Tensor>,
            ),
            ("norm and SiLU", channel_norm_silu),
        ] {
            let out = function(&x, &gamma).expect("norm");
            let expected = function(&cpu_x, &cpu_gamma).expect("reference");
            let error = error(&out, &expected);
            println!(
                "{name} of {channels}: {error:.2e}, fused {}",
                channels_last(&out)
            );
            assert!(channels_last(&out));
            assert!(error < 1e-3, "{name} of {channels}: {error}");
        }
    }
    // A pixel of zeros has no length.
    let zeros = Tensor::zeros((1, 96, 2, 2), DType::BF16, &device).expect("zeros");
    let out = channel_norm_silu(&zeros, &random(&[96], &device)).expect("norm");
    assert_eq!(
        wide(&out)
            .sqr()
            .and_then(|x| x.sum_all())
            .and_then(|x| x.to_scalar::<f32>())
            .expect("sum"),
        0.0
    );
}

#[test]
fn doubling_repeats_each_pixel() {
    let Some(device) = gpu() else { return };
    for (channels, height, width) in [(96, 33, 47), (384, 2, 1), (12, 5, 5)] {
        let x = random(&[1, channels, height, width], &device);
        let out = double(&x).expect("double");
        let expected = double(&wide(&x)).expect("reference");
        assert_eq!(error(&out, &expected), 0.0);
        assert_eq!(channels_last(&out), channels % 8 == 0);
    }
}
