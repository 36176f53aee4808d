use image::metadata::Orientation;
use jxl_oxide::image::ExtraChannelType;
use jxl_oxide::{AllocTracker, AuxBoxData, InitializeResult, JxlImage, PixelFormat};

use crate::error::Problem;
use crate::format::Format;
use crate::limits::{MAX_DECODER_BYTES, MAX_WORKING_BYTES};
use crate::raster::{Colour, Raster, Samples};
use crate::{guard, resolution};

/// What the decoder may hold for each pixel: five channels of 4 bytes, in four stages of its work.
const BYTES_FOR_A_PIXEL: u64 = 80;

/// The first picture, right side up.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let memory = AllocTracker::with_limit(MAX_WORKING_BYTES);
    let mut header = JxlImage::builder()
        .alloc_tracker(memory.clone())
        .build_uninit();
    let read = header.feed_bytes(bytes).map_err(problem)?;
    let mut image = match header.try_init().map_err(problem)? {
        InitializeResult::Initialized(image) => image,
        InitializeResult::NeedMoreData(_) => return Err(Problem::Truncated(Format::JpegXl)),
    };
    let (width, height) = (image.width(), image.height());
    guard::check_size(width, height)?;
    let pixels = width as usize * height as usize;
    let allowed = (pixels as u64 * BYTES_FOR_A_PIXEL).min(MAX_DECODER_BYTES);
    memory.expand_limit(allowed as usize);
    image.feed_bytes(&bytes[read..]).map_err(problem)?;
    image.finalize().map_err(problem)?;
    if !image.is_loading_done() {
        return Err(Problem::Truncated(Format::JpegXl));
    }

    let (colour, alpha) = match image.pixel_format() {
        PixelFormat::Gray => (Colour::Grey, false),
        PixelFormat::Graya => (Colour::Grey, true),
        PixelFormat::Rgb => (Colour::Rgb, false),
        PixelFormat::Rgba => (Colour::Rgb, true),
        PixelFormat::Cmyk | PixelFormat::Cmyka => {
            return Err(Problem::unsupported(Format::JpegXl, "CMYK colours"));
        }
    };
    let channels = colour.channels() + usize::from(alpha);
    let rendered = image.render_frame(0).map_err(problem)?;
    let mut stream = rendered.stream();
    let found = (stream.width(), stream.height(), stream.channels() as usize);
    if found != (width, height, channels) {
        return Err(Problem::unsupported(
            Format::JpegXl,
            "a first picture that is smaller than the whole",
        ));
    }
    let metadata = &image.image_header().metadata;
    let samples = if metadata.bit_depth.bits_per_sample() > 8 {
        let mut samples = vec![0_u16; pixels * channels];
        stream.write_to_buffer(&mut samples);
        Samples::Sixteen(samples)
    } else {
        let mut samples = vec![0_u8; pixels * channels];
        stream.write_to_buffer(&mut samples);
        Samples::Eight(samples)
    };
    let multiplied = metadata.ec_info.iter().any(|channel| {
        matches!(
            channel.ty,
            ExtraChannelType::Alpha {
                alpha_associated: true
            }
        )
    });
    Ok(Raster {
        width,
        height,
        samples: if multiplied {
            samples.straightened(channels)
        } else {
            samples
        },
        colour,
        alpha,
        profile: Some(image.rendered_icc()),
        orientation: Orientation::NoTransforms,
        pixels_per_inch: pixels_per_inch(&image),
    })
}

fn pixels_per_inch(image: &JxlImage) -> Option<f64> {
    match image.aux_boxes().first_exif().ok()? {
        AuxBoxData::Data(exif) => resolution::from_exif(exif.payload()),
        _ => None,
    }
}

fn problem(error: Box<dyn std::error::Error + Send + Sync>) -> Problem {
    // The decoder's errors are known only by what they say.
    if error.to_string().contains("failed to allocate") {
        return Problem::TooMuchMemory(Format::JpegXl);
    }
    Problem::damaged(Format::JpegXl, error.as_ref())
}
