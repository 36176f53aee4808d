//! Products of many rows are done by several algorithms in turn until the fastest is known: all of them give the same.
#![cfg(feature = "cuda")]

use candle_core::{DType, Device, Result, Tensor};
use kernels::{Matrix, Product, Rows, linear, mlp};

/// More than all trials take, with what comes before them.
const TIMES: usize = 120;

fn random(shape: impl Into<candle_core::Shape>, device: &Device) -> Result<Tensor> {
    Tensor::randn(0f32, 1.0, shape, device)?.to_dtype(DType::BF16)
}

/// Asserts that the work gives one result whenever it is done.
fn assert_same(name: &str, work: impl Fn() -> Result<Tensor>) -> Result<()> {
    let first = work()?.to_dtype(DType::F32)?;
    for time in 1..TIMES {
        let found = work()?.to_dtype(DType::F32)?;
        let apart = (&found - &first)?
            .abs()?
            .max(1)?
            .max(0)?
            .to_scalar::<f32>()?;
        assert!(apart == 0.0, "{name}: {apart} at {time}");
    }
    Ok(())
}

#[test]
fn every_algorithm_of_a_product_gives_the_same() -> Result<()> {
    let Ok(device) = Device::new_cuda(0) else {
        println!("no GPU, nothing tested");
        return Ok(());
    };
    for rows in [4928, 9600] {
        let hidden = 12288;
        let width = 3072;
        let x = random((rows, width), &device)?;
        for outputs in [width, 3 * width] {
            let weight = (random((outputs, width), &device)? * 0.02)?;
            let bias = random(outputs, &device)?;
            let matrices = [Matrix::fp8(&weight)?, Matrix::Dense(weight)];
            for matrix in &matrices {
                let product = Product {
                    rows: Rows::Plain(&x),
                    matrix,
                    bias: Some(&bias),
                };
                assert_same(&format!("{rows} x {width} x {outputs}"), || {
                    linear(&product)
                })?;
            }
        }
        let matrix = |shape: (usize, usize)| -> Result<Matrix> {
            Ok(Matrix::Dense((random(shape, &device)? * 0.02)?))
        };
        let (first, second) = (matrix((hidden, width))?, matrix((width, hidden))?);
        let bias = random(hidden, &device)?;
        let product = Product {
            rows: Rows::Plain(&x),
            matrix: &first,
            bias: Some(&bias),
        };
        assert_same(&format!("{rows} rows through GELU"), || {
            mlp(&product, (&second, None))
        })?;
    }
    Ok(())
}
