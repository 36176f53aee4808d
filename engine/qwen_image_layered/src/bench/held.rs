use candle_core::{DType, Tensor};
use kernels::{device_memory, tensor_memory};
use runtime::Placement;

use crate::Result;

/// Memory of devices that is taken and not used.
#[derive(Default)]
pub struct Held {
    bytes: Vec<Tensor>,
}

impl Held {
    /// All that is free but so many bytes.
    pub fn all_but(placement: &Placement, free: u64) -> Result<Self> {
        let mut bytes = Vec::new();
        for device in placement.devices() {
            let Some(memory) = device_memory(&device)? else {
                continue;
            };
            let rest = memory.free.saturating_sub(free) as usize;
            bytes.push(Tensor::zeros(rest, DType::U8, &device)?);
            device.synchronize()?;
        }
        Ok(Self { bytes })
    }

    /// Bytes of the first device that others' tensors took at most since the last stage began, and with what was freed and
    /// kept: of a run that found no memory.
    pub fn most_beside(&self, placement: &Placement) -> Result<[u64; 2]> {
        let memory = tensor_memory(&placement.block_place().device)?;
        let own = self
            .bytes
            .first()
            .map_or(0, |held| held.elem_count() as u64);
        Ok([memory.most, memory.most_held].map(|most| most.saturating_sub(own)))
    }
}
