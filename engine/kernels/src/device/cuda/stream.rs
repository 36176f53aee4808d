use std::ops::Deref;
use std::sync::Arc;

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::result::stream::{self, StreamKind};
use candle_core::cuda_backend::cudarc::driver::{CudaContext, CudaStream};

use crate::Result;

/// A stream that waits for no other. It is not made by cudarc, which would begin to track each tensor's use by events as
/// soon as it had a second stream.
pub(crate) struct OwnStream(Arc<CudaStream>);

impl OwnStream {
    pub fn new(context: &Arc<CudaContext>) -> Result<Self> {
        context.bind_to_thread().w()?;
        let stream = stream::create(StreamKind::NonBlocking).w()?;
        // SAFETY: the stream was just made in this context and is destroyed when this, its only owner, is dropped.
        Ok(Self(unsafe { context.wrap_borrowed_stream(stream) }))
    }
}

impl Deref for OwnStream {
    type Target = Arc<CudaStream>;

    /// Not to be kept longer than the owner.
    fn deref(&self) -> &Arc<CudaStream> {
        &self.0
    }
}

impl Drop for OwnStream {
    /// Waits, because what it works with may be freed next.
    fn drop(&mut self) {
        if self.0.context().bind_to_thread().is_ok() {
            let _ = self.0.synchronize();
            // SAFETY: made in `new`; no wrapper outlives its owner.
            let _ = unsafe { stream::destroy(self.0.cu_stream()) };
        }
    }
}
