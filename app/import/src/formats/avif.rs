//! AVIF: a HEIF container, read by `zenavif-parse`, around AV1 pictures, decoded by rav1d.

mod assemble;
mod av1;
mod colour;
mod planes;

use image::metadata::Orientation;
use zenavif_parse::{AvifParser, Error};

use self::colour::Encoding;
use crate::error::Problem;
use crate::format::Format;
use crate::raster::Raster;
use crate::resolution;

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    if !is_whole(bytes) {
        return Err(Problem::Truncated(Format::Avif));
    }
    let file = AvifParser::from_bytes(bytes).map_err(problem)?;
    if file.clean_aperture().is_some() {
        return Err(unsupported("a clean aperture"));
    }
    let opaque = match file.grid_config() {
        Some(grid) => assemble::tiles(&file, grid)?,
        None => picture(&file, file.primary_data())?,
    };
    let picture = match file.alpha_data() {
        Some(alpha) => assemble::with_alpha(opaque, &av1::decode(&alpha.map_err(problem)?)?)?,
        None => opaque,
    };
    let samples = if file.premultiplied_alpha() && picture.alpha {
        picture.samples.straightened(picture.colour.channels() + 1)
    } else {
        picture.samples
    };
    // The EXIF orientation is for programs that do not know the container's own.
    let exif = file.exif().and_then(Result::ok);
    Ok(Raster {
        samples,
        profile: colour::profile(file.color_info()),
        orientation: orientation(&file),
        pixels_per_inch: exif.as_deref().and_then(resolution::from_exif),
        ..picture
    })
}

/// Whether no box at the top reaches beyond the end: its size (4 bytes), its kind (4), and for size 1 the size in 8.
fn is_whole(mut bytes: &[u8]) -> bool {
    while let Some(short) = bytes.first_chunk() {
        let size = match u32::from_be_bytes(*short) {
            // To the end of the file.
            0 => return true,
            1 => match bytes.get(8..16).and_then(|long| long.try_into().ok()) {
                Some(long) => u64::from_be_bytes(long),
                None => return false,
            },
            size => u64::from(size),
        };
        let next = usize::try_from(size.max(8)).ok();
        match next.and_then(|next| bytes.get(next..)) {
            Some(rest) => bytes = rest,
            None => return false,
        }
    }
    true
}

type Item<'a> = zenavif_parse::Result<std::borrow::Cow<'a, [u8]>>;

/// One item's picture, in the colours the file stores.
fn picture(file: &AvifParser<'_>, item: Item<'_>) -> Result<Raster, Problem> {
    let frame = av1::decode(&item.map_err(problem)?)?;
    let encoding = Encoding::of(file.color_info(), &frame);
    planes::to_raster(&frame, encoding)
}

/// `irot` turns counter-clockwise, then `imir` swaps top and bottom (0) or left and right (1).
fn orientation(file: &AvifParser<'_>) -> Orientation {
    let angle = file.rotation().map_or(0, |rotation| rotation.angle);
    let mirror = file.mirror().map(|mirror| mirror.axis);
    match (angle, mirror) {
        (90, None) => Orientation::Rotate270,
        (180, None) => Orientation::Rotate180,
        (270, None) => Orientation::Rotate90,
        (0, Some(0)) | (180, Some(1)) => Orientation::FlipVertical,
        (0, Some(1)) | (180, Some(0)) => Orientation::FlipHorizontal,
        (90, Some(0)) | (270, Some(1)) => Orientation::Rotate90FlipH,
        (90, Some(1)) | (270, Some(0)) => Orientation::Rotate270FlipH,
        _ => Orientation::NoTransforms,
    }
}

fn problem(error: Error) -> Problem {
    match error {
        Error::Unsupported(what) => unsupported(what),
        Error::OutOfMemory | Error::ResourceLimitExceeded(_) => {
            Problem::TooMuchMemory(Format::Avif)
        }
        Error::UnexpectedEOF => Problem::Truncated(Format::Avif),
        error => Problem::damaged(Format::Avif, &error),
    }
}

fn unsupported(what: &str) -> Problem {
    Problem::unsupported(Format::Avif, what)
}

fn damaged(detail: &str) -> Problem {
    Problem::Damaged {
        format: Format::Avif,
        detail: detail.to_owned(),
    }
}
