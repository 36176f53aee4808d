mod floating;
mod palette;
mod ycbcr;

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::decoder::ifd::Value;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use crate::error::Problem;
use crate::format::Format;
use crate::limits::{MAX_METADATA_BYTES, MAX_PIXELS, MAX_WORKING_BYTES};
use crate::raster::{Colour, Raster, Samples};
use crate::{guard, resolution};

/// Values of PhotometricInterpretation.
const PALETTE: u32 = 3;
const YCBCR: u32 = 6;

type Tiff<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let photometric = number(&mut open(bytes)?, Tag::PhotometricInterpretation);
    let is_palette = photometric == Some(PALETTE);
    let grey = is_palette.then(|| palette::as_grey(bytes)).flatten();
    let mut file = open(grey.as_deref().unwrap_or(bytes))?;
    let (width, height) = file.dimensions().map_err(problem)?;
    guard::check_size(width, height)?;
    let kind = Kind::of(file.colortype().map_err(problem)?, is_palette)?;
    let profile = file.get_tag_u8_vec(Tag::IccProfile).ok();
    let samples = match (
        samples(&mut file, kind, width as usize, profile.is_none())?,
        kind,
    ) {
        (Samples::Eight(indices), Kind::Palette(_)) => {
            let map = file.get_tag_u16_vec(Tag::ColorMap).map_err(problem)?;
            Samples::Eight(palette::look_up(&indices, &map)?)
        }
        (Samples::Eight(samples), _) if photometric == Some(YCBCR) => {
            Samples::Eight(ycbcr::to_rgb(samples, &mut file))
        }
        (samples, Kind::Direct { alpha: true, .. }) if has_associated_alpha(&mut file) => {
            samples.straightened(kind.channels())
        }
        (samples, _) => samples,
    };
    let (colour, alpha) = match kind {
        Kind::Direct { colour, alpha, .. } => (colour, alpha),
        Kind::Palette(_) => (Colour::Rgb, false),
    };
    let expected = width as usize * height as usize * (colour.channels() + usize::from(alpha));
    if samples.len() < expected {
        return Err(Problem::Truncated(Format::Tiff));
    }
    Ok(Raster {
        width,
        height,
        samples,
        colour,
        alpha,
        profile,
        orientation: number(&mut file, Tag::Orientation)
            .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
            .unwrap_or(Orientation::NoTransforms),
        pixels_per_inch: pixels_per_inch(&mut file),
    })
}

fn open(bytes: &[u8]) -> Result<Tiff<'_>, Problem> {
    let mut allowed = Limits::default();
    // Up to 5 channels of 16 bits; of floating-point numbers fewer pixels.
    allowed.decoding_buffer_size = MAX_PIXELS as usize * 10;
    allowed.intermediate_buffer_size = MAX_WORKING_BYTES;
    allowed.ifd_value_size = MAX_METADATA_BYTES;
    let file = Decoder::new(Cursor::new(bytes)).map_err(problem)?;
    Ok(file.with_limits(allowed))
}

/// What the samples are.
#[derive(Clone, Copy)]
enum Kind {
    Direct {
        colour: Colour,
        alpha: bool,
        bits: u8,
    },
    /// Indices of this many bits.
    Palette(u8),
}

impl Kind {
    fn of(color_type: ColorType, is_palette: bool) -> Result<Self, Problem> {
        let direct = |colour, alpha, bits| Kind::Direct {
            colour,
            alpha,
            bits,
        };
        Ok(match color_type {
            ColorType::Gray(bits @ (1 | 2 | 4 | 8)) if is_palette => Kind::Palette(bits),
            ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16 | 32 | 64)) => {
                direct(Colour::Grey, false, bits)
            }
            ColorType::GrayA(bits @ (8 | 16 | 32 | 64))
            | ColorType::Multiband {
                bit_depth: bits @ (8 | 16 | 32 | 64),
                num_samples: 2,
            } => direct(Colour::Grey, true, bits),
            ColorType::RGB(bits @ (8 | 16 | 32 | 64)) => direct(Colour::Rgb, false, bits),
            ColorType::RGBA(bits @ (8 | 16 | 32 | 64)) => direct(Colour::Rgb, true, bits),
            ColorType::YCbCr(8) => direct(Colour::Rgb, false, 8),
            ColorType::CMYK(bits @ (8 | 16)) => direct(Colour::Cmyk, false, bits),
            ColorType::CMYKA(bits @ (8 | 16)) => direct(Colour::Cmyk, true, bits),
            other => return Err(Problem::unsupported(Format::Tiff, name(other))),
        })
    }

    fn channels(self) -> usize {
        match self {
            Kind::Direct { colour, alpha, .. } => colour.channels() + usize::from(alpha),
            Kind::Palette(_) => 1,
        }
    }

    fn bits(self) -> u8 {
        match self {
            Kind::Direct { bits, .. } | Kind::Palette(bits) => bits,
        }
    }
}

fn name(color_type: ColorType) -> String {
    let kind = match color_type {
        ColorType::Gray(_) => "grey",
        ColorType::RGB(_) | ColorType::RGBA(_) => "RGB",
        ColorType::CMYK(_) | ColorType::CMYKA(_) => "CMYK",
        ColorType::YCbCr(_) => "YCbCr",
        ColorType::Lab(_) => "Lab",
        _ => "multichannel",
    };
    format!("{kind} with {} bits a channel", color_type.bit_depth())
}

/// The file's samples, interleaved, one in each element. Of floating-point ones `linear` tells that they are light.
fn samples(file: &mut Tiff, kind: Kind, width: usize, linear: bool) -> Result<Samples, Problem> {
    let mut data = DecodingResult::U8(Vec::new());
    let layout = file.read_image_to_buffer(&mut data).map_err(problem)?;
    if data.as_buffer(0).byte_len() < layout.complete_len {
        return Err(Problem::TooMuchMemory(Format::Tiff));
    }
    let stride = layout.plane_stride.map_or(1, usize::from);
    let planes = if layout.planes > 1 {
        kind.channels()
    } else {
        1
    };
    match data {
        DecodingResult::U8(data) if kind.bits() < 8 => {
            let scale = matches!(kind, Kind::Direct { .. });
            Ok(Samples::Eight(unpack(&data, kind.bits(), width, scale)))
        }
        DecodingResult::U8(data) => Ok(Samples::Eight(interleave(data, stride, planes))),
        DecodingResult::U16(data) => Ok(Samples::Sixteen(interleave(data, stride / 2, planes))),
        DecodingResult::U32(data) => {
            let data = data.into_iter().map(|value| (value >> 16) as u16).collect();
            Ok(Samples::Sixteen(interleave(data, stride / 4, planes)))
        }
        data => {
            let curve = floating::Curve { linear, kind };
            let samples = match data {
                DecodingResult::F16(data) => {
                    curve.to_sixteen(interleave(data, stride / 2, planes), f32::from)
                }
                DecodingResult::F32(data) => {
                    curve.to_sixteen(interleave(data, stride / 4, planes), |value| value)
                }
                DecodingResult::F64(data) => {
                    curve.to_sixteen(interleave(data, stride / 8, planes), |value| value as f32)
                }
                _ => return Err(Problem::unsupported(Format::Tiff, "signed samples")),
            };
            Ok(Samples::Sixteen(samples))
        }
    }
}

/// Rows of whole bytes, most significant bits first, to one sample in each byte; `scale` makes the largest 255.
fn unpack(data: &[u8], bits: u8, width: usize, scale: bool) -> Vec<u8> {
    let mask = u8::MAX >> (8 - bits);
    let factor = if scale { u8::MAX / mask } else { 1 };
    data.chunks_exact((width * usize::from(bits)).div_ceil(8))
        .flat_map(|row| {
            row.iter()
                .flat_map(|byte| (1..=8 / bits).map(move |n| (byte >> (8 - n * bits)) & mask))
                .take(width)
        })
        .map(|value| value * factor)
        .collect()
}

/// Planes one after another to pixels; one plane is returned as it is. Planes beyond `planes` are dropped.
fn interleave<S: Copy>(data: Vec<S>, stride: usize, planes: usize) -> Vec<S> {
    if planes == 1 {
        return data;
    }
    (0..stride)
        .flat_map(|at| (0..planes).map(move |plane| plane * stride + at))
        .filter_map(|at| data.get(at).copied())
        .collect()
}

/// ExtraSamples 1: the colours are already multiplied by alpha.
fn has_associated_alpha(file: &mut Tiff) -> bool {
    file.get_tag_u16_vec(Tag::ExtraSamples)
        .is_ok_and(|extra| extra.first() == Some(&1))
}

fn pixels_per_inch(file: &mut Tiff) -> Option<f64> {
    let resolution = match file.find_tag(Tag::XResolution).ok().flatten()? {
        Value::Rational(over, under) => f64::from(over) / f64::from(under),
        _ => return None,
    };
    let unit = number(file, Tag::ResolutionUnit).unwrap_or(2);
    resolution::from_tiff_unit(resolution, unit)
}

fn number(file: &mut Tiff, tag: Tag) -> Option<u32> {
    file.find_tag_unsigned(tag).ok().flatten()
}

fn problem(error: TiffError) -> Problem {
    match error {
        TiffError::LimitsExceeded | TiffError::IntSizeError => Problem::TooMuchMemory(Format::Tiff),
        TiffError::UnsupportedError(what) => Problem::unsupported(Format::Tiff, what),
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Problem::Truncated(Format::Tiff)
        }
        error => Problem::damaged(Format::Tiff, &error),
    }
}
