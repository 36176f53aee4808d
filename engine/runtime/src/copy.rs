use candle_core::{Device, Tensor};
use kernels::Rotation;

use crate::Result;

/// A tensor on a device. From one GPU to another it goes through the computer's memory: a direct copy is ordered by
/// neither GPU's stream alone, so that its source could be freed too early, and not all GPUs reach each other.
pub fn copy_to(tensor: &Tensor, device: &Device) -> Result<Tensor> {
    if tensor.device().same_device(device) {
        return Ok(tensor.clone());
    }
    Ok(tensor.to_device(&Device::Cpu)?.to_device(device)?)
}

pub fn copy_rotation_to(rotation: &Rotation, device: &Device) -> Result<Rotation> {
    Ok(Rotation {
        cos: copy_to(&rotation.cos, device)?,
        sin: copy_to(&rotation.sin, device)?,
    })
}
