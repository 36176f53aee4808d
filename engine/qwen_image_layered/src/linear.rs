use candle_core::Tensor;
use kernels::{Activation, Matrix, linear, linear_stacked};

use crate::Result;
use crate::files::Weights;

/// y = x·Wᵀ + b, the only matrix product with weights in the model.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    matrix: Matrix,
    bias: Option<Tensor>,
}

impl Linear {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Self::load_joined(std::slice::from_ref(weights), inputs, outputs)
    }

    /// Several layers of the same input as one, whose output is theirs side by side.
    pub fn load_joined(layers: &[Weights], inputs: usize, outputs: usize) -> Result<Self> {
        let join = |name: &str, shape: &[usize]| -> Result<Tensor> {
            let parts: Vec<_> = layers
                .iter()
                .map(|weights| weights.tensor(name, shape))
                .collect::<Result<_>>()?;
            Ok(match parts.as_slice() {
                [only] => only.clone(),
                parts => Tensor::cat(parts, 0)?,
            })
        };
        Ok(Self {
            matrix: Matrix::new(join("weight", &[outputs, inputs])?),
            bias: Some(join("bias", &[outputs])?),
        })
    }

    pub fn load_without_bias(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Ok(Self::from_weight(
            weights.tensor("weight", &[outputs, inputs])?,
        ))
    }

    /// From a weight that was brought to [out, in] by its owner.
    pub fn from_weight(weight: Tensor) -> Self {
        Self {
            matrix: Matrix::new(weight),
            bias: None,
        }
    }

    /// [rows, in] → [rows, out]
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(linear(self.product(rows), Activation::None)?)
    }

    pub fn forward_gelu(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(linear(self.product(rows), Activation::Gelu)?)
    }

    /// What two layers of one width make of their rows, the first's above the second's.
    pub fn forward_stacked(pairs: [(&Self, &Tensor); 2]) -> Result<Tensor> {
        let products = pairs.map(|(layer, rows)| layer.product(rows));
        Ok(linear_stacked(&products)?)
    }

    fn product<'a>(&'a self, rows: &'a Tensor) -> kernels::Product<'a> {
        (rows, &self.matrix, self.bias.as_ref())
    }
}
