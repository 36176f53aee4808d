//! What a device's memory holds. A processor's is the computer's, which is not told here.

use candle_core::{Device, Error};

use crate::Result;
#[cfg(feature = "cuda")]
use crate::device::cuda::memory as gpu;

/// Bytes of a device's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Of all programs and this one's freed tensors: what can be taken.
    pub free: u64,
    /// Of `free`, this program's freed tensors.
    pub kept: u64,
    pub total: u64,
}

/// Bytes that this program's tensors take of a device; 0 on a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TensorMemory {
    pub now: u64,
    /// At most since [`reset_peak`].
    pub most: u64,
    /// With what was freed and is kept, at most since then.
    pub most_held: u64,
}

/// The memory of each CUDA device, and its name, by number.
pub fn cuda_devices() -> Vec<(String, DeviceMemory)> {
    #[cfg(feature = "cuda")]
    return gpu::devices();
    #[cfg(not(feature = "cuda"))]
    Vec::new()
}

/// How many CUDA devices there are. Unlike [`cuda_devices`] it opens none of them, which takes time.
pub fn cuda_count() -> usize {
    #[cfg(feature = "cuda")]
    return gpu::count();
    #[cfg(not(feature = "cuda"))]
    0
}

/// `None` on a processor.
pub fn device_memory(device: &Device) -> Result<Option<DeviceMemory>> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => gpu::memory(device).map(Some),
        _ => Ok(None),
    }
}

pub fn tensor_memory(device: &Device) -> Result<TensorMemory> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => gpu::tensors(device),
        _ => Ok(TensorMemory::default()),
    }
}

pub fn reset_peak(device: &Device) -> Result<()> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => gpu::reset_peak(device),
        _ => Ok(()),
    }
}

/// From now on freed tensors' memory stays with this program, so that the next ones cost no call of the driver.
pub fn keep_freed(device: &Device) -> Result<()> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => gpu::keep_freed(device),
        _ => Ok(()),
    }
}

/// Waits for the device and returns freed tensors' memory to it, for other programs and for libraries' own buffers.
pub fn return_freed(device: &Device) -> Result<()> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => gpu::return_freed(device),
        _ => Ok(()),
    }
}

/// Whether a device had no memory for something.
pub fn is_out_of_memory(error: &Error) -> bool {
    tells_of_no_memory(&error.to_string())
}

/// CUDA and its libraries tell it only by name.
pub(crate) fn tells_of_no_memory(text: &str) -> bool {
    let names = [
        "OUT_OF_MEMORY",
        "out of memory",
        "ALLOC_FAILED",
        "ALLOCATION_FAILED",
    ];
    names.iter().any(|name| text.contains(name))
}
