//! A picture from its parts: tiles side by side, colours and alpha.

use zenavif_parse::{AvifParser, GridConfig};

use super::{av1, damaged, picture, planes};
use crate::error::Problem;
use crate::guard;
use crate::raster::{Raster, Samples};

/// A picture of several items, row by row; the last ones may reach beyond its edges.
pub(super) fn tiles(file: &AvifParser<'_>, grid: &GridConfig) -> Result<Raster, Problem> {
    let (columns, rows) = (u32::from(grid.columns), u32::from(grid.rows));
    let first = picture(file, file.tile_data(0))?;
    let across = first.width.saturating_mul(columns);
    let down = first.height.saturating_mul(rows);
    let (width, height) = match (grid.output_width, grid.output_height) {
        (0, _) | (_, 0) => (across, down),
        given => given,
    };
    guard::check_size(width, height)?;
    if across < width || down < height {
        return Err(damaged("its tiles do not cover it"));
    }
    let count = width as usize * height as usize * first.colour.channels();
    let mut whole = Raster {
        width,
        height,
        samples: match first.samples {
            Samples::Eight(_) => Samples::Eight(vec![0; count]),
            Samples::Sixteen(_) => Samples::Sixteen(vec![0; count]),
        },
        ..first
    };
    for index in 0..columns * rows {
        let tile = picture(file, file.tile_data(index as usize))?;
        let alike =
            (tile.width, tile.height) == (first.width, first.height) && tile.colour == whole.colour;
        let corner = [
            index % columns * first.width,
            index / columns * first.height,
        ];
        if !alike || !paste(&mut whole, &tile, corner) {
            return Err(damaged("its tiles differ"));
        }
    }
    Ok(whole)
}

/// False where the samples are of different kinds.
fn paste(whole: &mut Raster, tile: &Raster, [left, top]: [u32; 2]) -> bool {
    let channels = whole.colour.channels();
    let in_row = |width: u32| width as usize * channels;
    let kept = in_row(tile.width.min(whole.width.saturating_sub(left)));
    let starts = (top..whole.height).map(|y| in_row(whole.width) * y as usize + in_row(left));
    match (&mut whole.samples, &tile.samples) {
        (Samples::Eight(into), Samples::Eight(from)) => {
            copy_rows(into, starts, from.chunks_exact(in_row(tile.width)), kept);
        }
        (Samples::Sixteen(into), Samples::Sixteen(from)) => {
            copy_rows(into, starts, from.chunks_exact(in_row(tile.width)), kept);
        }
        _ => return false,
    }
    true
}

fn copy_rows<'a, S: Copy + 'a>(
    into: &mut [S],
    starts: impl Iterator<Item = usize>,
    rows: impl Iterator<Item = &'a [S]>,
    kept: usize,
) {
    for (start, row) in starts.zip(rows) {
        if let Some(into) = into.get_mut(start..start + kept) {
            into.copy_from_slice(&row[..kept]);
        }
    }
}

pub(super) fn with_alpha(opaque: Raster, alpha: &av1::Frame) -> Result<Raster, Problem> {
    if (alpha.width(), alpha.height()) != (opaque.width, opaque.height) {
        return Err(damaged("its alpha is of another size"));
    }
    let channels = opaque.colour.channels();
    let samples = match opaque.samples {
        Samples::Eight(colours) => Samples::Eight(joined(
            &colours,
            channels,
            planes::light_of(alpha, planes::to_eight),
        )),
        Samples::Sixteen(colours) => Samples::Sixteen(joined(
            &colours,
            channels,
            planes::light_of(alpha, planes::to_sixteen),
        )),
    };
    Ok(Raster {
        samples,
        alpha: true,
        ..opaque
    })
}

fn joined<S: Copy>(colours: &[S], channels: usize, alpha: Vec<S>) -> Vec<S> {
    let mut out = Vec::new();
    out.reserve_exact(colours.len() + alpha.len());
    for (colour, alpha) in colours.chunks_exact(channels).zip(alpha) {
        out.extend_from_slice(colour);
        out.push(alpha);
    }
    out
}
