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

    /// Divides colours that are multiplied by their alpha, the last of `channels`, by it.
    pub(crate) fn straightened(self, channels: usize) -> Self {
        match self {
            Samples::Eight(data) => Samples::Eight(straightened(data, channels, 0xff)),
            Samples::Sixteen(data) => Samples::Sixteen(straightened(data, channels, 0xffff)),
        }
    }
}

fn straightened<S>(mut data: Vec<S>, channels: usize, max: u32) -> Vec<S>
where
    S: Copy + Into<u32> + TryFrom<u32>,
{
    for pixel in data.chunks_exact_mut(channels) {
        let Some((alpha, colours)) = pixel.split_last_mut() else {
            continue;
        };
        let alpha: u32 = (*alpha).into();
        for colour in colours {
            let value: u32 = (*colour).into();
            let divided = (value * max + alpha / 2).checked_div(alpha).unwrap_or(0);
            *colour = S::try_from(divided.min(max)).unwrap_or(*colour);
        }
    }
    data
}

/// What the samples mean without a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Grey,
    Rgb,
    /// The more, the more ink, as ICC profiles have it.
    Cmyk,
    /// CIE L*a*b* at D50: L* from 0 to 100, and a* and b* about the middle of their range, one to a level of 8 bits.
    Lab,
}

impl Colour {
    pub(crate) fn channels(self) -> usize {
        match self {
            Colour::Grey => 1,
            Colour::Rgb | Colour::Lab => 3,
            Colour::Cmyk => 4,
        }
    }
}
