use candle_core::Device;

use crate::Result;

/// Keeps the thread that gives work to devices a few pieces ahead of them at most: enough that they never wait, and little
/// enough work, by what the pieces took so far, that who stops giving more has them idle soon.
#[derive(Default)]
pub struct Pace {
    /// By the devices' numbers.
    #[cfg(feature = "cuda")]
    pieces: std::collections::BTreeMap<usize, crate::device::cuda::pace::Pieces>,
}

impl Pace {
    /// Ends a piece of work on a device; waits while too much is not done.
    pub fn keep(&mut self, device: &Device) -> Result<()> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            let number = device.cuda_stream().context().ordinal();
            return self.pieces.entry(number).or_default().end(device);
        }
        // A processor is done when it returns.
        let _ = device;
        Ok(())
    }
}
