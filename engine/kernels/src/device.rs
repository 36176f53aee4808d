use candle_core::Device;

use crate::Result;

/// One sentence on why the fused operations do not run on a CUDA device, where they do not.
pub fn missing(device: &Device) -> Option<String> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        return crate::cuda::missing(device);
    }
    let _ = device;
    None
}

/// Waits for the device and gives the memory of dropped tensors back to its driver: until then it is kept for new tensors.
pub fn release_unused_memory(device: &Device) -> Result<()> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        return crate::cuda::release_unused_memory(device);
    }
    let _ = device;
    Ok(())
}
