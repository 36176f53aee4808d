use candle_core::Tensor;

use crate::Result;
use crate::files::Weights;

/// y = x·Wᵀ + b, the only matrix product with weights in the model, so that another storage of weights (FP8, GGUF) is a
/// change to this type alone.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    /// [out, in]
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs])?,
            bias: Some(weights.tensor("bias", &[outputs])?),
        })
    }

    pub fn load_without_bias(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs])?,
            bias: None,
        })
    }

    /// From a weight that was brought to [out, in] by its owner.
    pub fn from_weight(weight: Tensor) -> Self {
        Self { weight, bias: None }
    }

    /// [rows, in] → [rows, out]
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let product = rows.matmul(&self.weight.t()?)?;
        Ok(match &self.bias {
            Some(bias) => product.broadcast_add(bias)?,
            None => product,
        })
    }
}
