use std::collections::VecDeque;
use std::time::{Duration, Instant};

use candle_core::cuda_backend::cudarc::driver::CudaEvent;
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::Result;

/// Work that waits for the device.
const AHEAD: Duration = Duration::from_millis(150);
const MOST_PIECES: f64 = 8.0;
/// The one that runs and one that waits.
const LEAST_PIECES: f64 = 2.0;

/// The ends of the pieces that are under way.
#[derive(Default)]
pub(crate) struct Pieces {
    ends: VecDeque<CudaEvent>,
    /// When the last one ended that was waited for, and what such a piece takes.
    ended: Option<Instant>,
    length: Option<Duration>,
}

impl Pieces {
    pub fn end(&mut self, device: &CudaDevice) -> Result<()> {
        let stream = device.cuda_stream();
        let end = stream.record_event(None);
        self.ends.push_back(end.w()?);
        while self.ends.len() > self.most()
            && let Some(oldest) = self.ends.pop_front()
        {
            oldest.synchronize().w()?;
            let now = Instant::now();
            self.length = self.ended.map(|last| now - last);
            self.ended = Some(now);
        }
        Ok(())
    }

    fn most(&self) -> usize {
        let most = self.length.map_or(LEAST_PIECES, |length| {
            AHEAD.as_secs_f64() / length.as_secs_f64()
        });
        most.clamp(LEAST_PIECES, MOST_PIECES) as usize
    }
}
