use candle_core::Device;
use kernels::return_freed;

use crate::{ModelError, Result};

/// Does work that changes nothing else, and once more where the device had no memory for it: what was freed while work was
/// queued far ahead lies in pieces until the device has come so far and it is given back.
pub fn with_room<T>(device: &Device, work: impl Fn() -> Result<T>) -> Result<T> {
    match work() {
        Err(ModelError::OutOfMemory) => {
            return_freed(device)?;
            work()
        }
        other => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn only_work_that_found_no_memory_is_done_again_and_only_once() {
        let times = Cell::new(0);
        let failing = |failures: u32, error: fn() -> ModelError| {
            times.set(0);
            with_room(&Device::Cpu, || {
                times.set(times.get() + 1);
                match times.get() > failures {
                    true => Ok(()),
                    false => Err(error()),
                }
            })
        };
        assert!(failing(0, || ModelError::OutOfMemory).is_ok());
        assert_eq!(times.get(), 1);
        assert!(failing(1, || ModelError::OutOfMemory).is_ok());
        assert_eq!(times.get(), 2);
        assert!(failing(9, || ModelError::OutOfMemory).is_err());
        assert_eq!(times.get(), 2);
        assert!(failing(1, || ModelError::Cancelled).is_err());
        assert_eq!(times.get(), 1);
    }
}
