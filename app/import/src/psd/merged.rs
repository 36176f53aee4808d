//! Samples of whole pictures, and the merged picture that ends every file.

use image::metadata::Orientation;

use super::channels::{Shape, row_lengths, unpack_rows};
use super::cursor::Cursor;
use super::header::{Header, Mode};
use crate::colour::encoded;
use crate::error::Problem;
use crate::format::Format;
use crate::raster::{Colour, Raster, Samples};

/// `is_transparent` of a picture whose first channel after the colours tells where there is something.
pub fn read(cursor: Cursor, header: &Header, is_transparent: bool) -> Result<Raster, Problem> {
    let colours = header.colours();
    if header.channels < colours {
        return Err(Problem::Damaged {
            format: Format::Psd,
            detail: "a channel is missing".to_owned(),
        });
    }
    let has_white = header.depth == 8 && matches!(header.mode, Mode::Rgb | Mode::Grey);
    let has_alpha = is_transparent && has_white && header.channels > colours;
    let mut planes = planes(cursor, header, colours + usize::from(has_alpha))?;
    // All lies over white, but some programs leave any colour where there is nothing.
    if let Some(alpha) = planes.split_off(colours).first() {
        for plane in &mut planes {
            let free = plane
                .iter_mut()
                .zip(alpha)
                .filter(|(_, alpha)| **alpha == 0);
            free.for_each(|(value, _)| *value = u8::MAX);
        }
    }
    Ok(header.raster(header.shape(), planes, None))
}

fn planes(mut cursor: Cursor, header: &Header, wanted: usize) -> Result<Vec<Vec<u8>>, Problem> {
    let shape = header.shape();
    let mut planes = Vec::with_capacity(wanted);
    match cursor.u16()? {
        0 => {
            for _ in 0..wanted {
                planes.push(cursor.take(shape.bytes())?.to_vec());
            }
        }
        1 => {
            // The lengths of all channels' rows stand before the first.
            let rows = header.channels.saturating_mul(shape.height);
            let lengths = row_lengths(&mut cursor, rows, header.is_psb)?;
            for lengths in lengths.chunks_exact(shape.height).take(wanted) {
                planes.push(unpack_rows(&mut cursor, lengths, shape)?);
            }
        }
        other => {
            let detail = format!("compression {other} of the merged picture");
            return Err(Problem::unsupported(Format::Psd, detail));
        }
    }
    Ok(planes)
}

impl Header {
    pub fn shape(&self) -> Shape {
        Shape {
            width: self.width as usize,
            height: self.height as usize,
            depth: self.depth,
        }
    }

    /// A picture from its channels, each of `shape`.
    pub fn raster(&self, shape: Shape, planes: Vec<Vec<u8>>, alpha: Option<Vec<u8>>) -> Raster {
        let count = shape.width * shape.height;
        let has_alpha = alpha.is_some();
        let (colour, planes) = match self.mode {
            Mode::Rgb => (Colour::Rgb, planes),
            Mode::Grey => (Colour::Grey, planes),
            Mode::Lab => (Colour::Lab, planes),
            // Photoshop counts what is without ink.
            Mode::Cmyk => (Colour::Cmyk, planes.into_iter().map(inverted).collect()),
            Mode::Multichannel if planes.len() < 3 => (Colour::Grey, planes),
            Mode::Multichannel => {
                let mut inks: Vec<Vec<u8>> = planes.into_iter().map(inverted).collect();
                inks.resize(4, vec![0; shape.bytes()]);
                (Colour::Cmyk, inks)
            }
            Mode::Bitmap => (Colour::Grey, vec![bits(&planes, shape)]),
            Mode::Indexed => (Colour::Rgb, self.through_palette(&planes)),
        };
        let planes: Vec<Vec<u8>> = planes.into_iter().chain(alpha).collect();
        let colours = planes.len() - usize::from(has_alpha);
        let samples = match self.depth {
            16 => Samples::Sixteen(interleaved(&planes, count, |plane, index, _| {
                let pair = plane.get(index * 2..index * 2 + 2);
                pair.map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
            })),
            32 => Samples::Sixteen(interleaved(&planes, count, |plane, index, channel| {
                let four: Option<&[u8; 4]> = plane.get(index * 4..).and_then(|b| b.first_chunk());
                let value = four.map_or(0.0, |four| f32::from_be_bytes(*four));
                let value = value.clamp(0.0, 1.0);
                let shown = if channel < colours {
                    encoded(value)
                } else {
                    value
                };
                (shown * 65535.0 + 0.5) as u16
            })),
            _ => Samples::Eight(interleaved(&planes, count, |plane, index, _| {
                plane.get(index).copied().unwrap_or(0)
            })),
        };
        Raster {
            width: shape.width as u32,
            height: shape.height as u32,
            samples,
            colour,
            alpha: has_alpha,
            // Of 32 bits the samples are light, which was encoded as sRGB here.
            profile: self.profile.clone().filter(|_| self.depth != 32),
            orientation: Orientation::NoTransforms,
            pixels_per_inch: self.pixels_per_inch,
        }
    }

    fn through_palette(&self, planes: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let indices = planes.first().map_or(&[][..], Vec::as_slice);
        let channel = |offset: usize| {
            let value = |index: &u8| self.palette.get(offset + usize::from(*index)).copied();
            indices.iter().map(|i| value(i).unwrap_or(0)).collect()
        };
        [0, 256, 512].map(channel).into()
    }
}

fn inverted(mut plane: Vec<u8>) -> Vec<u8> {
    plane.iter_mut().for_each(|byte| *byte = !*byte);
    plane
}

/// A set bit is black.
fn bits(planes: &[Vec<u8>], shape: Shape) -> Vec<u8> {
    let row_bytes = shape.width.div_ceil(8);
    let rows = planes.first().map_or(&[][..], Vec::as_slice);
    let grey = |row: &[u8], x: usize| match row[x / 8] >> (7 - x % 8) & 1 {
        1 => 0,
        _ => 255,
    };
    rows.chunks_exact(row_bytes.max(1))
        .flat_map(|row| (0..shape.width).map(move |x| grey(row, x)))
        .collect()
}

fn interleaved<S>(
    planes: &[Vec<u8>],
    count: usize,
    sample: impl Fn(&[u8], usize, usize) -> S,
) -> Vec<S> {
    let mut samples = Vec::with_capacity(count * planes.len());
    for index in 0..count {
        for (channel, plane) in planes.iter().enumerate() {
            samples.push(sample(plane, index, channel));
        }
    }
    samples
}
