use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use document::Metadata;
use image::RgbaImage;
use png::{
    BitDepth, ColorType, Compression, Encoder, EncodingError, Info, PixelDimensions,
    SrgbRenderingIntent, Unit,
};

use crate::ExportError;
use crate::atomic_file::{AtomicFile, FinishedFile};
use crate::progress::Progress;

const METRES_PER_INCH: f64 = 0.0254;
/// PNG's own limit (section 5.5 of the specification: four bytes, not above 2^31 − 1).
const MAX_SIDE: u32 = i32::MAX as u32;
/// Rows between two reports of progress.
const BAND_ROWS: u32 = 64;

/// A picture on a larger or smaller transparent canvas.
pub struct Placed<'a> {
    pub image: &'a RgbaImage,
    /// Where the image's corner lies on the canvas; may be outside.
    pub left: i32,
    pub top: i32,
    pub canvas_width: u32,
    pub canvas_height: u32,
}

impl<'a> Placed<'a> {
    /// A canvas of the image's own size.
    pub fn alone(image: &'a RgbaImage) -> Self {
        let (canvas_width, canvas_height) = image.dimensions();
        Self {
            image,
            left: 0,
            top: 0,
            canvas_width,
            canvas_height,
        }
    }

    /// Row `y` of the canvas into `row`, which has its size.
    fn copy_row(&self, y: u32, row: &mut [u8]) {
        row.fill(0);
        let image_y = i64::from(y) - i64::from(self.top);
        if !(0..i64::from(self.image.height())).contains(&image_y) {
            return;
        }
        let (image_width, left) = (i64::from(self.image.width()), i64::from(self.left));
        let canvas_width = i64::from(self.canvas_width);
        let from = left.clamp(0, canvas_width);
        let to = (left + image_width).clamp(0, canvas_width);
        if from >= to {
            return;
        }
        let bytes = |pixels: i64| pixels as usize * 4;
        let source_from = image_y * image_width + from - left;
        let source = &self.image.as_raw()[bytes(source_from)..bytes(source_from + to - from)];
        row[bytes(from)..bytes(to)].copy_from_slice(source);
    }
}

/// A picture as the bytes of a PNG, as [`write`] would write them.
///
/// # Errors
/// When the picture has no pixels.
pub fn png_bytes(image: &RgbaImage, metadata: &Metadata) -> io::Result<Vec<u8>> {
    bytes_of(image, metadata, Compression::Fast)
}

/// Some percent longer and in two thirds of the time, for files that are saved again and again.
///
/// # Errors
/// As [`png_bytes`].
pub fn quick_png_bytes(image: &RgbaImage, metadata: &Metadata) -> io::Result<Vec<u8>> {
    bytes_of(image, metadata, Compression::Fastest)
}

fn bytes_of(
    image: &RgbaImage,
    metadata: &Metadata,
    compression: Compression,
) -> io::Result<Vec<u8>> {
    // A photograph's, so that it is hardly ever moved; what is not used is never touched.
    let mut bytes = Vec::with_capacity(image.as_raw().len() * 5 / 8);
    let mut never_stops = |_| true;
    let progress = Progress::new(0, &mut never_stops);
    let picture = Placed::alone(image);
    match encode(&mut bytes, &picture, metadata, compression, &progress) {
        Ok(()) => Ok(bytes),
        Err(Stop::Cancelled(error)) => Err(io::Error::other(error)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Writes a PNG with its profile (or as sRGB) and resolution, fast rather than as small as can be. The caller gives it its name.
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
    let mut file = BufWriter::new(Remembering {
        file: target.file(),
        failure: None,
    });
    match encode(&mut file, picture, metadata, Compression::Fast, progress) {
        Ok(()) => {}
        Err(Stop::Cancelled(error)) => return Err(error),
        Err(Stop::Failed(error)) => {
            let error = file.get_mut().failure.take().unwrap_or(error);
            return Err(ExportError::io(path, error));
        }
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
    fn from(error: EncodingError) -> Self {
        Self::Failed(error.into())
    }
}

fn encode(
    file: &mut impl Write,
    picture: &Placed,
    metadata: &Metadata,
    compression: Compression,
    progress: &Progress,
) -> Result<(), Stop> {
    let (width, height) = (picture.canvas_width, picture.canvas_height);
    let mut info = Info::with_size(width, height);
    info.icc_profile = metadata.profile.as_deref().map(Cow::Borrowed);
    let mut encoder = Encoder::with_info(&mut *file, info)?;
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    if metadata.profile.is_none() {
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    }
    encoder.set_pixel_dims(Some(dimensions(metadata.pixels_per_inch)));
    let mut writer = encoder.write_header()?;
    let mut rows = writer.stream_writer()?;
    let mut row = vec![0; width as usize * 4];
    for y in 0..height {
        picture.copy_row(y, &mut row);
        rows.write_all(&row)?;
        if y % BAND_ROWS == BAND_ROWS - 1 {
            let pixels = u64::from(width) * u64::from(BAND_ROWS);
            progress.advance(pixels).map_err(Stop::Cancelled)?;
        }
    }
    rows.finish()?;
    writer.finish()?;
    Ok(file.flush()?)
}

/// Keeps the disk's own error: `png` turns it into text, and a full disk could no longer be told from others.
struct Remembering<'a> {
    file: &'a mut File,
    failure: Option<io::Error>,
}

impl Write for Remembering<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
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
