use crate::error::Problem;
use crate::limits::{MAX_PIXELS, MAX_SIDE};

/// Refuses a picture of no pixels or too many.
pub(crate) fn check(width: u32, height: u32) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::NoPixels);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(Problem::TooManyPixels { width, height });
    }
    Ok(())
}
