//! What a file may ask for at most.

use crate::error::Problem;
use crate::picture::MAX_SIDE;

/// Longest `lamina.json`: thousands of layers with their words, and reports.
pub const MAX_MANIFEST_BYTES: u64 = 64 << 20;
/// Longest ICC profile; those with tables have some megabytes.
pub const MAX_PROFILE_BYTES: u64 = 16 << 20;
/// Most pixels of a canvas, 4 GiB as RGBA.
const MAX_CANVAS_PIXELS: u64 = 1 << 30;
/// Most pixels of all pictures, 16 GiB as RGBA.
pub const MAX_PIXELS: u64 = 1 << 32;

/// Fails where a canvas is too large.
pub fn check_canvas(width: u32, height: u32) -> Result<(), Problem> {
    let area = u64::from(width) * u64::from(height);
    if width.max(height) > MAX_SIDE || area > MAX_CANVAS_PIXELS {
        return Err(Problem::TooLarge(MAX_CANVAS_PIXELS / 1_000_000));
    }
    Ok(())
}
