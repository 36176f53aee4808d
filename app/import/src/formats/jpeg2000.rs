use hayro_jpeg2000::{
    ColorSpace, DecodeError, DecodeSettings, DecoderContext, DecodingError, FormatError, Image,
    MarkerError, ValidationError,
};
use image::metadata::Orientation;

use crate::error::Problem;
use crate::format::Format;
use crate::guard;
use crate::limits::MAX_DECODER_BYTES;
use crate::raster::{Colour, Raster, Samples};

/// A coefficient and the value that it becomes.
const BYTES_FOR_A_SAMPLE: u64 = 8;

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let settings = DecodeSettings {
        strict: true,
        ..DecodeSettings::default()
    };
    if !is_whole(bytes) {
        return Err(Problem::Truncated(Format::Jpeg2000));
    }
    let image = Image::new(bytes, &settings).map_err(problem)?;
    let (width, height) = (image.width(), image.height());
    guard::check_size(width, height)?;
    let (colour, profile) = match image.color_space() {
        ColorSpace::Gray => (Colour::Grey, None),
        ColorSpace::RGB => (Colour::Rgb, None),
        ColorSpace::CMYK => (Colour::Cmyk, None),
        ColorSpace::Icc {
            profile,
            num_channels,
        } => (colour_of(*num_channels)?, Some(profile.clone())),
        ColorSpace::Unknown { num_channels } => (colour_of(*num_channels)?, None),
    };
    let alpha = image.has_alpha();
    let channels = colour.channels() + usize::from(alpha);
    let expected = width as usize * height as usize;
    if (expected * channels) as u64 * BYTES_FOR_A_SAMPLE > MAX_DECODER_BYTES {
        return Err(Problem::TooMuchMemory(Format::Jpeg2000));
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(problem)?;
    let components = decoded.components();
    if components.len() != channels || components.iter().any(|one| one.samples().len() != expected)
    {
        return Err(unsupported("channels of different sizes"));
    }
    Ok(Raster {
        width,
        height,
        samples: Samples::Eight(decoded.data_u8()),
        colour,
        alpha,
        profile,
        orientation: Orientation::NoTransforms,
        pixels_per_inch: None,
    })
}

fn colour_of(channels: u8) -> Result<Colour, Problem> {
    match channels {
        1 => Ok(Colour::Grey),
        3 => Ok(Colour::Rgb),
        4 => Ok(Colour::Cmyk),
        other => Err(unsupported(&format!("{other} channels of colour"))),
    }
}

/// Whether the picture's data reach their end marker, which nothing within them can look like.
fn is_whole(bytes: &[u8]) -> bool {
    const START: &[u8] = b"\xff\x4f\xff\x51";
    const END: &[u8] = b"\xff\xd9";
    let start = bytes.windows(4).position(|four| four == START);
    start.is_some_and(|start| bytes[start..].windows(2).any(|two| two == END))
}

fn problem(error: DecodeError) -> Problem {
    match error {
        DecodeError::Decoding(DecodingError::UnexpectedEof) => Problem::Truncated(Format::Jpeg2000),
        DecodeError::Validation(ValidationError::ImageTooLarge) => {
            Problem::TooMuchMemory(Format::Jpeg2000)
        }
        DecodeError::Format(FormatError::Unsupported)
        | DecodeError::Marker(MarkerError::Unsupported) => unsupported(&error.to_string()),
        error => Problem::damaged(Format::Jpeg2000, &error),
    }
}

fn unsupported(what: &str) -> Problem {
    Problem::unsupported(Format::Jpeg2000, what)
}
