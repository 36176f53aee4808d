//! What every decoder gives: samples as the file has them, and how to read them.

use image::metadata::Orientation;

/// A decoded picture before its colours are converted.
pub(crate) struct Raster {
    pub width: u32,
    pub height: u32,
    /// Row by row, interleaved: the colour's channels, then alpha where there is one.
    pub samples: Samples,
    pub colour: Colour,
    /// Straight (not premultiplied) alpha follows the colour.
    pub alpha: bool,
    /// The embedded ICC profile.
    pub profile: Option<Vec<u8>>,
    pub orientation: Orientation,
    pub pixels_per_inch: Option<f64>,
}

pub(crate) enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        match self {
            Samples::Eight(samples) => samples.len(),
            Samples::Sixteen(samples) => samples.len(),
        }
    }
}

/// What the samples mean without a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Grey,
    Rgb,
    /// The more, the more ink, as ICC profiles have it.
    Cmyk,
}

impl Colour {
    pub(crate) fn channels(self) -> usize {
        match self {
            Colour::Grey => 1,
            Colour::Rgb => 3,
            Colour::Cmyk => 4,
        }
    }
}
