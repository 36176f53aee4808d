use candle_core::{DType, Tensor};

use crate::{Fp8Rows, Packed, Result, gelu};

/// A weight [out, in] as products take it.
#[derive(Debug, Clone)]
pub enum Matrix {
    Dense(Tensor),
    /// The rows that it is multiplied with are brought to FP8 as well where the device multiplies FP8; elsewhere only the
    /// memory is saved.
    Fp8(Fp8Rows),
    /// One below the other, each widened just before a product.
    Packed(Vec<Packed>),
}

/// Rows [rows, in], and what is done to them before a product.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    Plain(&'a Tensor),
    /// By [`gelu`].
    Gelu(&'a Tensor),
    Prepared(&'a Prepared),
}

/// Rows as a product takes them.
#[derive(Debug, Clone)]
pub enum Prepared {
    Dense(Tensor),
    Fp8(Fp8Rows),
}

/// rows·Wᵀ + b: [rows, in] → [rows, out]
#[derive(Debug, Clone, Copy)]
pub struct Product<'a> {
    pub rows: Rows<'a>,
    pub matrix: &'a Matrix,
    /// [out]
    pub bias: Option<&'a Tensor>,
}

impl Matrix {
    /// In FP8, on the weight's own device.
    pub fn fp8(weight: &Tensor) -> Result<Self> {
        Ok(Self::Fp8(Fp8Rows::new(weight)?))
    }

    /// All that it holds, to be copied elsewhere and back.
    pub fn tensors(&self) -> Vec<&Tensor> {
        match self {
            Self::Dense(weight) => vec![weight],
            Self::Fp8(rows) => vec![&rows.values, &rows.scales],
            Self::Packed(parts) => parts.iter().map(|part| &part.bytes).collect(),
        }
    }

    pub(crate) fn dense(&self, like: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(weight) => Ok(weight.clone()),
            Self::Fp8(rows) => rows.to_dense(like.dtype()),
            Self::Packed(parts) => Packed::widen(parts, like.dtype()),
        }
    }
}

impl Prepared {
    pub fn rows(&self) -> Result<usize> {
        match self {
            Self::Dense(rows) => rows.dim(0),
            Self::Fp8(rows) => rows.values.dim(0),
        }
    }

    /// The rows in full; those in FP8 are brought to `dtype`.
    pub fn dense(&self, dtype: DType) -> Result<Tensor> {
        match self {
            Self::Dense(rows) => Ok(rows.clone()),
            Self::Fp8(rows) => rows.to_dense(dtype),
        }
    }

    /// So many of the rows.
    pub fn narrow(&self, first: usize, count: usize) -> Result<Self> {
        match self {
            Self::Dense(rows) => Ok(Self::Dense(rows.narrow(0, first, count)?)),
            Self::Fp8(Fp8Rows { values, scales }) => Ok(Self::Fp8(Fp8Rows {
                values: values.narrow(0, first, count)?,
                // Products read them from where vectors begin.
                scales: scales.narrow(0, first, count)?.force_contiguous()?,
            })),
        }
    }
}

impl Rows<'_> {
    pub(crate) fn dense(&self) -> Result<Tensor> {
        match self {
            Self::Plain(rows) => Ok((*rows).clone()),
            Self::Gelu(rows) => gelu(rows),
            Self::Prepared(rows) => rows.dense(DType::BF16),
        }
    }
}

pub fn linear(product: &Product) -> Result<Tensor> {
    fused!(linear(product));
    let rows = product.rows.dense()?;
    let result = rows.matmul(&product.matrix.dense(&rows)?.t()?)?;
    match product.bias {
        Some(bias) => result.broadcast_add(bias),
        None => Ok(result),
    }
}

/// The results of several products of one width, one below the other; the last is expected to be the largest.
pub fn linear_stacked(products: &[Product]) -> Result<Tensor> {
    fused!(linear_stacked(products));
    let rows: Vec<_> = products.iter().map(linear).collect::<Result<_>>()?;
    Tensor::cat(&rows, 0)
}

/// W₂·gelu([`linear`](first)), where the second matrix has the bias beside it.
pub fn mlp(first: &Product, second: (&Matrix, Option<&Tensor>)) -> Result<Tensor> {
    let (matrix, bias) = second;
    let last = |rows| linear(&Product { rows, matrix, bias });
    // What FP8 multiplies goes through GELU on its way to FP8.
    #[cfg(feature = "cuda")]
    if matches!(matrix, Matrix::Dense(_))
        && let Some(hidden) = crate::operations::cuda::linear_gelu(first)?
    {
        return last(Rows::Plain(&hidden));
    }
    last(Rows::Gelu(&linear(first)?))
}
