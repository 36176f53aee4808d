use candle_core::cuda_backend::cudarc::driver::sys::{
    CUdevice_P2PAttribute, CUdevice_attribute as Attribute, cuDeviceGetP2PAttribute,
};
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

/// Only NVLink carries one device's atomic operations to another's memory.
pub(crate) fn are_linked(devices: &[&CudaDevice]) -> Result<bool> {
    let numbers = devices.iter().map(|device| {
        let stream = device.cuda_stream();
        stream.context().cu_device()
    });
    let numbers: Vec<_> = numbers.collect();
    for from in &numbers {
        for to in numbers.iter().filter(|to| *to != from) {
            let mut linked = 0;
            let atomics = CUdevice_P2PAttribute::CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED;
            // SAFETY: both are different devices; the answer is written by the call.
            let status = unsafe { cuDeviceGetP2PAttribute(&mut linked, atomics, *from, *to) };
            status.result().w()?;
            if linked == 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
