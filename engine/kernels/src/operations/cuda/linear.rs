use std::sync::Arc;

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Tensor};
use float8::F8E4M3;
use half::bf16;

use crate::device::cuda::buffer::{address, uninitialised};
use crate::device::cuda::side::{self, Side};
use crate::operations::cuda::fp8::{multiplies_fp8, prepared_in_e4m3};
use crate::operations::cuda::rows::Rows;
use crate::toolkit::cublaslt::{self, Multiplication, Shape};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Matrix, Prepared, Product, Result};

const WARP: u32 = 32;
/// Outputs of one row that a block of `row_product` computes.
const OUTPUTS: u32 = 8;
const SCALING_THREADS: u32 = 256;

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
    let others = || -> Result<Option<usize>> {
        let mut row = 0;
        for (form, product) in others.iter().zip(products) {
            if !fill(form, product, row)? {
                return Ok(None);
            }
            row += form.rows;
        }
        Ok(Some(row))
    };
    let (row, _joined_at_the_end) = side::within(Side::new(&last.device)?, others);
    let (Some(row), Some(product)) = (row?, products.last()) else {
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
        let (Some((toolkit, device)), [count, inputs], Some([outputs, of_weight])) =
            (Toolkit::of(rows), rows.dims(), whole_shape(product.matrix))
        else {
            return Ok(None);
        };
        let (count, inputs) = (*count, *inputs);
        if !is_whole || inputs != of_weight || outputs % 8 != 0 {
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

    fn shape(&self, gelu: bool) -> Shape {
        Shape {
            rows: self.rows,
            inputs: self.inputs,
            outputs: self.outputs,
            stride: self.inputs,
            gelu,
        }
    }

    /// # Safety
    /// As [`Blas::multiply`](crate::toolkit::cublaslt::Blas::multiply).
    unsafe fn multiply(&self, product: &Multiplication) -> Result<bool> {
        // SAFETY: the caller's promise.
        unsafe { self.toolkit.blas.multiply(&self.device, product) }
    }

    /// # Safety
    /// The factors are of this form, and there is room for [rows, outputs] in bf16 at `out`. The same for the next one.
    unsafe fn multiply_fp8(
        &self,
        x: &Fp8Rows,
        weight: &Fp8Rows,
        gelu: bool,
        out: u64,
    ) -> Result<bool> {
        let scales = [address::<f32>(&x.scales)?, address::<f32>(&weight.scales)?];
        let product = Multiplication {
            shape: self.shape(gelu),
            x: address::<F8E4M3>(&x.values)?,
            w: address::<F8E4M3>(&weight.values)?,
            d: out,
            bias: self.bias,
            factors: cublaslt::Factors::ScaledE4m3(scales),
        };
        // SAFETY: the caller's promise.
        unsafe { self.multiply(&product) }
    }

    /// For devices whose products of FP8 know no scale for each row. The unscaled sums are far from bf16's ends: at most
    /// inputs · 448².
    unsafe fn multiply_and_scale(&self, x: &Fp8Rows, weight: &Fp8Rows, out: u64) -> Result<bool> {
        let product = Multiplication {
            shape: self.shape(false),
            x: address::<F8E4M3>(&x.values)?,
            w: address::<F8E4M3>(&weight.values)?,
            d: out,
            bias: None,
            factors: cublaslt::Factors::E4m3,
        };
        let arguments = [
            Arg::Address(out),
            Arg::Address(address::<f32>(&x.scales)?),
            Arg::Address(address::<f32>(&weight.scales)?),
            Arg::Address(self.bias.unwrap_or(0)),
            Arg::Count((self.outputs / 8) as u32),
        ];
        let grid = (self.rows as u32, SCALING_THREADS);
        // SAFETY: the caller's promise; the kernel reads a scale for each row and each output, and the bias where there is one.
        unsafe {
            let done = self.multiply(&product)?;
            if done {
                self.toolkit
                    .launch(&self.device, Kernel::ScaleProduct, grid, &arguments)?;
            }
            Ok(done)
        }
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

/// [out, in] of a matrix without gaps.
fn whole_shape(matrix: &Matrix) -> Option<[usize; 2]> {
    let weight = match matrix {
        Matrix::Dense(weight) => weight,
        Matrix::Fp8(weight) => &weight.values,
        Matrix::Packed(parts) => {
            let [_, inputs] = parts.first()?.shape;
            return Some([parts.iter().map(|part| part.shape[0]).sum(), inputs]);
        }
    };
    match weight.dims() {
        [outputs, inputs] if weight.is_contiguous() => Some([*outputs, *inputs]),
        _ => None,
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
        match &self.factors {
            Factors::Bf16 { x, weight } => {
                let Some(rows) = Rows::of(x)? else {
                    return Ok(false);
                };
                let product = Multiplication {
                    shape: Shape {
                        stride: rows.stride,
                        ..self.form.shape(gelu)
                    },
                    x: rows.address,
                    w: address::<bf16>(weight)?,
                    d: out,
                    bias: self.form.bias,
                    factors: cublaslt::Factors::Bf16,
                };
                // SAFETY: the sizes are those of the tensors, as checked in `Form::of`; the caller promises `out`.
                unsafe { self.form.multiply(&product) }
            }
            // SAFETY: the caller's promise.
            Factors::Fp8 { x, weight } => unsafe {
                Ok(self.form.multiply_fp8(x, weight, gelu, out)?
                    || !gelu && self.form.multiply_and_scale(x, weight, out)?
                    || self.dense(x, weight)?.multiply(gelu, out)?)
            },
        }
    }

    fn dense(&self, x: &Fp8Rows, weight: &Fp8Rows) -> Result<Self> {
        Ok(Self {
            form: self.form.clone(),
            factors: Factors::Bf16 {
                x: x.to_dense(DType::BF16)?,
                weight: weight.to_dense(DType::BF16)?,
            },
        })
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
                .launch(&self.form.device, Kernel::RowProduct, grid, &arguments)?;
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

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test ends where something fails")]
mod tests {
    use candle_core::Device;

    use super::*;

    /// On a device that can do both, scaling afterwards is the product with scales.
    #[test]
    fn fp8_scaled_afterwards_is_the_scaled_product() -> Result<()> {
        let device = Device::new_cuda(0)?;
        let random =
            |shape: (usize, usize)| Tensor::randn(0f32, 1.0, shape, &device)?.to_dtype(DType::BF16);
        for (rows, inputs, outputs) in [(37, 3072, 9216), (1001, 12288, 3072)] {
            let (x, weight) = (random((rows, inputs))?, random((outputs, inputs))?);
            let bias = random((1, outputs))?.squeeze(0)?;
            let matrix = Matrix::fp8(&weight)?;
            for bias in [None, Some(&bias)] {
                let product = Product {
                    rows: crate::Rows::Plain(&x),
                    matrix: &matrix,
                    bias,
                };
                let form = Form::of(&product)?.expect("a product for this device");
                let operands = form.operands(&product)?.expect("its operands");
                let Factors::Fp8 { x, weight } = &operands.factors else {
                    panic!("the device does not multiply FP8");
                };
                let result = |scaled: bool| -> Result<Tensor> {
                    // SAFETY: the operands are of this form, and `out` has its size and is written whole.
                    unsafe {
                        let out = uninitialised::<bf16>((rows, outputs), &form.device)?;
                        let at = address::<bf16>(&out)?;
                        let done = match scaled {
                            true => form.multiply_fp8(x, weight, false, at)?,
                            false => form.multiply_and_scale(x, weight, at)?,
                        };
                        assert!(done);
                        out.to_dtype(DType::F32)
                    }
                };
                let (expected, found) = (result(true)?, result(false)?);
                let norm = |x: &Tensor| x.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>();
                let error = norm(&(&found - &expected)?)? / norm(&expected)?;
                // Each rounds its sums to bf16 once more than the other.
                assert!(error < 4e-3, "{error:e}");
            }
        }
        Ok(())
    }
}
