use candle_core::Tensor;
use kernels::{Matrix, Product, Rows, linear, linear_add_gated, linear_stacked, mlp_add_gated};

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
        let weight = join("weight", &[outputs, inputs])?;
        let fp8 = layers.iter().any(|weights| weights.place().fp8);
        Ok(Self {
            matrix: if fp8 {
                Matrix::fp8(&weight)?
            } else {
                Matrix::Dense(weight)
            },
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
            matrix: Matrix::Dense(weight),
            bias: None,
        }
    }

    /// All that it holds.
    pub fn tensors(&self) -> Vec<&Tensor> {
        self.matrix
            .tensors()
            .into_iter()
            .chain(&self.bias)
            .collect()
    }

    /// [rows, in] → [rows, out]
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(linear(&self.product(Rows::Plain(rows)))?)
    }

    /// What layers of one width make of their rows, the first's above the next one's.
    pub fn forward_stacked(pairs: &[(&Self, Rows)]) -> Result<Tensor> {
        let products = pairs.iter().map(|(layer, rows)| layer.product(*rows));
        Ok(linear_stacked(&products.collect::<Vec<_>>())?)
    }

    /// x + forward(rows) · gate
    pub fn forward_add_gated(&self, rows: &Tensor, x: &Tensor, gate: &Tensor) -> Result<Tensor> {
        Ok(linear_add_gated(&self.product(Rows::Plain(rows)), x, gate)?)
    }

    /// x + second(gelu(first(rows))) · gate
    pub fn mlp_add_gated(
        [first, second]: [&Self; 2],
        rows: Rows,
        x: &Tensor,
        gate: &Tensor,
    ) -> Result<Tensor> {
        let second = (&second.matrix, second.bias.as_ref());
        Ok(mlp_add_gated(&first.product(rows), second, x, gate)?)
    }

    fn product<'a>(&'a self, rows: Rows<'a>) -> Product<'a> {
        Product {
            rows,
            matrix: &self.matrix,
            bias: self.bias.as_ref(),
        }
    }
}
