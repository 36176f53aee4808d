//! PNG, fast rather than as small as can be: a picture of 24 megapixels in a sixth of a second of one core, in no more bytes
//! than others' fast encoders take.

mod bands;
mod deflate;
mod filter;
mod huffman;
mod placed;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use document::Metadata;
use image::RgbaImage;
use png::{
    BitDepth, ColorType, Encoder, EncodingError, Info, PixelDimensions, SrgbRenderingIntent, Unit,
    Writer, chunk,
};
use rayon::prelude::*;

use crate::ExportError;
use crate::atomic_file::{AtomicFile, FinishedFile};
use crate::progress::Progress;
use bands::{Band, Checksum, compressed, rows_of_bands};
use filter::Filter;

pub use placed::Placed;

const METRES_PER_INCH: f64 = 0.0254;
/// PNG's own limit (section 5.5 of the specification: four bytes, not above 2^31 − 1).
const MAX_SIDE: u32 = i32::MAX as u32;
/// And that of a chunk.
const MAX_CHUNK: usize = i32::MAX as usize;
/// Of a zlib stream (RFC 1950), for any window, compressed fast.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];
/// For each thread; as many again are being written.
const BANDS_AT_ONCE: usize = 8;

/// A picture as the bytes of a PNG.
///
/// # Errors
/// When the picture has no pixels.
pub fn png_bytes(image: &RgbaImage, metadata: &Metadata) -> io::Result<Vec<u8>> {
    // A photograph's, so that it is hardly ever moved; what is not used is never touched.
    let mut bytes = Vec::with_capacity(image.as_raw().len() * 5 / 8);
    write_alone(&mut bytes, image, metadata, Filter::ALL)?;
    Ok(bytes)
}

/// Writes a picture as a PNG that is made sooner and somewhat longer, for files that are saved again and again.
///
/// # Errors
/// When the picture has no pixels, and the file's own.
pub fn write_quick_png(
    file: &mut (impl Write + Send),
    image: &RgbaImage,
    metadata: &Metadata,
) -> io::Result<()> {
    write_alone(file, image, metadata, Filter::QUICK)
}

fn write_alone(
    file: &mut (impl Write + Send),
    image: &RgbaImage,
    metadata: &Metadata,
    filters: &[Filter],
) -> io::Result<()> {
    let mut never_stops = |_| true;
    let progress = Progress::new(0, &mut never_stops);
    match encode(file, &Placed::alone(image), metadata, filters, &progress) {
        Ok(()) => Ok(()),
        Err(Stop::Cancelled(error)) => Err(io::Error::other(error)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Writes a PNG with its profile (or as sRGB) and resolution. The caller gives it its name.
pub fn write(
    path: &Path,
    picture: &Placed,
    metadata: &Metadata,
    progress: &Progress,
) -> Result<FinishedFile, ExportError> {
    let (width, height) = (picture.canvas_width, picture.canvas_height);
    if width == 0 || height == 0 || width.max(height) > MAX_SIDE {
        return Err(ExportError::CanvasSize {
            width,
            height,
            format: "PNG",
            limit: MAX_SIDE,
        });
    }
    let mut target = AtomicFile::create_waiting(path)?;
    let mut file = BufWriter::new(target.file());
    match encode(&mut file, picture, metadata, Filter::ALL, progress) {
        Ok(()) => {}
        Err(Stop::Cancelled(error)) => return Err(error),
        Err(Stop::Failed(error)) => return Err(ExportError::io(path, error)),
    }
    drop(file);
    target.finish()
}

enum Stop {
    Cancelled(ExportError),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<EncodingError> for Stop {
    /// The disk's own error stays what it is, so that a full disk can be told from others.
    fn from(error: EncodingError) -> Self {
        Self::Failed(match error {
            EncodingError::IoError(error) => error,
            error => error.into(),
        })
    }
}

fn encode(
    file: &mut (impl Write + Send),
    picture: &Placed,
    metadata: &Metadata,
    filters: &[Filter],
    progress: &Progress,
) -> Result<(), Stop> {
    let mut writer = encoder(&mut *file, picture, metadata)?.write_header()?;
    writer.write_chunk(chunk::IDAT, &ZLIB_HEADER)?;
    let rows: Vec<Range<u32>> = rows_of_bands(picture).collect();
    let compress = |rows: &Range<u32>| {
        let pixels = u64::from(picture.canvas_width) * rows.len() as u64;
        let band = compressed(picture, rows.clone(), filters);
        progress.advance(pixels).map(|()| band)
    };
    let mut checksum = Checksum::EMPTY;
    let mut ready: Vec<Band> = Vec::new();
    // Some are compressed while those before them are written.
    for next in rows.chunks(BANDS_AT_ONCE * rayon::current_num_threads().max(1)) {
        let (written, next) = rayon::join(
            || append(&mut writer, &ready),
            || next.par_iter().map(compress).collect::<Result<_, _>>(),
        );
        written?;
        ready = next.map_err(Stop::Cancelled)?;
        let sums = ready.iter().map(|band| band.checksum);
        checksum = sums.fold(checksum, Checksum::then);
    }
    append(&mut writer, &ready)?;
    let mut end = deflate::LAST.to_vec();
    end.extend(checksum.value.to_be_bytes());
    writer.write_chunk(chunk::IDAT, &end)?;
    writer.finish()?;
    Ok(file.flush()?)
}

fn append(writer: &mut Writer<impl Write>, bands: &[Band]) -> Result<(), EncodingError> {
    let mut chunks = bands
        .iter()
        .flat_map(|band| band.deflated.chunks(MAX_CHUNK));
    chunks.try_for_each(|bytes| writer.write_chunk(chunk::IDAT, bytes))
}

fn encoder<'a, W: Write>(
    file: W,
    picture: &Placed,
    metadata: &'a Metadata,
) -> Result<Encoder<'a, W>, EncodingError> {
    let mut info = Info::with_size(picture.canvas_width, picture.canvas_height);
    info.icc_profile = metadata.profile.as_deref().map(Cow::Borrowed);
    let mut encoder = Encoder::with_info(file, info)?;
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    if metadata.profile.is_none() {
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    }
    encoder.set_pixel_dims(Some(dimensions(metadata.pixels_per_inch)));
    Ok(encoder)
}

fn dimensions(pixels_per_inch: f64) -> PixelDimensions {
    let per_metre = (pixels_per_inch / METRES_PER_INCH)
        .round()
        .clamp(1.0, f64::from(MAX_SIDE)) as u32;
    PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: Unit::Meter,
    }
}
