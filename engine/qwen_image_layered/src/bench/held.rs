use candle_core::{DType, Tensor};
use kernels::device_memory;

use crate::Result;
use crate::placement::Placement;

/// Memory of devices that is taken and not used.
pub struct Held {
    _bytes: Vec<Tensor>,
}

impl Held {
    /// All that is free but so many bytes.
    pub fn all_but(placement: &Placement, free: u64) -> Result<Self> {
        let mut held = Vec::new();
        for device in placement.devices() {
            let Some(memory) = device_memory(&device)? else {
                continue;
            };
            let bytes = memory.free.saturating_sub(free) as usize;
            held.push(Tensor::zeros(bytes, DType::U8, &device)?);
            device.synchronize()?;
        }
        Ok(Self { _bytes: held })
    }
}
