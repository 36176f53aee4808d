use std::sync::Arc;

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::result;
use candle_core::cuda_backend::cudarc::driver::result::stream::StreamKind;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, CudaStream};

use crate::Result;

/// A stream that waits for no other. It is not made by cudarc, which would begin to track each tensor's use by events as
/// soon as it had a second stream.
pub(super) struct SideStream(Arc<CudaStream>);

impl SideStream {
    pub fn new(context: &Arc<CudaContext>) -> Result<Self> {
        context.bind_to_thread().w()?;
        let stream = result::stream::create(StreamKind::NonBlocking).w()?;
        // SAFETY: the stream was just made in this context and is destroyed when this, its only owner, is dropped.
        Ok(Self(unsafe { context.wrap_borrowed_stream(stream) }))
    }

    pub fn get(&self) -> &CudaStream {
        &self.0
    }
}

impl Drop for SideStream {
    /// Waits, because what it works on is freed next.
    fn drop(&mut self) {
        if self.0.context().bind_to_thread().is_ok() {
            let _ = self.0.synchronize();
            // SAFETY: made in `new`; no copy of the wrapper leaves this file.
            let _ = unsafe { result::stream::destroy(self.0.cu_stream()) };
        }
    }
}
