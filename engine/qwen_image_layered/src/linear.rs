use candle_core::Tensor;
use kernels::{
    Matrix, Prepared, Product, Rows, add_gated_and_modulate, linear, linear_stacked, mlp,
    modulate_for,
};

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
        let bias = Some(join("bias", &[outputs])?);
        let packed = layers.iter();
        let packed = packed.map(|weights| weights.packed_matrix("weight", [outputs, inputs]));
        if let Some(parts) = packed.collect::<Result<Option<_>>>()? {
            let matrix = Matrix::Packed(parts);
            return Ok(Self { matrix, bias });
        }
        let fp8 = layers.iter().any(|weights| weights.place().fp8.is_some());
        let stored = match fp8 {
            true => Weights::stored_fp8(layers, "weight", [outputs, inputs])?,
            false => None,
        };
        let matrix = match stored {
            Some(rows) => Matrix::Fp8(rows),
            None => {
                let weight = join("weight", &[outputs, inputs])?;
                match fp8 && !layers.iter().any(Weights::has_fp8) {
                    true => Matrix::fp8(&weight)?,
                    false => Matrix::Dense(weight),
                }
            }
        };
        Ok(Self { matrix, bias })
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

    pub fn forward_prepared(&self, rows: &Prepared) -> Result<Tensor> {
        Ok(linear(&self.product(Rows::Prepared(rows)))?)
    }

    /// What layers of one width make of their rows, the first's above the next one's.
    pub fn forward_stacked(pairs: &[(&Self, &Prepared)]) -> Result<Tensor> {
        let products = pairs.iter();
        let products = products.map(|(layer, rows)| layer.product(Rows::Prepared(rows)));
        Ok(linear_stacked(&products.collect::<Vec<_>>())?)
    }

    /// second(gelu(first(rows)))
    pub fn mlp([first, second]: [&Self; 2], rows: &Prepared) -> Result<Tensor> {
        let second = (&second.matrix, second.bias.as_ref());
        Ok(mlp(&first.product(Rows::Prepared(rows)), second)?)
    }

    /// Rows for this layer: x normalised, scaled and shifted.
    pub fn modulated(&self, x: &Tensor, [shift, scale]: [&Tensor; 2]) -> Result<Prepared> {
        Ok(modulate_for(x, [shift, scale], &self.matrix)?)
    }

    /// x + change · gate, and [`Self::modulated`] of that.
    pub fn sum_and_modulated(
        &self,
        [x, change, gate]: [&Tensor; 3],
        [shift, scale]: [&Tensor; 2],
    ) -> Result<(Tensor, Prepared)> {
        let sum = [x, change, gate];
        Ok(add_gated_and_modulate(sum, [shift, scale], &self.matrix)?)
    }

    fn product<'a>(&'a self, rows: Rows<'a>) -> Product<'a> {
        Product {
            rows,
            matrix: &self.matrix,
            bias: self.bias.as_ref(),
        }
    }
}
