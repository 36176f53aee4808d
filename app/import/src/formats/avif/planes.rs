//! A decoded frame's planes to interleaved samples: 8 bits stay 8, 10 and 12 become 16.

use image::metadata::Orientation;
use re_rav1d::pixel::YUVRange;
use re_rav1d::{PixelLayout, PlanarImageComponent as Component, Plane};

use super::av1::Frame;
use super::colour::{Encoding, Matrix};
use super::unsupported;
use crate::error::Problem;
use crate::raster::{Colour, Raster, Samples};

pub(super) fn to_raster(frame: &Frame, encoding: Encoding) -> Result<Raster, Problem> {
    let layout = frame.pixel_layout();
    if encoding.matrix == Matrix::Unknown {
        return Err(unsupported("its colour matrix"));
    }
    if encoding.matrix == Matrix::Identity
        && !matches!(layout, PixelLayout::I400 | PixelLayout::I444)
    {
        return Err(unsupported("RGB of which some is at half the resolution"));
    }
    let colour = match layout {
        PixelLayout::I400 => Colour::Grey,
        _ => Colour::Rgb,
    };
    let samples = if frame.bit_depth() == 8 {
        Samples::Eight(interleaved(frame, encoding, to_eight))
    } else {
        Samples::Sixteen(interleaved(frame, encoding, to_sixteen))
    };
    Ok(Raster {
        width: frame.width(),
        height: frame.height(),
        samples,
        colour,
        alpha: false,
        profile: None,
        orientation: Orientation::NoTransforms,
        pixels_per_inch: None,
    })
}

/// The light alone, as of an alpha picture.
pub(super) fn light_of<S>(frame: &Frame, sample: impl Fn(f32) -> S) -> Vec<S> {
    let range = Range::of(frame, frame.color_range() == YUVRange::Full);
    let light = Channel::new(frame, Component::Y);
    (0..frame.height() as usize)
        .flat_map(|y| light.row(y))
        .map(|value| sample(range.light(value)))
        .collect()
}

/// Of a share from 0 to 1.
pub(super) fn to_eight(share: f32) -> u8 {
    (share * 255.0 + 0.5) as u8
}

pub(super) fn to_sixteen(share: f32) -> u16 {
    (share * 65_535.0 + 0.5) as u16
}

fn interleaved<S>(frame: &Frame, encoding: Encoding, sample: impl Fn(f32) -> S) -> Vec<S> {
    let range = Range::of(frame, encoding.full_range);
    let light = Channel::new(frame, Component::Y);
    let colours = (frame.pixel_layout() != PixelLayout::I400).then(|| {
        (
            Channel::new(frame, Component::U),
            Channel::new(frame, Component::V),
        )
    });
    let channels = if colours.is_some() { 3 } else { 1 };
    let mut out = Vec::new();
    out.reserve_exact(frame.width() as usize * frame.height() as usize * channels);
    for y in 0..frame.height() as usize {
        let Some((u, v)) = &colours else {
            out.extend(light.row(y).map(|value| sample(range.light(value))));
            continue;
        };
        for ((y, u), v) in light.row(y).zip(u.row(y)).zip(v.row(y)) {
            let rgb = match encoding.matrix {
                Matrix::Identity => [range.light(v), range.light(y), range.light(u)],
                matrix => {
                    let [u, v] = [range.difference(u), range.difference(v)];
                    mixed(matrix, range.light(y), u, v)
                }
            };
            out.extend(rgb.map(|value| sample(value.clamp(0.0, 1.0))));
        }
    }
    out
}

fn mixed(matrix: Matrix, y: f32, u: f32, v: f32) -> [f32; 3] {
    match matrix {
        Matrix::YCgCo => [y - u + v, y + u, y - u - v],
        Matrix::Shares(red, blue) => {
            let r = y + 2.0 * (1.0 - red) * v;
            let b = y + 2.0 * (1.0 - blue) * u;
            [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
        }
        Matrix::Identity | Matrix::Unknown => [y; 3],
    }
}

/// What of the numbers is in use: video leaves room at both ends.
struct Range {
    black: f32,
    white: f32,
    middle: f32,
    reach: f32,
}

impl Range {
    fn of(frame: &Frame, full: bool) -> Self {
        let unit = (1_u32 << (frame.bit_depth() - 8)) as f32;
        let [black, white, reach] = if full {
            let top = 256.0 * unit - 1.0;
            [0.0, top, top]
        } else {
            [16.0, 235.0, 224.0].map(|value| value * unit)
        };
        Self {
            black,
            white,
            middle: 128.0 * unit,
            reach,
        }
    }

    fn light(&self, value: f32) -> f32 {
        ((value - self.black) / (self.white - self.black)).clamp(0.0, 1.0)
    }

    /// −0.5 to 0.5.
    fn difference(&self, value: f32) -> f32 {
        (value - self.middle) / self.reach
    }
}

/// A plane as large as the picture, whatever its own resolution.
struct Channel {
    plane: Plane,
    bytes_in_row: usize,
    wide: bool,
    width: usize,
    across: Upsampling,
    down: Upsampling,
}

impl Channel {
    fn new(frame: &Frame, component: Component) -> Self {
        let layout = frame.pixel_layout();
        let is_light = component == Component::Y;
        let half_across = !is_light && matches!(layout, PixelLayout::I420 | PixelLayout::I422);
        let half_down = !is_light && layout == PixelLayout::I420;
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        Self {
            bytes_in_row: frame.stride(component) as usize,
            plane: frame.plane(component),
            wide: frame.bit_depth() > 8,
            width,
            across: Upsampling::new(width, half_across),
            down: Upsampling::new(height, half_down),
        }
    }

    fn row(&self, y: usize) -> impl Iterator<Item = f32> + '_ {
        let (near, far) = self.down.taps(y);
        (0..self.width).map(move |x| {
            let (left, right) = self.across.taps(x);
            if (near, left) == (far, right) {
                return self.at(left, near);
            }
            let mixed = |row| 0.75 * self.at(left, row) + 0.25 * self.at(right, row);
            0.75 * mixed(near) + 0.25 * mixed(far)
        })
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        let row = y * self.bytes_in_row;
        let bytes: &[u8] = &self.plane;
        if self.wide {
            let at = row + 2 * x;
            f32::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]))
        } else {
            f32::from(bytes[row + x])
        }
    }
}

/// Which of a plane's samples a pixel lies between.
struct Upsampling {
    last: usize,
    half: bool,
}

impl Upsampling {
    fn new(pixels: usize, half: bool) -> Self {
        let samples = if half { pixels.div_ceil(2) } else { pixels };
        Self {
            last: samples.saturating_sub(1),
            half,
        }
    }

    /// The nearest one, and the next, a third as heavy. A sample lies between two pixels.
    fn taps(&self, pixel: usize) -> (usize, usize) {
        if !self.half {
            return (pixel, pixel);
        }
        let near = pixel / 2;
        let far = if pixel % 2 == 1 {
            (near + 1).min(self.last)
        } else {
            near.saturating_sub(1)
        };
        (near, far)
    }
}
