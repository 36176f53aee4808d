use std::sync::Arc;

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Tensor};
use float8::F8E4M3;
use half::bf16;

use super::buffer::{address, uninitialised};
use super::cublaslt::{Multiplication, Shape};
use super::fp8::prepared_in_e4m3;
use super::rows::Rows;
use super::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Matrix, Product, Result};

/// Matrices in FP8 are multiplied in whole vectors of 16 bytes.
const FP8_VECTOR: usize = 16;
const WARP: u32 = 32;
/// Outputs of one row that a block of `row_product` computes.
const OUTPUTS: u32 = 8;

pub(crate) fn linear(product: &Product) -> Result<Option<Tensor>> {
    new_result(product, false)
}

/// GELU of [`linear`]'s result.
pub(crate) fn linear_gelu(product: &Product) -> Result<Option<Tensor>> {
    new_result(product, true)
}

pub(crate) fn linear_stacked(products: &[Product]) -> Result<Option<Tensor>> {
    let Some(operands) = products
        .iter()
        .map(Operands::of)
        .collect::<Result<Option<Vec<_>>>>()?
    else {
        return Ok(None);
    };
    let [first, ..] = operands.as_slice() else {
        return Ok(None);
    };
    let outputs = first.outputs;
    if operands.iter().any(|other| other.outputs != outputs) {
        return Ok(None);
    }
    let rows = operands.iter().map(|operands| operands.rows).sum::<usize>();
    // SAFETY: each product writes its rows, together all of `out`.
    let out = unsafe { uninitialised::<bf16>((rows, outputs), &first.device)? };
    let mut at = address::<bf16>(&out)?;
    for operands in &operands {
        // SAFETY: the rows of all products are those of `out`.
        if !unsafe { operands.multiply(false, at)? } {
            return Ok(None);
        }
        at += (operands.rows * outputs * size_of::<bf16>()) as u64;
    }
    Ok(Some(out))
}

fn new_result(product: &Product, gelu: bool) -> Result<Option<Tensor>> {
    let Some(operands) = Operands::of(product)? else {
        return Ok(None);
    };
    // SAFETY: `multiply` writes all of it or it is not returned.
    unsafe {
        let shape = (operands.rows, operands.outputs);
        let out = uninitialised::<bf16>(shape, &operands.device)?;
        let done = operands.multiply(gelu, address::<bf16>(&out)?)?;
        Ok(done.then_some(out))
    }
}

/// A product's numbers as they are multiplied.
struct Operands {
    factors: Factors,
    bias: Option<u64>,
    rows: usize,
    inputs: usize,
    outputs: usize,
    toolkit: Arc<Toolkit>,
    device: CudaDevice,
}

enum Factors {
    Bf16 { x: Tensor, weight: Tensor },
    Fp8 { x: Fp8Rows, weight: Fp8Rows },
}

impl Operands {
    fn of(product: &Product) -> Result<Option<Self>> {
        let (crate::Rows::Plain(rows)
        | crate::Rows::Gelu(rows)
        | crate::Rows::Modulated { rows, .. }) = product.rows;
        let weight = match product.matrix {
            Matrix::Dense(weight) => weight,
            Matrix::Fp8(weight) => &weight.values,
        };
        let (Some((toolkit, device)), [count, inputs], [outputs, of_weight]) =
            (Toolkit::of(rows), rows.dims(), weight.dims())
        else {
            return Ok(None);
        };
        let (count, inputs, outputs) = (*count, *inputs, *outputs);
        let is_bf16 = rows.dtype() == DType::BF16 && Rows::of(rows)?.is_some();
        if !is_bf16 || inputs != *of_weight || !weight.is_contiguous() || outputs % 8 != 0 {
            return Ok(None);
        }
        let bias = match product.bias {
            None => None,
            Some(bias) => match Rows::vector(bias, outputs)? {
                None => return Ok(None),
                known => known,
            },
        };
        let Some(factors) = Factors::of(product, &toolkit)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            factors,
            bias,
            rows: count,
            inputs,
            outputs,
            toolkit,
            device,
        }))
    }

    /// False where it cannot be done; whatever is at `out` then means nothing.
    ///
    /// # Safety
    /// There must be room for [rows, outputs] in bf16 at `out`.
    unsafe fn multiply(&self, gelu: bool, out: u64) -> Result<bool> {
        if self.rows == 1
            && !gelu
            && let Factors::Bf16 { x, weight } = &self.factors
        {
            // SAFETY: the caller's promise.
            return unsafe { self.multiply_row(x, weight, out) };
        }
        let (x, stride, w, scales) = match &self.factors {
            Factors::Bf16 { x, weight } => {
                let Some(rows) = Rows::of(x)? else {
                    return Ok(false);
                };
                (rows.address, rows.stride, address::<bf16>(weight)?, None)
            }
            Factors::Fp8 { x, weight } => (
                address::<F8E4M3>(&x.values)?,
                self.inputs,
                address::<F8E4M3>(&weight.values)?,
                Some([address::<f32>(&x.scales)?, address::<f32>(&weight.scales)?]),
            ),
        };
        let product = Multiplication {
            shape: Shape {
                rows: self.rows,
                inputs: self.inputs,
                outputs: self.outputs,
                stride,
                gelu,
            },
            x,
            w,
            d: out,
            bias: self.bias,
            scales,
        };
        // SAFETY: the sizes are those of the tensors, as checked in `of`; the caller promises `out`.
        let done = unsafe { self.toolkit.blas.multiply(&self.device, &product)? };
        match &self.factors {
            Factors::Fp8 { x, weight } if !done => {
                let dense = Self {
                    factors: Factors::Bf16 {
                        x: x.to_dense(DType::BF16)?,
                        weight: weight.to_dense(DType::BF16)?,
                    },
                    toolkit: self.toolkit.clone(),
                    device: self.device.clone(),
                    ..*self
                };
                // SAFETY: the sizes are the same.
                unsafe { dense.multiply(gelu, out) }
            }
            _ => Ok(done),
        }
    }

    /// # Safety
    /// As [`Self::multiply`].
    unsafe fn multiply_row(&self, x: &Tensor, weight: &Tensor, out: u64) -> Result<bool> {
        let arguments = [
            Arg::Address(address::<bf16>(x)?),
            Arg::Address(address::<bf16>(weight)?),
            Arg::Address(self.bias.unwrap_or(0)),
            Arg::Address(out),
            Arg::Count(self.outputs as u32),
            Arg::Count((self.inputs / 8) as u32),
        ];
        let blocks = (self.outputs as u32).div_ceil(OUTPUTS);
        // SAFETY: the sizes are those of the tensors, as checked in `of`; the caller promises `out`.
        unsafe {
            let grid = (blocks, OUTPUTS * WARP);
            self.toolkit
                .launch(&self.device, "row_product", grid, &arguments)?;
        }
        Ok(true)
    }
}

impl Factors {
    fn of(product: &Product, toolkit: &Toolkit) -> Result<Option<Self>> {
        if let Matrix::Fp8(weight) = product.matrix
            && toolkit.multiplies_fp8
            && weight
                .values
                .dims()
                .iter()
                .all(|size| size % FP8_VECTOR == 0)
            && weight.scales.is_contiguous()
        {
            return Ok(prepared_in_e4m3(&product.rows)?.map(|x| Self::Fp8 {
                x,
                weight: weight.clone(),
            }));
        }
        let x = product.rows.dense()?;
        let weight = product.matrix.dense(&x)?;
        let usable = Rows::of(&x)?.is_some() && Rows::of(&weight)?.is_some();
        Ok(usable.then_some(Self::Bf16 { x, weight }))
    }
}
