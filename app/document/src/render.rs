use std::borrow::Cow;

use image::RgbaImage;
use rayon::prelude::*;

use crate::resample::Resampler;
use crate::{Bounds, Pixels, Raster};

/// A layer may always be rendered whole up to this many pixels a side, the most that Photoshop opens in a PSD...
const WHOLE_SIDE: u32 = 30_000;
/// ...and this many pixels in all (256 MiB).
const WHOLE_PIXELS: u64 = 1 << 26;

/// A raster layer's pixels as they appear: transformed (resampled in premultiplied alpha), recoloured, trimmed; and
/// without the layer's opacity. An untouched layer shares its pixels. Also returns where their left and top lie.
///
/// What lies off the canvas is kept, unless the layer has been enlarged beyond all use: one larger than the canvas,
/// than its own pixels and than 30,000 pixels on a side or 2²⁶ pixels in all is cropped to the canvas.
pub fn render_layer(raster: &Raster, canvas: Bounds) -> (Pixels, i32, i32) {
    let (width, height) = (raster.pixels.width(), raster.pixels.height());
    if let Some((left, top)) = raster.transform.integer_offset(width, height)
        && raster.recolor.is_identity()
    {
        return (raster.pixels.clone(), left, top);
    }
    let bounds = rendered_bounds(raster, canvas);
    let mut image = RgbaImage::new(bounds.width(), bounds.height());
    let paint = Paint::new(raster);
    for_each_row(&mut image, bounds.top, |y, row| {
        row.copy_from_slice(&paint.row(y, bounds.left, bounds.right));
    });
    let (pixels, trimmed) = Pixels::trimmed(image, bounds.left, bounds.top);
    (pixels, trimmed.left, trimmed.top)
}

fn rendered_bounds(raster: &Raster, canvas: Bounds) -> Bounds {
    let (width, height) = (raster.pixels.width(), raster.pixels.height());
    let bounds = raster.bounds();
    let most_pixels = WHOLE_PIXELS
        .max(Bounds::new(0, 0, width, height).area())
        .max(canvas.area());
    let is_usable = bounds.width() <= WHOLE_SIDE.max(width).max(canvas.width())
        && bounds.height() <= WHOLE_SIDE.max(height).max(canvas.height())
        && bounds.area() <= most_pixels;
    if is_usable {
        bounds
    } else {
        bounds.intersection(&canvas)
    }
}

/// Calls `draw` with every row's document position and its bytes, on all processors.
pub(crate) fn for_each_row(image: &mut RgbaImage, top: i32, draw: impl Fn(i32, &mut [u8]) + Sync) {
    let row_bytes = image.width() as usize * 4;
    if row_bytes > 0 {
        image
            .par_chunks_exact_mut(row_bytes)
            .zip(top..i32::MAX)
            .for_each(|(row, y)| draw(y, row));
    }
}

/// Gives a raster's pixels as they appear in the document.
pub(crate) struct Paint<'a> {
    raster: &'a Raster,
    source: PaintSource<'a>,
}

enum PaintSource<'a> {
    /// Copied from a picture that lies here.
    Offset {
        left: i32,
        top: i32,
    },
    Resampled(Resampler<'a>),
}

impl<'a> Paint<'a> {
    pub fn new(raster: &'a Raster) -> Self {
        let source = match raster
            .transform
            .integer_offset(raster.pixels.width(), raster.pixels.height())
        {
            Some((left, top)) => PaintSource::Offset { left, top },
            None => PaintSource::Resampled(Resampler::new(raster)),
        };
        Self { raster, source }
    }

    /// The pixels of row `y` from `left` to before `right`, all within the raster's bounds.
    pub fn row(&self, y: i32, left: i32, right: i32) -> Cow<'a, [u8]> {
        let len = right.abs_diff(left) as usize * 4;
        let mut row = match &self.source {
            PaintSource::Offset { left: start, top } => {
                let image = self.raster.pixels.image();
                let first = y.abs_diff(*top) as usize * image.width() as usize
                    + left.abs_diff(*start) as usize;
                Cow::Borrowed(&image.as_raw()[first * 4..][..len])
            }
            PaintSource::Resampled(resampler) => {
                let mut row = vec![0; len];
                resampler.fill_row(y, left, &mut row);
                Cow::Owned(row)
            }
        };
        if !self.raster.recolor.is_identity() {
            self.raster.recolor.apply_to_row(row.to_mut());
        }
        row
    }
}
