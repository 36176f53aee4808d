use candle_core::Device;

use crate::Result;

/// What a GPU can do in a second by its maker's figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceRates {
    /// Floating-point operations of dense products in bf16, summed in f32.
    pub products: f64,
    /// Bytes of its own memory.
    pub memory: f64,
    /// Bytes from the computer's memory.
    pub bus: f64,
    /// Whether products in FP8 are faster still.
    pub has_fp8: bool,
}

/// What the driver tells of a GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceForm {
    pub capability: (i32, i32),
    /// Made for games: sums products in f32 at half the speed of cards for workstations of the same capability.
    pub is_geforce: bool,
    pub multiprocessors: i32,
    /// At most, in Hz. Memory moves two bits a line and cycle.
    pub clock: f64,
    pub memory_clock: f64,
    /// Lines to the memory.
    pub memory_bits: i32,
}

/// `None` on a processor.
pub fn device_rates(device: &Device) -> Result<Option<DeviceRates>> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(device) => {
            crate::device::cuda::rates::form(device).map(|form| Some(form.rates()))
        }
        _ => Ok(None),
    }
}

/// Whether each of these GPUs reaches the others by more than the computer's bus: by NVLink.
pub fn are_linked(devices: &[Device]) -> Result<bool> {
    #[cfg(feature = "cuda")]
    if let Ok(devices) = devices
        .iter()
        .map(Device::as_cuda_device)
        .collect::<Result<Vec<_>>>()
    {
        return crate::device::cuda::rates::are_linked(&devices);
    }
    let _ = devices;
    Ok(false)
}

impl DeviceForm {
    /// Operations of a multiprocessor in a cycle are those of NVIDIA's whitepapers (A100, GA102, AD102, H100 and GB202) and
    /// of the B200's data sheet. The bus is not told: Hopper and newer have PCIe 5, older ones 4.
    pub fn rates(&self) -> DeviceRates {
        let of_multiprocessor = match self.capability {
            (8, 0) => 2048,
            (9, _) => 4096,
            (10, _) => 8192,
            _ if self.is_geforce => 512,
            _ => 1024,
        };
        DeviceRates {
            products: f64::from(self.multiprocessors * of_multiprocessor) * self.clock,
            memory: 2.0 * self.memory_clock * f64::from(self.memory_bits) / 8.0,
            bus: if self.capability >= (9, 0) {
                63e9
            } else {
                31.5e9
            },
            has_fp8: self.capability >= (8, 9),
        }
    }
}
