//! FP8 as every device can compute it.
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use candle_core::{DType, Device, Tensor};
use kernels::{Fp8Rows, Matrix, Product, Result, Rows, linear};

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
