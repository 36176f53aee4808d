use candle_core::Device;

use crate::Result;

/// Keeps the thread that gives work to devices a few pieces ahead of them at most: enough that they never wait, and few
/// enough that who stops giving work has them idle soon.
#[derive(Default)]
pub struct Pace {
    #[cfg(feature = "cuda")]
    pieces: crate::cuda::pace::Pieces,
}

impl Pace {
    /// Ends a piece of work on a device; waits while more than `ahead` of them are not done.
    pub fn keep(&mut self, device: &Device, ahead: usize) -> Result<()> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            return self.pieces.end(device, ahead);
        }
        // A processor is done when it returns.
        let _ = (device, ahead);
        Ok(())
    }
}
