use candle_core::Device;

use crate::Result;

/// Keeps the thread that gives work to devices a few pieces ahead of them at most: enough that they never wait, and little
/// enough work, by what the pieces took so far, that who stops giving more has them idle soon.
#[derive(Default)]
pub struct Pace {
    #[cfg(feature = "cuda")]
    pieces: crate::cuda::pace::Pieces,
}

impl Pace {
    /// Ends a piece of work on a device; waits while too much is not done.
    pub fn keep(&mut self, device: &Device) -> Result<()> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            return self.pieces.end(device);
        }
        // A processor is done when it returns.
        let _ = device;
        Ok(())
    }
}
