use std::sync::Arc;

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Tensor};
use float8::F8E4M3;
use half::bf16;

use super::beside;
use super::buffer::{address, uninitialised};
use super::cublaslt::{Multiplication, Shape};
use super::fp8::prepared_in_e4m3;
use super::rows::Rows;
use super::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Matrix, Prepared, Product, Result};

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
    let forms = products
        .iter()
        .map(Form::of)
        .collect::<Result<Option<Vec<_>>>>()?;
    let Some((last, others)) = forms.as_deref().and_then(<[Form]>::split_last) else {
        return Ok(None);
    };
    let outputs = last.outputs;
    if others.iter().any(|other| other.outputs != outputs) {
        return Ok(None);
    }
    let rows = last.rows + others.iter().map(|form| form.rows).sum::<usize>();
    // SAFETY: each product writes its rows, together all of `out`.
    let out = unsafe { uninitialised::<bf16>((rows, outputs), &last.device)? };
    let first = address::<bf16>(&out)?;
    let fill = |form: &Form, product: &Product, row: usize| -> Result<bool> {
        let Some(operands) = form.operands(product)? else {
            return Ok(false);
        };
        // SAFETY: the rows of all products are those of `out`.
        unsafe { operands.multiply(false, first + (row * outputs * size_of::<bf16>()) as u64) }
    };
    let beside = || -> Result<Option<usize>> {
        let mut row = 0;
        for (form, product) in others.iter().zip(products) {
            if !fill(form, product, row)? {
                return Ok(None);
            }
            row += form.rows;
        }
        Ok(Some(row))
    };
    let (row, _joined_at_the_end) = beside::run(&last.device, beside)?;
    let (Some(row), Some(product)) = (row, products.last()) else {
        return Ok(None);
    };
    Ok(fill(last, product, row)?.then_some(out))
}

fn new_result(product: &Product, gelu: bool) -> Result<Option<Tensor>> {
    let Some(form) = Form::of(product)? else {
        return Ok(None);
    };
    let Some(operands) = form.operands(product)? else {
        return Ok(None);
    };
    // SAFETY: `multiply` writes all of it or it is not returned.
    unsafe {
        let out = uninitialised::<bf16>((form.rows, form.outputs), &form.device)?;
        let done = operands.multiply(gelu, address::<bf16>(&out)?)?;
        Ok(done.then_some(out))
    }
}

/// Whether rows are brought to FP8 for a product with this matrix.
pub(super) fn multiplies_fp8(matrix: &Matrix, toolkit: &Toolkit) -> bool {
    let Matrix::Fp8(weight) = matrix else {
        return false;
    };
    let sizes = weight.values.dims();
    toolkit.multiplies_fp8
        && sizes.iter().all(|size| size.is_multiple_of(FP8_VECTOR))
        && weight.values.is_contiguous()
        && weight.scales.is_contiguous()
}

/// A product that can be done here.
#[derive(Clone)]
struct Form {
    bias: Option<u64>,
    rows: usize,
    inputs: usize,
    outputs: usize,
    toolkit: Arc<Toolkit>,
    device: CudaDevice,
}

/// A product's numbers as they are multiplied.
struct Operands {
    form: Form,
    factors: Factors,
}

enum Factors {
    Bf16 { x: Tensor, weight: Tensor },
    Fp8 { x: Fp8Rows, weight: Fp8Rows },
}

impl Form {
    fn of(product: &Product) -> Result<Option<Self>> {
        let (rows, is_whole) = match product.rows {
            crate::Rows::Plain(rows)
            | crate::Rows::Gelu(rows)
            | crate::Rows::Prepared(Prepared::Dense(rows)) => (rows, Rows::of(rows)?.is_some()),
            crate::Rows::Prepared(Prepared::Fp8(Fp8Rows { values, scales })) => {
                (values, values.is_contiguous() && scales.is_contiguous())
            }
        };
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
        if !is_whole || inputs != *of_weight || !weight.is_contiguous() || outputs % 8 != 0 {
            return Ok(None);
        }
        let bias = match product.bias {
            None => None,
            Some(bias) => match Rows::vector(bias, outputs)? {
                None => return Ok(None),
                known => known,
            },
        };
        Ok(Some(Self {
            bias,
            rows: count,
            inputs,
            outputs,
            toolkit,
            device,
        }))
    }

    /// `product` is that of this form.
    fn operands(&self, product: &Product) -> Result<Option<Operands>> {
        let factors = Factors::of(product, &self.toolkit)?;
        Ok(factors.map(|factors| Operands {
            form: self.clone(),
            factors,
        }))
    }
}

impl Operands {
    /// False where it cannot be done; whatever is at `out` then means nothing.
    ///
    /// # Safety
    /// There must be room for [rows, outputs] in bf16 at `out`.
    unsafe fn multiply(&self, gelu: bool, out: u64) -> Result<bool> {
        if self.form.rows == 1
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
                self.form.inputs,
                address::<F8E4M3>(&weight.values)?,
                Some([address::<f32>(&x.scales)?, address::<f32>(&weight.scales)?]),
            ),
        };
        let product = Multiplication {
            shape: Shape {
                rows: self.form.rows,
                inputs: self.form.inputs,
                outputs: self.form.outputs,
                stride,
                gelu,
            },
            x,
            w,
            d: out,
            bias: self.form.bias,
            scales,
        };
        // SAFETY: the sizes are those of the tensors, as checked in `Form::of`; the caller promises `out`.
        let done = unsafe {
            self.form
                .toolkit
                .blas
                .multiply(&self.form.device, &product)?
        };
        match &self.factors {
            Factors::Fp8 { x, weight } if !done => {
                let dense = Self {
                    form: self.form.clone(),
                    factors: Factors::Bf16 {
                        x: x.to_dense(DType::BF16)?,
                        weight: weight.to_dense(DType::BF16)?,
                    },
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
            Arg::Address(self.form.bias.unwrap_or(0)),
            Arg::Address(out),
            Arg::Count(self.form.outputs as u32),
            Arg::Count((self.form.inputs / 8) as u32),
        ];
        let blocks = (self.form.outputs as u32).div_ceil(OUTPUTS);
        // SAFETY: the sizes are those of the tensors, as checked in `Form::of`; the caller promises `out`.
        unsafe {
            let grid = (blocks, OUTPUTS * WARP);
            self.form
                .toolkit
                .launch(&self.form.device, "row_product", grid, &arguments)?;
        }
        Ok(true)
    }
}

impl Factors {
    fn of(product: &Product, toolkit: &Toolkit) -> Result<Option<Self>> {
        if let Matrix::Fp8(weight) = product.matrix
            && multiplies_fp8(product.matrix, toolkit)
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
