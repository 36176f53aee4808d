//! Candle's tensors live in the device's memory pool (`cuMemAllocAsync`), which counts them exactly. Some virtual GPUs have no
//! pools: there memory is taken and freed at once, and nobody counts it.

use candle_core::cuda_backend::cudarc::driver::CudaContext;
use candle_core::cuda_backend::cudarc::driver::result::{device, mem_pool};
use candle_core::cuda_backend::cudarc::driver::sys::{
    CUmemPool_attribute, CUmemoryPool, cuDeviceCanAccessPeer, cuMemPoolGetAccess,
    cuMemPoolSetAccess,
};
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::{DeviceMemory, Result, TensorMemory, is_out_of_memory};

/// A device's pool.
struct Pool(CUmemoryPool);

impl Pool {
    fn of(device: &CudaDevice) -> Result<Option<Self>> {
        let stream = device.cuda_stream();
        let context = stream.context();
        context.bind_to_thread().w()?;
        if !context.has_async_alloc() {
            return Ok(None);
        }
        // SAFETY: the context's own device.
        let pool = unsafe { device::get_mem_pool(context.cu_device()) }.w()?;
        Ok(Some(Self(pool)))
    }

    fn get(&self, attribute: CUmemPool_attribute) -> Result<u64> {
        let mut value = 0u64;
        // SAFETY: the pool lives as long as its device; all attributes used here are 64 bits wide.
        unsafe { mem_pool::get_attribute(self.0, attribute, (&raw mut value).cast()) }.w()?;
        Ok(value)
    }

    /// A device of a number may read and write. Opened only once, as each opening concerns all that is in the pool.
    fn open_to(&self, number: usize) -> Result<()> {
        /// `CUmemLocation` and `CUmemAccess_flags`, together `CUmemAccessDesc`.
        const DEVICE: u32 = 1;
        const READ_AND_WRITE: u32 = 3;
        let mut location = [DEVICE, number as u32];
        let mut access = 0u32;
        // SAFETY: the pool lives as long as its device; the structure is two integers, and the answer one.
        unsafe {
            let location = location.as_mut_ptr().cast();
            cuMemPoolGetAccess((&raw mut access).cast(), self.0, location).result()
        }
        .w()?;
        if access == READ_AND_WRITE {
            return Ok(());
        }
        let access = [DEVICE, number as u32, READ_AND_WRITE];
        // SAFETY: as above; the structure is three integers, of which one is passed.
        unsafe { cuMemPoolSetAccess(self.0, access.as_ptr().cast(), 1).result() }.w()?;
        Ok(())
    }

    fn set(&self, attribute: CUmemPool_attribute, mut value: u64) -> Result<()> {
        // SAFETY: as in `get`.
        unsafe { mem_pool::set_attribute(self.0, attribute, (&raw mut value).cast()) }.w()?;
        Ok(())
    }
}

pub(crate) fn count() -> usize {
    // Loading the driver fails with a panic where there is none.
    let count = std::panic::catch_unwind(CudaContext::device_count);
    let count = count.ok().and_then(|count| count.ok());
    count.and_then(|count| count.try_into().ok()).unwrap_or(0)
}

pub(crate) fn devices() -> Vec<(String, DeviceMemory)> {
    let describe = |index: usize| -> Result<(String, DeviceMemory)> {
        let context = CudaContext::new(index).w()?;
        let (free, total) = context.mem_get_info().w()?;
        let memory = DeviceMemory {
            free: free as u64,
            kept: 0,
            total: total as u64,
        };
        Ok((context.name().w()?, memory))
    };
    (0..count())
        .map_while(|index| describe(index).ok())
        .collect()
}

pub(crate) fn memory(device: &CudaDevice) -> Result<DeviceMemory> {
    memory_with(device, Pool::of(device)?)
}

fn memory_with(device: &CudaDevice, pool: Option<Pool>) -> Result<DeviceMemory> {
    let stream = device.cuda_stream();
    let (free, total) = stream.context().mem_get_info().w()?;
    let kept = match pool {
        Some(pool) => {
            let reserved = pool.get(CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT)?;
            let used = pool.get(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?;
            reserved.saturating_sub(used)
        }
        None => 0,
    };
    Ok(DeviceMemory {
        free: free as u64 + kept,
        kept,
        total: total as u64,
    })
}

pub(crate) fn tensors(device: &CudaDevice) -> Result<TensorMemory> {
    let Some(pool) = Pool::of(device)? else {
        return Ok(TensorMemory::default());
    };
    Ok(TensorMemory {
        now: pool.get(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT)?,
        most: pool.get(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_HIGH)?,
        most_held: pool.get(CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH)?,
    })
}

/// The driver accepts 0 only, which means the present use.
pub(crate) fn reset_peak(device: &CudaDevice) -> Result<()> {
    let Some(pool) = Pool::of(device)? else {
        return Ok(());
    };
    pool.set(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_HIGH, 0)?;
    pool.set(CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH, 0)
}

/// Takes memory of a device. What was freed a moment ago belongs to work that is still queued, and lies in pieces until the
/// device has come so far: where there is no memory, it is given back first, and asked for once more.
pub(crate) fn take<T>(device: &CudaDevice, taken: impl Fn() -> Result<T>) -> Result<T> {
    match taken() {
        Err(error) if is_out_of_memory(&error) => {
            return_freed(device)?;
            taken()
        }
        other => other,
    }
}

/// Lets devices that reach each other's memory use each other's tensors. For each, the numbers of those that it reaches.
pub(crate) fn share(devices: &[CudaDevice]) -> Result<Vec<Vec<usize>>> {
    let mut reached = vec![Vec::new(); devices.len()];
    for owner in devices {
        let pool = Pool::of(owner)?;
        for (other, reached) in devices.iter().zip(&mut reached) {
            let [from, to] = [other, owner].map(|device| device.cuda_stream().context().clone());
            let mut reaches = 0;
            // SAFETY: both are devices; the answer is written by the call, 0 for one device and itself.
            let status =
                unsafe { cuDeviceCanAccessPeer(&mut reaches, from.cu_device(), to.cu_device()) };
            status.result().w()?;
            if reaches != 0
                && let Some(pool) = &pool
            {
                pool.open_to(from.ordinal())?;
                reached.push(to.ordinal());
            }
        }
    }
    Ok(reached)
}

pub(crate) fn keep_freed(device: &CudaDevice) -> Result<()> {
    let threshold = CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    Pool::of(device)?.map_or(Ok(()), |pool| pool.set(threshold, u64::MAX))
}

pub(crate) fn return_freed(device: &CudaDevice) -> Result<()> {
    device.cuda_stream().synchronize().w()?;
    if let Some(pool) = Pool::of(device)? {
        // SAFETY: the pool lives as long as its device; what is in use is kept.
        unsafe { mem_pool::trim_to(pool.0, 0) }.w()?;
    }
    Ok(())
}
