//! FP8 as every device can compute it.
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use candle_core::{DType, Device, Tensor};
use kernels::{Fp8Rows, Matrix, Product, Result, Rows, linear};

/// The processor and the GPUs there are.
fn devices() -> Vec<Device> {
    let gpus = (0..kernels::cuda_count()).filter_map(|gpu| Device::new_cuda(gpu).ok());
    [Device::Cpu].into_iter().chain(gpus).collect()
}

fn flat(x: &Tensor) -> Result<Vec<f32>> {
    x.flatten_all()?.to_vec1()
}

fn norm(x: &Tensor) -> Result<f32> {
    x.sqr()?.sum_all()?.sqrt()?.to_scalar()
}

#[test]
fn a_row_keeps_its_size_and_its_digits() -> Result<()> {
    // Sizes from 1e-6 to 1e6, each with e4m3's relative error.
    let sizes: Vec<f32> = (-6..=6).map(|power| 10f32.powi(power)).collect();
    let sizes = Tensor::new(sizes, &Device::Cpu)?.unsqueeze(1)?;
    let rows = Tensor::randn(0f32, 1.0, (13, 512), &Device::Cpu)?.broadcast_mul(&sizes)?;
    let dense = Fp8Rows::new(&rows)?.to_dense(DType::F32)?;
    for row in 0..13 {
        let (found, expected) = (dense.get(row)?, rows.get(row)?);
        let error = norm(&(&found - &expected)?)? / norm(&expected)?;
        assert!(error < 0.03, "row {row}: {error}");
        let largest = |x: &Tensor| x.abs()?.max_all()?.to_scalar::<f32>();
        let (found, expected) = (largest(&found)?, largest(&expected)?);
        assert!((found / expected - 1.0).abs() < 1e-5);
    }
    Ok(())
}

#[test]
fn rows_of_zeros_stay() -> Result<()> {
    let rows = Tensor::zeros((3, 16), DType::F32, &Device::Cpu)?;
    let dense = Fp8Rows::new(&rows)?.to_dense(DType::F32)?;
    assert_eq!(dense.to_vec2::<f32>()?, rows.to_vec2::<f32>()?);
    Ok(())
}

#[test]
fn rows_too_small_for_a_scale_become_zeros() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::BF16] {
            for size in [1e-44f32, 1e-40, 1e-31] {
                let row: Vec<f32> = (0..16).map(|index| size * (index % 3) as f32).collect();
                let rows = Tensor::new(row, &device)?.reshape((1, 16))?;
                let dense = Fp8Rows::new(&rows.to_dtype(dtype)?)?.to_dense(DType::F32)?;
                for (found, expected) in flat(&dense)?.into_iter().zip(flat(&rows)?) {
                    assert!((found - expected).abs() < 1e-30, "{found} for {expected}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_not_a_number_stays_so() -> Result<()> {
    for device in devices() {
        let mut row = vec![1f32; 16];
        row[3] = f32::NAN;
        let rows = Tensor::new(row, &device)?.reshape((1, 16))?;
        let dense = Fp8Rows::new(&rows.to_dtype(DType::BF16)?)?.to_dense(DType::BF16)?;
        let found = flat(&dense.to_dtype(DType::F32)?)?;
        for (index, found) in found.into_iter().enumerate() {
            assert_eq!(found.is_nan(), index == 3, "{index}: {found}");
        }
    }
    Ok(())
}

#[test]
fn a_product_with_fp8_is_that_with_its_rounded_weight() -> Result<()> {
    let weight = Tensor::randn(0f32, 0.02, (48, 32), &Device::Cpu)?;
    let x = Tensor::randn(0f32, 1.0, (5, 32), &Device::Cpu)?;
    let bias = Tensor::randn(0f32, 1.0, 48, &Device::Cpu)?;
    let product = |matrix: &Matrix| {
        linear(&Product {
            rows: Rows::Plain(&x),
            matrix,
            bias: Some(&bias),
        })
    };
    let rounded = Fp8Rows::new(&weight)?.to_dense(DType::F32)?;
    let found = product(&Matrix::fp8(&weight)?)?;
    let expected = product(&Matrix::Dense(rounded))?;
    assert_eq!(found.to_vec2::<f32>()?, expected.to_vec2::<f32>()?);
    Ok(())
}
