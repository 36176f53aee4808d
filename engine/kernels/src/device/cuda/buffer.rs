use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{CudaSlice, DevicePtr, DeviceRepr};
use candle_core::cuda_backend::{CudaDType, CudaDevice, CudaStorageSlice};
use candle_core::op::BackpropOp;
use candle_core::{CudaStorage, Shape, Storage, Tensor};

use crate::Result;
use crate::device::cuda::memory;
use crate::device::cuda::side;

/// A new tensor whose numbers are not set yet.
///
/// # Safety
/// All of it must be written, on the device's own stream, before it is read.
pub(crate) unsafe fn uninitialised<T: CudaDType + DeviceRepr>(
    shape: impl Into<Shape>,
    device: &CudaDevice,
) -> Result<Tensor> {
    let shape = shape.into();
    // SAFETY: the caller's promise.
    let room = || unsafe { device.alloc::<T>(shape.elem_count()) };
    let slice = memory::take(device, room)?;
    let storage = CudaStorage::wrap_cuda_slice(slice, device.clone());
    let tensor = Tensor::from_storage(Storage::Cuda(storage), shape, BackpropOp::none(), false);
    side::keep(&tensor);
    Ok(tensor)
}

/// Where a tensor's first number is on the device, in its device's address space. Valid for as long as the tensor lives;
/// work on it goes to the device's own stream, as all of candle's does, or to the one beside it.
pub(crate) fn address<T: CudaDType + DeviceRepr>(tensor: &Tensor) -> Result<u64> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cuda(storage) = &*storage else {
        candle_core::bail!("a tensor is not on a CUDA device");
    };
    let slice = storage.as_cuda_slice::<T>()?;
    let stream = storage.device().cuda_stream();
    let (pointer, _read) = slice.device_ptr(&stream);
    Ok(pointer + (layout.start_offset() * size_of::<T>()) as u64)
}

/// The same of a tensor of any type that the model has.
pub(crate) fn address_of_any(tensor: &Tensor) -> Result<u64> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cuda(storage) = &*storage else {
        candle_core::bail!("a tensor is not on a CUDA device");
    };
    let start = match &storage.slice {
        CudaStorageSlice::U8(slice) => start(slice),
        CudaStorageSlice::U32(slice) => start(slice),
        CudaStorageSlice::I32(slice) => start(slice),
        CudaStorageSlice::BF16(slice) => start(slice),
        CudaStorageSlice::F16(slice) => start(slice),
        CudaStorageSlice::F32(slice) => start(slice),
        CudaStorageSlice::F8E4M3(slice) => start(slice),
        _ => candle_core::bail!("no tensor has the type {:?}", tensor.dtype()),
    };
    Ok(start + (layout.start_offset() * tensor.dtype().size_in_bytes()) as u64)
}

fn start<T>(slice: &CudaSlice<T>) -> u64 {
    let (start, _read) = slice.device_ptr(slice.stream());
    start
}

/// The device of a tensor that is on one.
pub(crate) fn device(tensor: &Tensor) -> Result<CudaDevice> {
    Ok(tensor.device().as_cuda_device()?.clone())
}
