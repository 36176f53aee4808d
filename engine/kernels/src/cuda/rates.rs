use candle_core::cuda_backend::cudarc::driver::sys::CUdevice_attribute as Attribute;
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::{DeviceForm, Result};

pub(crate) fn form(device: &CudaDevice) -> Result<DeviceForm> {
    let stream = device.cuda_stream();
    let context = stream.context();
    let number = |attribute| context.attribute(attribute).w();
    // In kHz.
    let clock = |attribute| Ok::<_, candle_core::Error>(1e3 * f64::from(number(attribute)?));
    Ok(DeviceForm {
        capability: context.compute_capability().w()?,
        is_geforce: context.name().w()?.contains("GeForce"),
        multiprocessors: number(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
        clock: clock(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?,
        memory_clock: clock(Attribute::CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE)?,
        memory_bits: number(Attribute::CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH)?,
    })
}
