use candle_core::{Device, Error};

/// What [`beside`] made. Until it is joined, nothing else may read it.
pub struct Beside<T> {
    made: T,
    #[cfg(feature = "cuda")]
    _side: Option<crate::cuda::beside::Side>,
}

/// Does some work while the device also does what it is given next. For operations that leave much of a GPU idle; elsewhere
/// it is simply done. It may read whatever stays as it is until [`Beside::join`].
pub fn beside<T, E: From<Error>>(
    device: &Device,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<Beside<T>, E> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        let (made, side) = crate::cuda::beside::run(device, work)?;
        return Ok(Beside { made, _side: side });
    }
    let _ = device;
    Ok(Beside {
        made: work()?,
        #[cfg(feature = "cuda")]
        _side: None,
    })
}

impl<T> Beside<T> {
    /// What the device is given from now on waits for the work.
    pub fn join(self) -> T {
        self.made
    }
}
