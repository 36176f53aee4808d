//! LoRAs beside weights that stay as their file has them: x·downᵀ·upᵀ is added to a product with the weight.

use candle_core::{DType, Device, Tensor};

use super::{Loras, OpenLora, WEIGHT};
use crate::Result;

/// up [out, rank] and down [rank, in], which has the strengths in it.
pub type Factors = [Tensor; 2];

impl Loras {
    /// What all of them together add to a weight of this shape, in f32. Layers that are equal but for their number have equal
    /// shapes here too, so that they can stream through each other's place. `None` where no such layer is changed.
    pub fn factors(
        &self,
        weight: &str,
        [rows, columns]: [usize; 2],
        device: &Device,
    ) -> Result<Option<Factors>> {
        let Some(module) = weight.strip_suffix(WEIGHT) else {
            return Ok(None);
        };
        let (mut ups, mut downs) = (Vec::new(), Vec::new());
        for lora in &self.0 {
            let room = lora.room(module);
            if room == 0 {
                continue;
            }
            let own = lora.factors(module, [rows, columns], device)?;
            let rank = match own {
                Some([up, down]) => {
                    let rank = down.dim(0)?;
                    ups.push(up);
                    downs.push(down);
                    rank
                }
                None => 0,
            };
            if rank < room {
                let zeros = |shape| Tensor::zeros(shape, DType::F32, device);
                ups.push(zeros((rows, room - rank))?);
                downs.push(zeros((room - rank, columns))?);
            }
        }
        match ups.is_empty() {
            true => Ok(None),
            false => Ok(Some([Tensor::cat(&ups, 1)?, Tensor::cat(&downs, 0)?])),
        }
    }

    /// The rank of what [`Self::factors`] gives.
    pub fn rank(&self, weight: &str) -> usize {
        let module = weight.strip_suffix(WEIGHT);
        let rooms = self.0.iter().filter_map(|lora| Some(lora.room(module?)));
        rooms.sum()
    }
}

impl OpenLora {
    /// Of the product that is added to a module, by headers alone; `None` where it is not one of narrow matrices.
    pub(super) fn rank(&self, module: &str) -> Option<usize> {
        let change = self.changes.get(module)?;
        change
            .form()?
            .rank_beside(|role, at| self.size(change, role, at))
    }

    /// The largest rank of the modules that are equal to one but for their numbers.
    fn room(&self, module: &str) -> usize {
        let alike = self.changes.keys().filter(|other| are_alike(other, module));
        alike
            .filter_map(|other| self.rank(other))
            .max()
            .unwrap_or(0)
    }

    fn factors(&self, module: &str, shape: [usize; 2], device: &Device) -> Result<Option<Factors>> {
        let Some(tensors) = self.tensors(module, device)? else {
            return Ok(None);
        };
        match tensors.factors(shape)? {
            Some([up, down]) => Ok(Some([(up * f64::from(self.strength))?, down])),
            None => Err(self.does_not_fit(module)),
        }
    }
}

/// "blocks.0.attn.to_q" and "blocks.7.attn.to_q".
fn are_alike(a: &str, b: &str) -> bool {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || is_number(a) && is_number(b) => {}
            _ => return false,
        }
    }
}
