use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::slice;
use std::sync::Arc;

use candle_core::Error;
use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::result::{self, DriverError};
use candle_core::cuda_backend::cudarc::driver::{CudaContext, sys};

use crate::Result;

/// Memory of the computer that stays where it is, so that devices copy from and to it beside all other work.
pub(crate) struct PageLocked {
    start: *mut c_void,
    length: usize,
    context: Arc<CudaContext>,
}

// SAFETY: page-locked memory may be used and freed from any thread.
unsafe impl Send for PageLocked {}
// SAFETY: only its owner writes to it.
unsafe impl Sync for PageLocked {}

impl PageLocked {
    /// For all devices. Its bytes are not set yet.
    pub fn new(context: &Arc<CudaContext>, length: usize) -> Result<Self> {
        context.bind_to_thread().w()?;
        // SAFETY: whoever reads it writes it first.
        let start = unsafe { result::malloc_host(length.max(1), sys::CU_MEMHOSTALLOC_PORTABLE) };
        let start = start.map_err(|error| refusal(error, length))?;
        Ok(Self {
            start,
            length,
            context: context.clone(),
        })
    }

    /// For copies, which keep to its length.
    pub fn start(&self) -> *mut c_void {
        self.start
    }

    pub fn bytes_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: allocated in `new` with this length and borrowed as this is.
        unsafe { slice::from_raw_parts_mut(self.start.cast(), self.length) }
    }
}

/// Not to be taken for the device's own end of memory, after which more would be kept here.
fn refusal(error: DriverError, length: usize) -> Error {
    match error {
        DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY) => Error::msg(format!(
            "the computer has no {} MiB more that a GPU can read; close other programs, or let less of the model stream",
            length.div_ceil(1 << 20)
        )),
        error => Error::wrap(error),
    }
}

impl Drop for PageLocked {
    fn drop(&mut self) {
        // An error in dropping has nobody to tell.
        if self.context.bind_to_thread().is_ok() {
            // SAFETY: allocated in `new`; whoever has a device copy from or to it waits before dropping it.
            let _ = unsafe { result::free_host(self.start) };
        }
    }
}
