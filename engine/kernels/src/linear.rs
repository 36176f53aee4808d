use candle_core::Tensor;

use crate::{Result, gelu};

/// A weight [out, in] as products take it.
#[derive(Debug, Clone)]
pub struct Matrix {
    weight: Tensor,
}

/// What is done to a product's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    #[default]
    None,
    /// By tanh.
    Gelu,
}

/// Rows [rows, in], the matrix [out, in] and the bias [out] that they go through.
pub type Product<'a> = (&'a Tensor, &'a Matrix, Option<&'a Tensor>);

impl Matrix {
    pub fn new(weight: Tensor) -> Self {
        Self { weight }
    }

    /// All that it holds, to be copied elsewhere and back.
    pub fn tensors(&self) -> Vec<&Tensor> {
        vec![&self.weight]
    }
}

/// activation(x·Wᵀ + b): [rows, in] → [rows, out]
pub fn linear((x, matrix, bias): Product, activation: Activation) -> Result<Tensor> {
    let product = x.matmul(&matrix.weight.t()?)?;
    let sum = match bias {
        Some(bias) => product.broadcast_add(bias)?,
        None => product,
    };
    match activation {
        Activation::None => Ok(sum),
        Activation::Gelu => gelu(&sum),
    }
}

/// The results of several products of one width, one below the other.
pub fn linear_stacked(products: &[Product]) -> Result<Tensor> {
    let rows: Vec<_> = products
        .iter()
        .map(|product| linear(*product, Activation::None))
        .collect::<Result<_>>()?;
    Tensor::cat(&rows, 0)
}
