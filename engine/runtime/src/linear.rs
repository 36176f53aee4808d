use candle_core::Tensor;
use kernels::{Lane, Matrix, Prepared, Product, Rows, gelu, linear, linear_stacked, modulate_for};

use crate::Result;
use crate::weights::Weights;

/// y = x·Wᵀ + b, the only matrix product with weights in the model.
#[derive(Debug, Clone)]
pub struct Linear {
    matrix: Matrix,
    bias: Option<Tensor>,
    side: Option<Side>,
}

/// What LoRAs add to a matrix that stays as its file has it: x·downᵀ·upᵀ.
#[derive(Debug, Clone)]
struct Side {
    /// [rank, in]
    down: Tensor,
    /// [out, rank]
    up: Tensor,
}

impl Linear {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Self::load_joined(std::slice::from_ref(weights), inputs, outputs)
    }

    /// Several layers of the same input as one, whose output is theirs side by side.
    pub fn load_joined(layers: &[Weights], inputs: usize, outputs: usize) -> Result<Self> {
        let shape = [outputs, inputs];
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
        if let Some(matrix) = as_stored(layers, shape)? {
            let side = Side::load(layers, shape)?;
            return Ok(Self { matrix, bias, side });
        }
        let weight = join("weight", &shape)?;
        let fp8 = layers.iter().any(|weights| weights.place().fp8.is_some());
        let matrix = match fp8 && !layers.iter().any(Weights::has_fp8) {
            true => Matrix::fp8(&weight)?,
            false => Matrix::Dense(weight),
        };
        Ok(Self {
            matrix,
            bias,
            side: None,
        })
    }

    pub fn load_without_bias(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        let shape = [outputs, inputs];
        let layers = std::slice::from_ref(weights);
        match as_stored(layers, shape)? {
            Some(matrix) => Ok(Self {
                matrix,
                bias: None,
                side: Side::load(layers, shape)?,
            }),
            None => Ok(Self::from_weight(weights.tensor("weight", &shape)?)),
        }
    }

    /// From a weight that was brought to [out, in] by its owner.
    pub fn from_weight(weight: Tensor) -> Self {
        Self {
            matrix: Matrix::Dense(weight),
            bias: None,
            side: None,
        }
    }

    /// All that it holds.
    pub fn tensors(&self) -> Vec<&Tensor> {
        let side = self.side.iter().flat_map(|side| [&side.down, &side.up]);
        self.matrix
            .tensors()
            .into_iter()
            .chain(&self.bias)
            .chain(side)
            .collect()
    }

    /// [rows, in] → [rows, out]
    pub fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let base = linear(&self.product(Rows::Plain(rows)))?;
        self.with_side(base, rows)
    }

    pub fn forward_prepared(&self, rows: &Prepared, lane: &mut Lane) -> Result<Tensor> {
        let base = lane.linear(&self.product(Rows::Prepared(rows)))?;
        match &self.side {
            Some(side) => {
                lane.join();
                Ok((base + side.of(rows)?)?)
            }
            None => Ok(base),
        }
    }

    /// What layers of one width make of their rows, the first's above the next one's.
    pub fn forward_stacked(pairs: &[(&Self, &Prepared)]) -> Result<Tensor> {
        let products = pairs.iter();
        let products = products.map(|(layer, rows)| layer.product(Rows::Prepared(rows)));
        let base = linear_stacked(&products.collect::<Vec<_>>())?;
        if pairs.iter().all(|(layer, _)| layer.side.is_none()) {
            return Ok(base);
        }
        let mut first = 0;
        let mut stacked = Vec::with_capacity(pairs.len());
        for (layer, rows) in pairs {
            let count = rows.rows()?;
            let own = base.narrow(0, first, count)?;
            stacked.push(match &layer.side {
                Some(side) => (own + side.of(rows)?)?,
                None => own,
            });
            first += count;
        }
        Ok(Tensor::cat(&stacked, 0)?)
    }

    /// second(gelu(first(rows)))
    pub fn mlp([first, second]: [&Self; 2], rows: &Prepared, lane: &mut Lane) -> Result<Tensor> {
        if first.side.is_none() && second.side.is_none() {
            let second = (&second.matrix, second.bias.as_ref());
            return Ok(lane.mlp(&first.product(Rows::Prepared(rows)), second)?);
        }
        lane.join();
        let hidden = first.forward_prepared(rows, lane)?;
        let base = linear(&second.product(Rows::Gelu(&hidden)))?;
        match &second.side {
            Some(_) => second.with_side(base, &gelu(&hidden)?),
            None => Ok(base),
        }
    }

    /// Rows for this layer: x normalised, scaled and shifted.
    pub fn modulated(&self, x: &Tensor, [shift, scale]: [&Tensor; 2]) -> Result<Prepared> {
        Ok(modulate_for(x, [shift, scale], &self.matrix)?)
    }

    /// x + change · gate, and [`Self::modulated`] of that.
    pub fn sum_and_modulated(
        &self,
        [x, change, gate]: [&Tensor; 3],
        by: [&Tensor; 2],
        lane: &mut Lane,
    ) -> Result<(Tensor, Prepared)> {
        let sum = [x, change, gate];
        Ok(lane.add_gated_and_modulate(sum, by, &self.matrix)?)
    }

    fn with_side(&self, base: Tensor, rows: &Tensor) -> Result<Tensor> {
        match &self.side {
            Some(side) => Ok((base + side.product(rows)?)?),
            None => Ok(base),
        }
    }

    fn product<'a>(&'a self, rows: Rows<'a>) -> Product<'a> {
        Product {
            rows,
            matrix: &self.matrix,
            bias: self.bias.as_ref(),
        }
    }
}

/// Layers one below the other as their file has them, each of this shape; `None` where they are to be widened.
fn as_stored(layers: &[Weights], shape: [usize; 2]) -> Result<Option<Matrix>> {
    let packed = layers.iter();
    let packed = packed.map(|weights| weights.packed_matrix("weight", shape));
    if let Some(parts) = packed.collect::<Result<Option<_>>>()? {
        return Ok(Some(Matrix::Packed(parts)));
    }
    let fp8 = layers.iter().any(|weights| weights.place().fp8.is_some());
    if !fp8 {
        return Ok(None);
    }
    Ok(Weights::stored_fp8(layers, "weight", shape)?.map(Matrix::Fp8))
}

impl Side {
    /// Of layers one below the other: each has its own columns of `up` and rows of `down`.
    fn load(layers: &[Weights], [outputs, inputs]: [usize; 2]) -> Result<Option<Self>> {
        let (mut ups, mut downs) = (Vec::new(), Vec::new());
        for (index, weights) in layers.iter().enumerate() {
            if let Some([up, down]) = weights.side("weight", [outputs, inputs])? {
                let below = layers.len() - index - 1;
                let up = up.pad_with_zeros(0, index * outputs, below * outputs)?;
                ups.push(up);
                downs.push(down);
            }
        }
        if ups.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            down: Tensor::cat(&downs, 0)?,
            up: Tensor::cat(&ups, 1)?,
        }))
    }

    fn of(&self, rows: &Prepared) -> Result<Tensor> {
        self.product(&rows.dense(self.down.dtype())?)
    }

    fn product(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(rows.matmul(&self.down.t()?)?.matmul(&self.up.t()?)?)
    }
}
