//! A layer at the source's size.

use std::ops::Range;

use image::RgbaImage;
use pixels::visible_rect;
use rayon::prelude::*;

use super::guided_filter::{Cell, Fit, Guide, Position, REACH, guide_color, refined_alpha};
use super::resample::{self, Enlarger};
use super::{Pixel, set_alpha};
use crate::{CancelToken, EngineError};

/// Rows that one thread makes at a time: few enough to stay in its cache, many beside the filter's reach, which is
/// worked out again for each band.
const BAND_ROWS: usize = 128;

/// From one size to the source's; one for all layers.
pub(super) struct Enlargement<'a> {
    source: &'a RgbaImage,
    /// `None` where the layers are finer than the source: then resampling leaves nothing to refine.
    guide: Option<Guide>,
    /// Where the source's columns and rows lie in the layers.
    columns: Vec<Position>,
    rows: Vec<Position>,
}

impl<'a> Enlargement<'a> {
    pub(super) fn new(source: &'a RgbaImage, width: u32, height: u32) -> Result<Self, EngineError> {
        let finer = width >= source.width() && height >= source.height();
        let guide = match finer {
            true => None,
            false => Some(Guide::new(resample::reduce(source, width, height)?)),
        };
        Ok(Self {
            source,
            guide,
            columns: Position::all(width as usize, source.width() as usize),
            rows: Position::all(height as usize, source.height() as usize),
        })
    }

    /// The layer resampled and refined. What it cannot reach is never written, and so takes no memory.
    pub(super) fn of(
        &self,
        layer: &RgbaImage,
        cancel: &CancelToken,
    ) -> Result<RgbaImage, EngineError> {
        cancel.check()?;
        let (width, height) = self.source.dimensions();
        let mut large = RgbaImage::new(width, height);
        let Some(rect) = visible_rect(layer) else {
            return Ok(large);
        };
        let columns = reached(rect.left, rect.width, layer.width(), width);
        let rows = reached(rect.top, rect.height, layer.height(), height);
        let enlarger = Enlarger::new(layer, width, height)?;
        let row_bytes = (width as usize * 4).max(1);
        let bytes: &mut [u8] = &mut large;
        bytes[rows.start * row_bytes..rows.end * row_bytes]
            .par_chunks_mut(row_bytes * BAND_ROWS)
            .zip(rows.into_par_iter().step_by(BAND_ROWS))
            .try_for_each(|(band, top)| -> Result<(), EngineError> {
                cancel.check()?;
                enlarger.write(&columns, top, band)?;
                if let Some(guide) = &self.guide {
                    self.refine(guide, layer, columns.clone(), top, band);
                }
                Ok(())
            })?;
        Ok(large)
    }

    /// Refines the alphas of the rows from `top` on that `band` holds.
    fn refine(
        &self,
        guide: &Guide,
        layer: &RgbaImage,
        columns: Range<usize>,
        top: usize,
        band: &mut [u8],
    ) {
        let width = self.columns.len();
        let source = &self.source.as_chunks().0[top * width..];
        let band = band.as_chunks_mut().0;
        let rows = &self.rows[top..][..band.len() / width];
        let fit = guide.fit(layer, rows[0].first..rows[rows.len() - 1].second + 1);
        for ((row, pixels), source) in rows
            .iter()
            .zip(band.chunks_mut(width))
            .zip(source.chunks(width))
        {
            self.refine_row(
                &fit,
                *row,
                columns.start,
                &mut pixels[columns.clone()],
                &source[columns.clone()],
            );
        }
    }

    /// Refines the pixels from column `left` on.
    fn refine_row(
        &self,
        fit: &Fit,
        row: Position,
        left: usize,
        mut pixels: &mut [Pixel],
        mut source: &[Pixel],
    ) {
        let columns = &self.columns[left..][..pixels.len()];
        // Pixels between the same two columns of the model's grid.
        for span in columns.chunk_by(|a, b| a.first == b.first) {
            let (here, rest) = pixels.split_at_mut(span.len());
            let (colors, source_rest) = source.split_at(span.len());
            (pixels, source) = (rest, source_rest);
            let here = here.iter_mut().zip(colors);
            match fit.cell(row, span[0]) {
                Cell::Clear => here.for_each(|(pixel, _)| pixel[3] = 0),
                Cell::Opaque => here.for_each(|(pixel, &source)| set_alpha(pixel, 1.0, source)),
                Cell::Mixed(left, right) => {
                    for ((pixel, &source), column) in here.zip(span) {
                        let alpha = refined_alpha(&left, &right, guide_color(source), *column);
                        set_alpha(pixel, alpha, source);
                    }
                }
            }
        }
    }
}

/// The pixels of an axis of `large` that a layer may touch whose visible part is `length` from `start` on, of `small`.
fn reached(start: u32, length: u32, small: u32, large: u32) -> Range<usize> {
    let (small, large) = (f64::from(small), f64::from(large));
    let reach = (REACH as f64).max(resample::reach(small / large));
    let from = (f64::from(start) - reach).max(0.0) * large / small;
    let to = (f64::from(start + length) + reach).min(small) * large / small;
    from.floor() as usize..(to.ceil().min(large)) as usize
}
