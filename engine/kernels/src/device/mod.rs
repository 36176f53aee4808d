//! What a device has: memory, ways to it, its speed, and what its time goes to.

#[cfg(feature = "cuda")]
pub(crate) mod cuda;
pub(crate) mod memory;
mod pace;
mod profile;
mod rates;
mod transfer;
mod upload;

pub use memory::{
    DeviceMemory, TensorMemory, cuda_count, cuda_devices, device_memory, is_out_of_memory,
    keep_freed, reset_peak, return_freed, tensor_memory,
};
pub use pace::Pace;
pub use profile::{KernelTime, Profile, begin_profile, end_profile, missing_profiler};
pub use rates::{DeviceForm, DeviceRates, are_linked, device_rates};
pub use transfer::{HostTensors, Ring};
pub use upload::Uploads;
