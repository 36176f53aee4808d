//! Brings layers to the source's size and makes their stack recompose to it.
//!
//! 1. Each layer is resampled with premultiplied alpha (`resample`).
//! 2. Each alpha is refined against the source's edges (`guided_filter`).
//! 3. At each pixel the stack gets the source's alpha (`coverage`) and then its colour (`correct_colors`).
//!
//! Layers that already have the source's size skip the first two: their alpha is as fine as the source itself.

mod correct_colors;
mod coverage;
mod guided_filter;
mod resample;

use image::RgbaImage;
use pixels::source_over;
use rayon::prelude::*;

use crate::{CancelToken, EngineError, ModelLayer, Progress, Stage};
use correct_colors::Corrector;
use coverage::match_alpha;
use guided_filter::{Fit, FitRow, Guide, Position, guide_colour};

/// Rows between two looks at the cancel token. At 4000 pixels × 8 layers a band takes some tens of milliseconds.
const BAND_ROWS: usize = 64;
/// Below this alpha, of 255, a model's colour is mostly rounding.
const COLOURLESS_ALPHA: u8 = 8;

type Pixel = [u8; 4];

/// The layers, bottom first, at the source's size, recomposing to the source. Where a layer is hidden, it stays the
/// model's; where it is seen, alone or through others, it takes its share of the difference to the source.
/// `layers` must be of one size, which may be any. Each layer and each band of rows is a step of [`Stage::Rebuild`].
pub fn rebuild(
    mut layers: Vec<ModelLayer>,
    source: &RgbaImage,
    progress: &mut dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<ModelLayer>, EngineError> {
    let same_size = layers
        .iter()
        .all(|layer| layer.image.dimensions() == source.dimensions());
    let resampled = if same_size { 0 } else { layers.len() };
    let bands = (source.height() as usize).div_ceil(BAND_ROWS);
    let steps = (resampled + bands) as u32;
    progress.report(Stage::Rebuild, 0, steps);

    let mut refinement = None;
    if !same_size {
        let mut fits = Vec::with_capacity(layers.len());
        let guide = guide_for(source, &layers)?;
        for (step, layer) in (1..).zip(&mut layers) {
            cancel.check()?;
            fits.extend(guide.as_ref().map(|guide| guide.fit(&layer.image)));
            layer.text = layer.text.take().map(|text| {
                let x = source.width() as f32 / layer.image.width() as f32;
                let y = source.height() as f32 / layer.image.height() as f32;
                text.scaled(x, y)
            });
            layer.image = resample::enlarge(&layer.image, source.width(), source.height())?;
            progress.report(Stage::Rebuild, step, steps);
        }
        refinement = guide.map(|guide| Refinement::new(&guide, fits, source));
    }

    let mut images: Vec<_> = layers.iter_mut().map(|layer| &mut *layer.image).collect();
    for band in 0..bands {
        cancel.check()?;
        rebuild_band(&mut images, source, band * BAND_ROWS, refinement.as_ref());
        progress.report(Stage::Rebuild, (resampled + band + 1) as u32, steps);
    }
    Ok(layers)
}

/// `None` where the layers are finer than the source: then resampling leaves nothing to refine.
fn guide_for(source: &RgbaImage, layers: &[ModelLayer]) -> Result<Option<Guide>, EngineError> {
    let (width, height) = layers
        .first()
        .map_or((0, 0), |layer| layer.image.dimensions());
    if width >= source.width() && height >= source.height() {
        return Ok(None);
    }
    Ok(Some(Guide::new(&resample::reduce(source, width, height)?)))
}

/// The filter's result for each layer, and where the source's rows and columns lie in it.
struct Refinement {
    fits: Vec<Fit>,
    columns: Vec<Position>,
    rows: Vec<Position>,
}

impl Refinement {
    fn new(guide: &Guide, fits: Vec<Fit>, source: &RgbaImage) -> Self {
        Self {
            fits,
            columns: Position::all(guide.width(), source.width() as usize),
            rows: Position::all(guide.height(), source.height() as usize),
        }
    }

    fn row(&self, y: usize) -> RefinementRow<'_> {
        RefinementRow {
            fits: self.fits.iter().map(|fit| fit.row(self.rows[y])).collect(),
            columns: &self.columns,
        }
    }
}

struct RefinementRow<'a> {
    fits: Vec<FitRow>,
    columns: &'a [Position],
}

impl RefinementRow<'_> {
    /// Refines one pixel of each layer.
    fn apply(&self, stack: &mut [Pixel], source: Pixel, x: usize) {
        let colour = guide_colour(source);
        for (pixel, fit) in stack.iter_mut().zip(&self.fits) {
            set_alpha(pixel, fit.alpha(colour, self.columns[x]), source);
        }
    }
}

/// A row of the source and of each layer, bottom first.
struct Row<'a> {
    y: usize,
    source: &'a [Pixel],
    layers: Vec<&'a mut [Pixel]>,
}

/// Rebuilds up to `BAND_ROWS` rows from `top` on, in parallel. `images` are the layers' bytes.
fn rebuild_band(
    images: &mut [&mut [u8]],
    source: &RgbaImage,
    top: usize,
    refinement: Option<&Refinement>,
) {
    let width = source.width() as usize;
    let band = |pixels: usize| top * width..((top + BAND_ROWS) * width).min(pixels);
    let source = source.as_chunks().0;
    let source_rows = source[band(source.len())].chunks(width);
    let mut rows: Vec<_> = (top..)
        .zip(source_rows)
        .map(|(y, source)| Row {
            y,
            source,
            layers: Vec::with_capacity(images.len()),
        })
        .collect();
    for image in images {
        let pixels = image.as_chunks_mut().0;
        let range = band(pixels.len());
        for (row, layer) in rows.iter_mut().zip(pixels[range].chunks_mut(width)) {
            row.layers.push(layer);
        }
    }
    rows.par_iter_mut()
        .for_each(|row| rebuild_row(row, refinement));
}

fn rebuild_row(row: &mut Row, refinement: Option<&Refinement>) {
    let refinement = refinement.map(|refinement| refinement.row(row.y));
    let mut corrector = Corrector::default();
    let mut stack = vec![[0; 4]; row.layers.len()];
    for (x, &source) in row.source.iter().enumerate() {
        for (pixel, layer) in stack.iter_mut().zip(&row.layers) {
            *pixel = layer[x];
        }
        if let Some(refinement) = &refinement {
            refinement.apply(&mut stack, source, x);
        }
        // An exact stack is left alone, so that a second rebuild changes nothing.
        if stack.iter().copied().fold([0; 4], source_over) != source {
            match_alpha(&mut stack, source);
            corrector.correct(&mut stack, source);
        }
        for (pixel, layer) in stack.iter().zip(&mut row.layers) {
            layer[x] = *pixel;
        }
    }
}

/// Gives a pixel an alpha from 0 to 1. Where the model gave it next to no colour, it takes the source's.
fn set_alpha(pixel: &mut Pixel, alpha: f32, source: Pixel) {
    let alpha = (alpha * 255.0).round() as u8;
    if pixel[3] < COLOURLESS_ALPHA && alpha > pixel[3] {
        *pixel = source;
    }
    pixel[3] = alpha;
}
