//! Each fused operation on the GPU against its reference in f32, which is what the same call does with f32 tensors.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use candle_core::{DType, Device, Tensor};
use kernels::{
    Lane, Matrix, Product, QkNorm, Result, Rotation, Rows, add_gated, gelu, gelu_erf, linear,
    linear_stacked, modulate, modulate_for, qk_norm_rope, rms_norm, silu, silu_mul, status,
};

/// What rounding to bf16 once changes: 1.7e-3 of many numbers, and at most 2⁻⁸ of a few.
const ONE_ROUNDING: f64 = 1.8e-3;
const MANY: usize = 1000;
const OF_A_FEW: f64 = 2.2;

fn device() -> Device {
    let device = Device::new_cuda(0).expect("a CUDA device");
    assert_eq!(status(&device), Vec::<String>::new());
    device
}

fn random(shape: impl Into<candle_core::Shape>, device: &Device) -> Result<Tensor> {
    Tensor::randn(0f32, 1.0, shape, device)?.to_dtype(DType::BF16)
}

fn wide(x: &Tensor) -> Result<Tensor> {
    x.to_dtype(DType::F32)
}

/// ‖found − expected‖ / ‖expected‖
fn error(found: &Tensor, expected: &Tensor) -> Result<f64> {
    assert_eq!(found.dims(), expected.dims());
    assert_eq!(found.dtype(), DType::BF16);
    let norm = |x: &Tensor| x.sqr()?.sum_all()?.to_dtype(DType::F64)?.to_scalar::<f64>();
    let expected = wide(expected)?;
    let difference = norm(&(wide(found)? - &expected)?)?;
    Ok((difference / norm(&expected)?).sqrt())
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor, bound: f64) -> Result<()> {
    let error = error(found, expected)?;
    let few = found.elem_count() < MANY;
    let bound = if few { bound * OF_A_FEW } else { bound };
    assert!(error <= bound, "{:?}: {error:e} > {bound:e}", found.dims());
    Ok(())
}

#[test]
fn operations_on_rows() -> Result<()> {
    let device = device();
    for width in [128, 1280, 3072, 12288] {
        for rows in [1, 7, 333] {
            let x = random((rows, width), &device)?;
            let other = random((rows, width), &device)?;
            let vectors = random((1, 3 * width), &device)?;
            let [shift, scale, gate] =
                [0, 1, 2].map(|index| vectors.narrow(1, index * width, width));
            let (shift, scale, gate) = (shift?, scale?, gate?);
            let (x32, other32) = (wide(&x)?, wide(&other)?);
            let (shift32, scale32, gate32) = (wide(&shift)?, wide(&scale)?, wide(&gate)?);
            assert_close(
                &modulate(&x, &shift, &scale)?,
                &modulate(&x32, &shift32, &scale32)?,
                ONE_ROUNDING,
            )?;
            assert_close(
                &add_gated(&x, &other, &gate)?,
                &add_gated(&x32, &other32, &gate32)?,
                ONE_ROUNDING,
            )?;
            let (weight, weight32) = (gate.squeeze(0)?, gate32.squeeze(0)?);
            assert_close(
                &rms_norm(&x, &weight, 1e-6)?,
                &rms_norm(&x32, &weight32, 1e-6)?,
                ONE_ROUNDING,
            )?;
        }
    }
    Ok(())
}

#[test]
fn rows_with_gaps_between_them() -> Result<()> {
    let device = device();
    let all = random((41, 3 * 3072), &device)?;
    let x = all.narrow(1, 3072, 3072)?.narrow(0, 5, 36)?;
    let weight = random(3072, &device)?;
    assert_close(
        &rms_norm(&x, &weight, 1e-6)?,
        &rms_norm(&wide(&x.contiguous()?)?, &wide(&weight)?, 1e-6)?,
        ONE_ROUNDING,
    )?;
    let matrix = random((256, 3072), &device)?;
    let found = product(&x, &Matrix::Dense(matrix.clone()), None)?;
    let expected = wide(&x.contiguous()?)?.matmul(&wide(&matrix)?.t()?)?;
    assert_close(&found, &expected, ONE_ROUNDING)
}

#[test]
fn a_layer_norm_far_from_zero_keeps_its_digits() -> Result<()> {
    let device = device();
    let x = (random((9, 3072), &device)? + 100.0)?;
    let zero = Tensor::zeros((1, 3072), DType::BF16, &device)?;
    let zero32 = wide(&zero)?;
    assert_close(
        &modulate(&x, &zero, &zero)?,
        &modulate(&wide(&x)?, &zero32, &zero32)?,
        ONE_ROUNDING,
    )
}

#[test]
fn activations() -> Result<()> {
    let device = device();
    for shape in [(1, 8), (7, 1288), (333, 12288)] {
        let x = (random(shape, &device)? * 4.0)?;
        let up = random(shape, &device)?;
        let (x32, up32) = (wide(&x)?, wide(&up)?);
        assert_close(&silu(&x)?, &silu(&x32)?, ONE_ROUNDING)?;
        assert_close(&gelu(&x)?, &gelu(&x32)?, ONE_ROUNDING)?;
        assert_close(&gelu_erf(&x)?, &gelu_erf(&x32)?, ONE_ROUNDING)?;
        assert_close(&silu_mul(&x, &up)?, &silu_mul(&x32, &up32)?, ONE_ROUNDING)?;
    }
    // Where the exponential of one of both overflows.
    let far = Tensor::new(
        &[-1e15f32, -100.0, -20.0, 0.0, 20.0, 100.0, 1e15, 1.0],
        &device,
    )?;
    for function in [silu, gelu, gelu_erf] {
        let found = function(&far.to_dtype(DType::BF16)?)?;
        assert_close(&found, &function(&far)?, 4e-3)?;
    }
    Ok(())
}

#[test]
fn heads_are_normalised_and_turned() -> Result<()> {
    let device = device();
    for (heads, size, text, image) in [(24, 128, 37, 296), (3, 64, 0, 5), (5, 16, 2, 1)] {
        let tokens = text + image;
        let qkv = random((tokens, 3 * heads * size), &device)?;
        let weights = [0; 4].map(|_| random(size, &device));
        let [text_q, text_k, image_q, image_k] = weights;
        let weights = [text_q?, text_k?, image_q?, image_k?];
        let angles = (Tensor::rand(0f32, std::f32::consts::TAU, (tokens, size / 2), &device))?;
        let rotation = Rotation {
            cos: angles.cos()?,
            sin: angles.sin()?,
        };
        let turned = |qkv: Tensor, [text_q, text_k, q, k]: [&Tensor; 4]| {
            let norm = |rows, q, k| QkNorm {
                rows,
                q,
                k,
                eps: 1e-6,
            };
            let norms = [norm(text, text_q, text_k), norm(image, q, k)];
            let norms = if text == 0 { &norms[1..] } else { &norms };
            qk_norm_rope(qkv, heads, norms, &rotation)
        };
        let wide_weights = weights
            .each_ref()
            .map(|weight| wide(weight).expect("memory"));
        let expected = turned(wide(&qkv)?, wide_weights.each_ref())?;
        let found = turned(qkv.copy()?, weights.each_ref())?;
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.dims(), [heads, tokens, size]);
            assert_close(found, expected, ONE_ROUNDING)?;
        }
    }
    Ok(())
}

fn product(rows: &Tensor, matrix: &Matrix, bias: Option<&Tensor>) -> Result<Tensor> {
    linear(&Product {
        rows: Rows::Plain(rows),
        matrix,
        bias,
    })
}

#[test]
fn products() -> Result<()> {
    let device = device();
    for (inputs, outputs) in [
        (64, 3072),
        (3072, 64),
        (3072, 9216),
        (12288, 3072),
        (1176, 1280),
    ] {
        let weight = (random((outputs, inputs), &device)? * 0.02)?;
        let bias = random(outputs, &device)?;
        for rows in [1, 2, 37, 1001] {
            let x = random((rows, inputs), &device)?;
            let plain = wide(&x)?.matmul(&wide(&weight)?.t()?)?;
            let expected = plain.broadcast_add(&wide(&bias)?)?;
            let matrix = Matrix::Dense(weight.clone());
            assert_close(&product(&x, &matrix, None)?, &plain, ONE_ROUNDING)?;
            assert_close(&product(&x, &matrix, Some(&bias))?, &expected, ONE_ROUNDING)?;
        }
    }
    Ok(())
}

/// A block's weights and vectors, in bf16 and in f32.
struct Layer {
    weights: [Tensor; 2],
    biases: [Tensor; 2],
    vectors: [Tensor; 3],
}

impl Layer {
    fn random(width: usize, device: &Device) -> Result<Self> {
        let weight = |outputs, inputs| random((outputs, inputs), device)? * 0.02;
        Ok(Self {
            weights: [weight(4 * width, width)?, weight(width, 4 * width)?],
            biases: [random(4 * width, device)?, random(width, device)?],
            vectors: [
                random((1, width), device)?,
                random((1, width), device)?,
                random((1, width), device)?,
            ],
        })
    }

    fn wide(&self) -> Result<Self> {
        Ok(Self {
            weights: [wide(&self.weights[0])?, wide(&self.weights[1])?],
            biases: [wide(&self.biases[0])?, wide(&self.biases[1])?],
            vectors: [
                wide(&self.vectors[0])?,
                wide(&self.vectors[1])?,
                wide(&self.vectors[2])?,
            ],
        })
    }

    fn matrices(&self, fp8: bool) -> Result<[Matrix; 2]> {
        let matrix = |weight: &Tensor| match fp8 {
            true => Matrix::fp8(weight),
            false => Ok(Matrix::Dense(weight.clone())),
        };
        Ok([matrix(&self.weights[0])?, matrix(&self.weights[1])?])
    }

    fn product<'a>(&'a self, index: usize, rows: Rows<'a>, matrix: &'a Matrix) -> Product<'a> {
        Product {
            rows,
            matrix,
            bias: Some(&self.biases[index]),
        }
    }

    /// What a block does after attention: the sum of x and what it adds, and that after the MLP.
    fn finish(&self, hidden: &Tensor, x: &Tensor, matrices: &[Matrix; 2]) -> Result<[Tensor; 2]> {
        let [sum, change] = self.finish_in(&mut Lane::main(), hidden, x, matrices)?;
        let end = add_gated(&sum, &change, &self.vectors[2])?;
        Ok([sum, end])
    }

    /// The sum, and what the MLP adds to it.
    fn finish_in(
        &self,
        lane: &mut Lane,
        hidden: &Tensor,
        x: &Tensor,
        matrices: &[Matrix; 2],
    ) -> Result<[Tensor; 2]> {
        let [first, second] = matrices;
        let [shift, scale, gate] = &self.vectors;
        let change = lane.linear(&self.product(1, Rows::Plain(hidden), second))?;
        let sum = [x, &change, gate];
        let (sum, rows) = lane.add_gated_and_modulate(sum, [shift, scale], first)?;
        let first = self.product(0, Rows::Prepared(&rows), first);
        let change = lane.mlp(&first, (second, Some(&self.biases[1])))?;
        Ok([sum, change])
    }
}

#[test]
fn what_stands_around_a_product() -> Result<()> {
    let device = device();
    for width in [128, 3072] {
        let layer = Layer::random(width, &device)?;
        let wide_layer = layer.wide()?;
        let (matrices, wide_matrices) = (layer.matrices(false)?, wide_layer.matrices(false)?);
        for rows in [1, 37, 1001] {
            let x = random((rows, width), &device)?;
            let hidden = random((rows, 4 * width), &device)?;
            let (x32, hidden32) = (wide(&x)?, wide(&hidden)?);
            let found = layer.finish(&hidden, &x, &matrices)?;
            let expected = wide_layer.finish(&hidden32, &x32, &wide_matrices)?;
            assert_close(&found[0], &expected[0], 2.0 * ONE_ROUNDING)?;
            assert_close(&found[1], &expected[1], 4.0 * ONE_ROUNDING)?;
        }
    }
    Ok(())
}

#[test]
fn modulated_rows_for_fp8_are_the_modulated_rows() -> Result<()> {
    let device = device();
    let layer = Layer::random(3072, &device)?;
    let [shift, scale, _] = &layer.vectors;
    let x = random((37, 3072), &device)?;
    let [matrix, _] = layer.matrices(true)?;
    let rows = modulate_for(&x, [shift, scale], &matrix)?;
    let found = linear(&layer.product(0, Rows::Prepared(&rows), &matrix))?;
    let dense = modulate(&x, shift, scale)?;
    let expected = linear(&layer.product(0, Rows::Plain(&dense), &matrix))?;
    assert_close(&found, &wide(&expected)?, 0.5 * FP8)
}

#[test]
fn stacked_products_are_the_products() -> Result<()> {
    let device = device();
    let matrices = [0; 2].map(|_| random((384, 128), &device).map(Matrix::Dense));
    let [first, second] = matrices;
    let (first, second) = (first?, second?);
    let (bias, text, image) = (
        random(384, &device)?,
        random((37, 128), &device)?,
        random((555, 128), &device)?,
    );
    let product_of = |rows, matrix| Product {
        rows: Rows::Plain(rows),
        matrix,
        bias: Some(&bias),
    };
    let products = [product_of(&text, &first), product_of(&image, &second)];
    let apart = Tensor::cat(&[linear(&products[0])?, linear(&products[1])?], 0)?;
    assert_close(&linear_stacked(&products)?, &wide(&apart)?, 1e-6)
}

/// Whatever runs at the same time, nothing that one of both reads or writes is touched by the other.
#[test]
fn work_beside_other_work_changes_nothing() -> Result<()> {
    let device = device();
    let small = Layer::random(1024, &device)?;
    let large = Layer::random(1024, &device)?;
    for fp8 in [false, true] {
        let (of_small, of_large) = (small.matrices(fp8)?, large.matrices(fp8)?);
        let input = |rows, width| random((rows, width), &device);
        let (x, hidden) = (input(64, 1024)?, input(64, 4096)?);
        let (y, other) = (input(4096, 1024)?, input(4096, 4096)?);
        let alone = [
            small.finish_in(&mut Lane::main(), &hidden, &x, &of_small)?,
            large.finish(&other, &y, &of_large)?,
        ];
        for _ in 0..20 {
            let mut lane = Lane::side(&device)?;
            let first = small.finish_in(&mut lane, &hidden, &x, &of_small)?;
            let second = large.finish(&other, &y, &of_large)?;
            lane.join();
            for (found, expected) in [first, second].iter().flatten().zip(alone.iter().flatten()) {
                let difference = (wide(found)? - wide(expected)?)?.abs()?.max_all()?;
                assert_eq!(difference.to_scalar::<f32>()?, 0.0);
            }
        }
    }
    Ok(())
}

/// What only candle does ends a side lane, and is right, as is what follows.
#[test]
fn a_lane_may_fall_back_to_candle() -> Result<()> {
    let device = device();
    let x = random((7, 3072), &device)?;
    let matrix = |outputs, inputs| {
        let weight = random((outputs, inputs), &device)? * 0.02;
        Ok::<_, candle_core::Error>(Matrix::Dense(weight?))
    };
    // Results of 12 numbers lie in no whole vectors.
    let matrices = [matrix(128, 3072)?, matrix(12, 128)?, matrix(64, 12)?];
    let chain = |lane: &mut Lane, x: &Tensor| {
        matrices.iter().try_fold(x.clone(), |x, matrix| {
            lane.linear(&Product {
                rows: Rows::Plain(&x),
                matrix,
                bias: None,
            })
        })
    };
    let mut lane = Lane::side(&device)?;
    let found = chain(&mut lane, &x)?;
    lane.join();
    let expected = chain(&mut Lane::main(), &x)?;
    assert_close(&found, &wide(&expected)?, 1e-6)
}

/// The error of a product of two random matrices in e4m3 is that of both factors: √2 · 2.6 %.
const FP8: f64 = 0.04;

#[test]
fn fp8_products() -> Result<()> {
    let device = device();
    for (inputs, outputs) in [(3072, 9216), (12288, 3072), (128, 256)] {
        let weight = (random((outputs, inputs), &device)? * 0.02)?;
        let bias = (random(outputs, &device)? * 0.02)?;
        let matrix = Matrix::fp8(&weight)?;
        for rows in [1, 37, 1001] {
            // Rows of very different size: each token has its own scale.
            let sizes = Tensor::arange(0f32, rows as f32, &device)?.affine(-0.01, 3.0)?;
            let sizes = sizes.exp()?.unsqueeze(1)?.to_dtype(DType::BF16)?;
            let x = random((rows, inputs), &device)?.broadcast_mul(&sizes)?;
            let expected = wide(&x)?
                .matmul(&wide(&weight)?.t()?)?
                .broadcast_add(&wide(&bias)?)?;
            let found = product(&x, &matrix, Some(&bias))?;
            assert_close(&found, &expected, FP8)?;
            let last = (rows - 1, 1);
            assert_close(
                &found.narrow(0, last.0, last.1)?,
                &expected.narrow(0, last.0, last.1)?,
                1.25 * FP8,
            )?;
        }
    }
    Ok(())
}

#[test]
fn fp8_around_a_product() -> Result<()> {
    let device = device();
    let layer = Layer::random(3072, &device)?;
    let wide_layer = layer.wide()?;
    let (matrices, wide_matrices) = (layer.matrices(true)?, wide_layer.matrices(false)?);
    for rows in [37, 1001] {
        let x = random((rows, 3072), &device)?;
        let hidden = random((rows, 4 * 3072), &device)?;
        let (x32, hidden32) = (wide(&x)?, wide(&hidden)?);
        let found = layer.finish(&hidden, &x, &matrices)?;
        let expected = wide_layer.finish(&hidden32, &x32, &wide_matrices)?;
        assert_close(&found[0], &expected[0], FP8)?;
        assert_close(&found[1], &expected[1], 1.5 * FP8)?;
    }
    Ok(())
}

#[test]
fn fp8_is_the_same_on_gpu_and_processor() -> Result<()> {
    let device = device();
    let mut rows = random((65, 3072), &Device::Cpu)?;
    rows = rows.slice_assign(
        &[3..4, 0..3072],
        &Tensor::zeros((1, 3072), DType::BF16, &Device::Cpu)?,
    )?;
    let on_gpu = kernels::Fp8Rows::new(&rows.to_device(&device)?)?;
    let reference = kernels::Fp8Rows::new(&rows)?;
    let dense = on_gpu.to_dense(DType::BF16)?.to_device(&Device::Cpu)?;
    // A number between two of e4m3 may go to either where the division rounds otherwise.
    assert_close(&dense, &reference.to_dense(DType::F32)?, 5e-3)?;
    assert_close(&dense, &wide(&rows)?, 0.028)?;
    let scales = (on_gpu.scales.to_device(&Device::Cpu)? - &reference.scales)?;
    assert!(scales.abs()?.max_all()?.to_scalar::<f32>()? < 1e-6);
    Ok(())
}
