use std::collections::VecDeque;

use candle_core::cuda_backend::cudarc::driver::CudaEvent;
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::Result;

/// The ends of the pieces that are under way.
#[derive(Default)]
pub(crate) struct Pieces(VecDeque<CudaEvent>);

impl Pieces {
    pub fn end(&mut self, device: &CudaDevice, ahead: usize) -> Result<()> {
        let stream = device.cuda_stream();
        let end = stream.record_event(None);
        self.0.push_back(end.w()?);
        while self.0.len() > ahead
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.synchronize().w()?;
        }
        Ok(())
    }
}
