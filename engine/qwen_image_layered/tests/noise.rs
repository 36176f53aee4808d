//! Noise against torch 2.11: CPU generators bit for bit, CUDA generators as drawn on an H100.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use candle_core::{DType, Device, Tensor};
use engine::Rng;
use half::bf16;
use qwen_image_layered::{Gpu, Place, randn};
use sha2::{Digest, Sha256};

fn draw(rng: Rng, seed: u64, gpu: Gpu, shape: &[usize], dtype: DType) -> Tensor {
    let place = Place {
        device: Device::Cpu,
        dtype,
        fp8: None,
    };
    let noise = randn(rng, seed, gpu, shape, &place).unwrap();
    noise.flatten_all().unwrap()
}

fn numbers(noise: &Tensor) -> Vec<f32> {
    noise.to_dtype(DType::F32).unwrap().to_vec1().unwrap()
}

/// Seed, type, and SHA-256 of `torch.randn(1, 5, 16, 80, 80)`'s little-endian bytes.
const CPU: [(u64, DType, &str); 6] = [
    (
        0,
        DType::F32,
        "197e2f3c244ab1a866980cea28a59650493f581ac5229b65e4d64e6ba536abf2",
    ),
    (
        42,
        DType::F32,
        "b70bca24890e488cfded7b981abfbaf81550e1401590b2b519590450da08d2de",
    ),
    (
        777,
        DType::F32,
        "c180ca082c0f130dcd78171243fd3fcf4669ea9bc031da6d5da1e7c11ab1d75c",
    ),
    (
        0,
        DType::BF16,
        "5fd1d5f2114ec70bbc02d9a2828e876ab0e6677cf563cc05184c56e421bc2db5",
    ),
    (
        42,
        DType::BF16,
        "5eecd46a0fcbbffe39d29d858069e85c83ccce6ef87f88f478142926a2c8c4d5",
    ),
    (
        777,
        DType::BF16,
        "d7b1dba785bd5842451a5da30269f58a49073a64649529156dba6d298efbd573",
    ),
];

#[test]
fn cpu_generators_agree_bit_for_bit() {
    for (seed, dtype, hash) in CPU {
        let flat = draw(Rng::Cpu, seed, Gpu::H100, &[1, 5, 16, 80, 80], dtype);
        let bytes: Vec<u8> = match dtype {
            DType::BF16 => flat
                .to_vec1::<bf16>()
                .unwrap()
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
            _ => flat
                .to_vec1::<f32>()
                .unwrap()
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
        };
        let found: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(found, hash, "seed {seed}, {dtype:?}");
    }
}

struct Drawn {
    seed: u64,
    shape: [usize; 5],
    /// In f32.
    first: [f32; 6],
    /// In bf16.
    last: [f32; 6],
}

/// Read on an H100.
const CUDA: [Drawn; 9] = [
    Drawn {
        seed: 0,
        shape: [1, 5, 16, 80, 80],
        first: [
            -0.9246624,
            -0.42534423,
            -2.6438458,
            0.14518386,
            -0.1208664,
            -0.57972574,
        ],
        last: [
            -1.671875, 1.796875, 0.6796875, 0.48242188, 0.40039062, -1.609375,
        ],
    },
    Drawn {
        seed: 0,
        shape: [1, 5, 16, 128, 128],
        first: [
            -0.9246624,
            -0.42534423,
            -2.6438458,
            0.14518386,
            -0.1208664,
            -0.57972574,
        ],
        last: [2.421875, -2.109375, 0.66796875, 1.328125, 1.0, -1.7578125],
    },
    Drawn {
        seed: 0,
        shape: [1, 3, 16, 60, 108],
        first: [
            -0.9246624,
            -0.42534423,
            -2.6438458,
            0.14518386,
            -0.1208664,
            -0.57972574,
        ],
        last: [
            -0.8125,
            0.1796875,
            0.7109375,
            -0.94921875,
            0.99609375,
            -0.064453125,
        ],
    },
    Drawn {
        seed: 42,
        shape: [1, 5, 16, 80, 80],
        first: [
            0.1940188,
            2.1613736,
            -0.17205022,
            0.8490601,
            -1.924399,
            0.6529855,
        ],
        last: [
            0.5234375,
            0.76953125,
            1.8515625,
            -0.014160156,
            -0.038085938,
            0.828125,
        ],
    },
    Drawn {
        seed: 42,
        shape: [1, 5, 16, 128, 128],
        first: [
            0.1940188,
            2.1613736,
            -0.17205022,
            0.8490601,
            -1.924399,
            0.6529855,
        ],
        last: [
            0.05053711,
            -0.71875,
            -0.828125,
            0.6796875,
            -0.010131836,
            -0.052246094,
        ],
    },
    Drawn {
        seed: 42,
        shape: [1, 3, 16, 60, 108],
        first: [
            0.1940188,
            2.1613736,
            -0.17205022,
            0.8490601,
            -1.924399,
            0.6529855,
        ],
        last: [-0.9375, 0.057617188, 0.8671875, -0.8125, -0.71875, 0.78125],
    },
    Drawn {
        seed: 777,
        shape: [1, 5, 16, 80, 80],
        first: [
            -1.2900995,
            0.3929645,
            -0.18909937,
            -0.68503654,
            -0.5351202,
            2.1147003,
        ],
        last: [
            -1.3046875,
            0.44726562,
            0.15527344,
            -0.50390625,
            -0.25,
            -1.21875,
        ],
    },
    Drawn {
        seed: 777,
        shape: [1, 5, 16, 128, 128],
        first: [
            -1.2900995,
            0.3929645,
            -0.18909937,
            -0.68503654,
            -0.5351202,
            2.1147003,
        ],
        last: [
            -1.140625, 0.23632812, 0.23730469, -1.03125, 0.69140625, 0.94921875,
        ],
    },
    Drawn {
        seed: 777,
        shape: [1, 3, 16, 60, 108],
        first: [
            -1.2900995,
            0.3929645,
            -0.18909937,
            -0.68503654,
            -0.5351202,
            2.1147003,
        ],
        last: [
            -1.0703125, 0.11230469, -1.8984375, 1.3359375, -1.859375, 1.46875,
        ],
    },
];

/// The GPU's fast sine and logarithm differ in the last bits of f32.
#[test]
fn cuda_generators_agree_to_the_last_bits() {
    for Drawn {
        seed,
        shape,
        first,
        last,
    } in CUDA
    {
        let [wide, narrow] = [DType::F32, DType::BF16]
            .map(|dtype| numbers(&draw(Rng::Cuda, seed, Gpu::H100, &shape, dtype)));
        for (found, expected) in wide.iter().zip(first) {
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
        for (found, expected) in narrow[narrow.len() - last.len()..].iter().zip(last) {
            assert!(
                (found - expected).abs() <= expected.abs() / 128.0,
                "{found} for {expected}"
            );
        }
    }
}

#[test]
fn other_gpus_draw_other_noise_where_one_launch_does_not_cover_all() {
    let draw = |gpu, n| numbers(&draw(Rng::Cuda, 777, gpu, &[n], DType::F32));
    assert_eq!(draw(Gpu::H100, 1000), draw(Gpu::RTX_4090, 1000));
    let (ours, theirs) = (draw(Gpu::H100, 512_000), draw(Gpu::RTX_4090, 512_000));
    let equal = ours.iter().zip(&theirs).filter(|(a, b)| a == b).count();
    assert!((0.3..0.5).contains(&(equal as f64 / ours.len() as f64)));
}
