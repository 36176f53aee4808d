use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::Problem;
use crate::format::Format;
use crate::limits::MAX_SIDE;
use crate::raster::{Colour, Raster, Samples};
use crate::{guard, resolution};

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let survey = survey(bytes);
    // Headers are read leniently (stray bytes between segments are common and harmless), the picture strictly: a
    // lenient decoder would fill what is missing with grey.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| match survey {
        Some(_) => problem(error),
        None => Problem::Truncated(Format::Jpeg),
    })?;
    let (width, height) = decoder
        .info()
        .map(|info| (u32::from(info.width), u32::from(info.height)))
        .ok_or(Problem::NoPixels)?;
    guard::check_size(width, height)?;
    let survey = survey.ok_or(Problem::Truncated(Format::Jpeg))?;

    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let (colour, wanted) = match stored {
        ColorSpace::Luma => (Colour::Grey, ColorSpace::Luma),
        ColorSpace::CMYK | ColorSpace::YCCK => (Colour::Cmyk, stored),
        ColorSpace::YCbCr | ColorSpace::RGB => (Colour::Rgb, ColorSpace::RGB),
        other => {
            return Err(Problem::unsupported(
                Format::Jpeg,
                format!("{other:?} colours"),
            ));
        }
    };
    decoder.set_options(
        options
            .set_strict_mode(true)
            .set_max_width(MAX_SIDE as usize)
            .set_max_height(MAX_SIDE as usize)
            .jpeg_set_out_colorspace(wanted),
    );
    let mut data = vec![0; width as usize * height as usize * colour.channels()];
    decoder.decode_into(&mut data).map_err(problem)?;
    match stored {
        ColorSpace::YCCK => ycck_to_inks(&mut data),
        ColorSpace::CMYK => data.iter_mut().for_each(|value| *value = u8::MAX - *value),
        _ => {}
    }
    let exif = decoder.exif().map(Vec::as_slice);
    Ok(Raster {
        width,
        height,
        samples: Samples::Eight(data),
        colour,
        alpha: false,
        profile: decoder.icc_profile(),
        orientation: exif
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms),
        pixels_per_inch: survey
            .pixels_per_inch
            .or_else(|| exif.and_then(resolution::from_exif)),
    })
}

/// JPEGs with four channels hold light rather than ink (255 is no ink), as Photoshop has always written them and
/// every browser reads them. YCCK holds the first three as YCbCr (ITU-T T.871), which gives that light.
fn ycck_to_inks(data: &mut [u8]) {
    for pixel in data.as_chunks_mut::<4>().0 {
        let [y, cb, cr, k] = *pixel;
        let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
        let light = [
            y + 1.402 * cr,
            y - 0.344_136 * cb - 0.714_136 * cr,
            y + 1.772 * cb,
            f32::from(k),
        ];
        // `as` clamps to 0–255.
        *pixel = light.map(|light| u8::MAX - light.round() as u8);
    }
}

/// What the decoder does not tell.
struct JpegHeaders {
    pixels_per_inch: Option<f64>,
}

/// Walks the segments up to the end-of-image marker; `None` when the file ends before it.
fn survey(bytes: &[u8]) -> Option<JpegHeaders> {
    const START: u8 = 0xd8;
    const END: u8 = 0xd9;
    const JFIF: u8 = 0xe0;
    let mut pixels_per_inch = None;
    let mut at = 0;
    loop {
        // Entropy-coded data writes FF as FF 00 and may hold restart markers (D0–D7); neither begins a segment, nor do
        // the fill bytes FF and TEM (01).
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        let marker = *bytes.get(at)?;
        match marker {
            END => return Some(JpegHeaders { pixels_per_inch }),
            0xff => {}
            0 | 1 | 0xd0..=0xd7 | START => at += 1,
            _ => {
                let length = bytes.get(at + 1..at + 3)?;
                let length = usize::from(length[0]) << 8 | usize::from(length[1]);
                let segment = bytes.get(at + 1..at + 1 + length.max(2))?;
                if marker == JFIF && pixels_per_inch.is_none() {
                    pixels_per_inch = jfif_resolution(segment);
                }
                at += 1 + length.max(2);
            }
        }
    }
}

/// JFIF 1.02, page 5: length (2), "JFIF\0", version (2), unit (0 none, 1 inch, 2 cm), X density (2), Y density (2).
fn jfif_resolution(segment: &[u8]) -> Option<f64> {
    let rest = segment.get(2..)?.strip_prefix(b"JFIF\0")?;
    let density = f64::from(u16::from_be_bytes([*rest.get(3)?, *rest.get(4)?]));
    match rest.get(2)? {
        1 => resolution::plausible(density),
        2 => resolution::from_per_centimetre(density),
        _ => None,
    }
}

fn problem(error: DecodeErrors) -> Problem {
    match error {
        DecodeErrors::Unsupported(what) => Problem::unsupported(Format::Jpeg, format!("{what:?}")),
        DecodeErrors::ExhaustedData => Problem::Truncated(Format::Jpeg),
        error => Problem::damaged(Format::Jpeg, &error),
    }
}
