use std::ops::Range;

use ocr::TextBlock;
use rayon::prelude::*;

use super::Source;
use crate::picture::Colour;

/// Descenders, outlines and shadows reach this far out of the lines, in letter heights.
pub const MARGIN: f32 = 0.45;
/// What is looked at around the lines, in letter heights.
const AROUND: f32 = 0.9;

/// The part of the picture around a block.
pub struct Zone {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<Colour>,
    pub text: Option<Vec<f32>>,
    pub backdrop: Option<Vec<Colour>>,
    /// How far a pixel is from the nearest line, in letter heights; 0 within.
    pub away: Vec<f32>,
    /// Nearer to the lines of another block.
    pub foreign: Vec<bool>,
    /// Letter height in pixels.
    pub size: f32,
}

impl Zone {
    pub fn around(source: &Source, block: &TextBlock, others: &[&TextBlock]) -> Self {
        let size = block.size.max(4.0);
        let reach = AROUND * size + 3.0;
        let corners = || block.lines.iter().flat_map(|line| line.quad);
        let span = |axis: usize, limit: usize| {
            let low = corners().fold(f32::MAX, |m, p| m.min(p[axis])) - reach;
            let high = corners().fold(f32::MIN, |m, p| m.max(p[axis])) + reach;
            let clamp = |v: f32| v.clamp(0.0, limit as f32) as usize;
            (clamp(low.floor()), clamp(high.ceil()))
        };
        let ((left, right), (top, bottom)) = (span(0, source.width), span(1, source.height));
        let (width, height) = (right - left, bottom - top);
        let rows = |y: usize| (top + y) * source.width + left..(top + y) * source.width + right;
        let all_rows = || (0..height).map(rows);
        let places = || {
            (0..width * height).into_par_iter().map(move |i| {
                [
                    (left + i % width) as f32 + 0.5,
                    (top + i / width) as f32 + 0.5,
                ]
            })
        };
        let distance = |block: &TextBlock, p: [f32; 2]| {
            block
                .lines
                .iter()
                .map(|l| outside(&l.quad, p))
                .fold(f32::MAX, f32::min)
        };
        let away: Vec<f32> = places().map(|p| distance(block, p)).collect();
        let foreign = places()
            .zip(&away)
            .map(|(p, &own)| own > 0.0 && others.iter().any(|o| distance(o, p) < own))
            .collect();
        Self {
            left,
            top,
            width,
            height,
            rgb: window(source.rgb, all_rows()),
            text: source.text.map(|text| window(text, all_rows())),
            backdrop: source.backdrop.map(|backdrop| window(backdrop, all_rows())),
            away: away.into_iter().map(|a| a / size).collect(),
            foreign,
            size,
        }
    }

    pub fn len(&self) -> usize {
        self.rgb.len()
    }

    /// Where letters, their outlines and shadows may be.
    pub fn is_near(&self, i: usize) -> bool {
        self.away[i] < MARGIN && !self.foreign[i]
    }
}

fn window<T: Copy>(of: &[T], rows: impl Iterator<Item = Range<usize>>) -> Vec<T> {
    rows.flat_map(|row| of[row].iter().copied()).collect()
}

/// How far a point is from a rectangle in any direction.
fn outside(quad: &[[f32; 2]; 4], p: [f32; 2]) -> f32 {
    let [a, b, _, d] = *quad;
    let axis = |to: [f32; 2]| {
        let side = [to[0] - a[0], to[1] - a[1]];
        let length = side[0].hypot(side[1]).max(1e-3);
        let at = ((p[0] - a[0]) * side[0] + (p[1] - a[1]) * side[1]) / length;
        (-at).max(at - length).max(0.0)
    };
    axis(b).hypot(axis(d))
}

/// Grown by `by` pixels in each direction.
pub fn dilated(width: usize, mask: &[bool], by: usize) -> Vec<bool> {
    let height = mask.len() / width.max(1);
    let across: Vec<bool> = (0..mask.len())
        .map(|i| {
            let (x, row) = (i % width, i / width * width);
            mask[row + x.saturating_sub(by)..=row + (x + by).min(width - 1)].contains(&true)
        })
        .collect();
    (0..mask.len())
        .map(|i| {
            let (x, y) = (i % width, i / width);
            (y.saturating_sub(by)..=(y + by).min(height - 1)).any(|y| across[y * width + x])
        })
        .collect()
}
