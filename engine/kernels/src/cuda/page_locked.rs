use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::slice;
use std::sync::Arc;

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::result;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, sys};
use memmap2::MmapMut;
use rayon::prelude::*;

use crate::Result;

/// Touched by one thread at a time; a page where the system has large ones.
const LARGE_PAGE: usize = 2 << 20;
/// Of any page.
const SMALL_PAGE: usize = 4 << 10;

/// Memory of the computer that stays where it is, so that devices copy from and to it beside all other work.
pub(super) struct PageLocked {
    start: *mut c_void,
    length: usize,
    context: Arc<CudaContext>,
    home: Home,
}

enum Home {
    /// Memory of our own that the driver was told to lock.
    Own(#[allow(dead_code, reason = "keeps the memory")] MmapMut),
    Driver,
}

// SAFETY: page-locked memory may be used and freed from any thread.
unsafe impl Send for PageLocked {}
// SAFETY: only its owner writes to it.
unsafe impl Sync for PageLocked {}

impl PageLocked {
    /// For all devices. Its bytes are not set yet.
    pub fn new(context: &Arc<CudaContext>, length: usize) -> Result<Self> {
        context.bind_to_thread().w()?;
        let length = length.max(1);
        let (start, home) = match locked(length) {
            Some((start, memory)) => (start, Home::Own(memory)),
            // SAFETY: whoever reads it writes it first.
            None => unsafe {
                let flags = sys::CU_MEMHOSTALLOC_PORTABLE;
                (result::malloc_host(length, flags).w()?, Home::Driver)
            },
        };
        Ok(Self {
            start,
            length,
            context: context.clone(),
            home,
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

/// The driver's own allocation sets and locks small pages on one thread; large pages that all threads have touched before
/// are locked many times faster.
fn locked(length: usize) -> Option<(*mut c_void, MmapMut)> {
    let mut memory = MmapMut::map_anon(length).ok()?;
    #[cfg(target_os = "linux")]
    let _small_ones_do_too = memory.advise(memmap2::Advice::HugePage);
    memory.par_chunks_mut(LARGE_PAGE).for_each(|large| {
        for small in large.chunks_mut(SMALL_PAGE) {
            if let Some(first) = small.first_mut() {
                *first = 0;
            }
        }
    });
    let start = memory.as_mut_ptr().cast();
    // SAFETY: the memory was just mapped with this length, and is unlocked before it is unmapped.
    let status =
        unsafe { sys::cuMemHostRegister_v2(start, length, sys::CU_MEMHOSTREGISTER_PORTABLE) };
    status.result().ok()?;
    Some((start, memory))
}

impl Drop for PageLocked {
    fn drop(&mut self) {
        // An error in dropping has nobody to tell.
        if self.context.bind_to_thread().is_err() {
            return;
        }
        // SAFETY: made in `new`; whoever has a device copy from or to it waits before dropping it.
        let _ = match self.home {
            Home::Own(_) => unsafe { sys::cuMemHostUnregister(self.start) }.result(),
            Home::Driver => unsafe { result::free_host(self.start) },
        };
    }
}
