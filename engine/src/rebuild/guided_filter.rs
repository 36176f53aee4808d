//! Edge-aware refinement of alphas: the guided filter of He, Sun and Tang (PAMI 2013), eq. 14 to 16 for a colour guide,
//! in its fast form (He and Sun, arXiv 1505.00996): around each pixel of the model's grid, alpha is fitted as a linear
//! function of the source's colour; the functions are then applied to the source at its own size. So an edge that the
//! model saw over a few of its pixels lies where the source's colours change.

use std::ops::Range;

use image::RgbaImage;
use rayon::prelude::*;

use super::Pixel;

/// Of the fitting window, in the model's pixels: 5 × 5 spans the soft edge that reduction and the model's decoder leave.
/// In the source's pixels the radius thus grows with the enlargement.
const RADIUS: usize = 2;
/// Variance of colour, of 1, below which the guide counts as flat and alpha is only smoothed.
const EPSILON: f32 = 1e-4;
/// Alphas this near to 0 or 1 become it; those between are stretched, so that no contour shows.
const SNAP: f32 = 0.02;
/// How far from a layer's visible pixels its refined alpha can be above 0, in the model's pixels: a radius for the fit, one
/// for the mean of the functions, and a pixel from centre to centre.
pub(super) const REACH: usize = 2 * RADIUS + 1;
/// Rows whose statistics one thread makes at a time.
const BAND_ROWS: usize = 64;

/// The source's colour as the filter sees it: premultiplied, 0 to 1.
pub(super) fn guide_color([r, g, b, a]: Pixel) -> [f32; 3] {
    let scale = f32::from(a) / (255.0 * 255.0);
    [r, g, b].map(|channel| f32::from(channel) * scale)
}

/// The source at the model's size, with the statistics of each window; one for all layers.
pub(super) struct Guide {
    reduced: RgbaImage,
    windows: Vec<Window>,
}

/// The colours around a pixel.
struct Window {
    mean: [f32; 3],
    /// Of the covariance matrix plus `EPSILON`: xx, xy, xz, yy, yz, zz.
    inverse: [f32; 6],
}

impl Guide {
    pub(super) fn new(reduced: RgbaImage) -> Self {
        let (width, height) = (reduced.width() as usize, reduced.height() as usize);
        let band = |top: usize| {
            let rows = top..(top + BAND_ROWS).min(height);
            let needed = around(&rows, height);
            let products: Vec<_> = rows_of(&reduced, &needed)
                .iter()
                .map(|&pixel| {
                    let [x, y, z] = guide_color(pixel);
                    [x, y, z, x * x, x * y, x * z, y * y, y * z, z * z]
                })
                .collect();
            let means = box_mean(&products, needed.start, &rows, width, height);
            means.into_iter().map(Window::new)
        };
        let bands = (0..height).into_par_iter().step_by(BAND_ROWS);
        let windows = bands.flat_map_iter(band).collect();
        Self { reduced, windows }
    }

    /// Fits the alpha of a layer of the guide's size, for these rows.
    pub(super) fn fit(&self, layer: &RgbaImage, rows: Range<usize>) -> Fit {
        let (width, height) = (
            self.reduced.width() as usize,
            self.reduced.height() as usize,
        );
        let fitted = around(&rows, height);
        let needed = around(&fitted, height);
        let products: Vec<_> = rows_of(layer, &needed)
            .iter()
            .zip(rows_of(&self.reduced, &needed))
            .map(|(pixel, &color)| {
                let alpha = f32::from(pixel[3]) / 255.0;
                let [x, y, z] = guide_color(color);
                [alpha * x, alpha * y, alpha * z, alpha]
            })
            .collect();
        let functions: Vec<_> = box_mean(&products, needed.start, &fitted, width, height)
            .into_iter()
            .zip(&self.windows[fitted.start * width..])
            .map(|(means, window)| window.fit(means))
            .collect();
        let functions = box_mean(&functions, fitted.start, &rows, width, height);
        Fit {
            top: rows.start,
            width,
            certain: functions.iter().map(certain).collect(),
            functions,
        }
    }
}

impl Window {
    /// From the means of the colours and of their products.
    fn new([x, y, z, xx, xy, xz, yy, yz, zz]: [f32; 9]) -> Self {
        let covariance = [
            xx - x * x + EPSILON,
            xy - x * y,
            xz - x * z,
            yy - y * y + EPSILON,
            yz - y * z,
            zz - z * z + EPSILON,
        ];
        Self {
            mean: [x, y, z],
            inverse: inverse(covariance),
        }
    }

    /// From the means of alpha times each colour, and of alpha.
    fn fit(&self, [ax, ay, az, alpha]: [f32; 4]) -> Function {
        // An exact answer where there is no edge, whatever the rounding of the covariances.
        if alpha <= 0.0 || alpha >= 1.0 {
            return [0.0, 0.0, 0.0, alpha];
        }
        let [x, y, z] = self.mean;
        let slope = multiply(
            &self.inverse,
            [ax - alpha * x, ay - alpha * y, az - alpha * z],
        );
        [slope[0], slope[1], slope[2], alpha - dot(slope, self.mean)]
    }
}

/// Alpha as a function of the source's colour: three slopes and an offset.
type Function = [f32; 4];

/// 0 or 1 where the function gives no other alpha for any colour, once snapped.
fn certain(&[a, b, c, offset]: &Function) -> Option<u8> {
    let reach = |end: fn(f32, f32) -> f32| offset + end(a, 0.0) + end(b, 0.0) + end(c, 0.0);
    if reach(f32::max) <= SNAP {
        Some(0)
    } else if reach(f32::min) >= 1.0 - SNAP {
        Some(1)
    } else {
        None
    }
}

/// A layer's alpha as a function of the source's colour, for each pixel of some rows of the model's grid.
pub(super) struct Fit {
    top: usize,
    width: usize,
    functions: Vec<Function>,
    certain: Vec<Option<u8>>,
}

/// A layer's alpha within a cell of the model's grid, between the centres of four pixels, at one row of the source.
pub(super) enum Cell {
    Clear,
    Opaque,
    Mixed(Function, Function),
}

impl Fit {
    pub(super) fn cell(&self, row: Position, column: Position) -> Cell {
        let [first, second] = [row.first, row.second].map(|y| (y - self.top) * self.width);
        let corners = [first, second].map(|y| [y + column.first, y + column.second]);
        match self.certain[corners[0][0]] {
            Some(alpha)
                if corners
                    .as_flattened()
                    .iter()
                    .all(|&i| self.certain[i] == Some(alpha)) =>
            {
                if alpha == 0 {
                    Cell::Clear
                } else {
                    Cell::Opaque
                }
            }
            _ => {
                let mix = |x: usize| {
                    let (above, below) = (&self.functions[first + x], &self.functions[second + x]);
                    std::array::from_fn(|i| row.mix(above[i], below[i]))
                };
                Cell::Mixed(mix(column.first), mix(column.second))
            }
        }
    }
}

/// From 0 to 1, for a pixel of this guide colour between two columns.
pub(super) fn refined_alpha(
    left: &Function,
    right: &Function,
    color: [f32; 3],
    column: Position,
) -> f32 {
    let apply = |&[a, b, c, offset]: &Function| dot([a, b, c], color) + offset;
    let alpha = column.mix(apply(left), apply(right));
    ((alpha - SNAP) / (1.0 - 2.0 * SNAP)).clamp(0.0, 1.0)
}

/// Two neighbours on a coarse axis, and how far between them the centre of a pixel of the fine axis lies.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) first: usize,
    pub(super) second: usize,
    fraction: f32,
}

impl Position {
    /// One for each pixel of the fine axis.
    pub(super) fn all(coarse: usize, fine: usize) -> Vec<Self> {
        let last = coarse.saturating_sub(1);
        let scale = coarse as f64 / fine as f64;
        (0..fine)
            .map(|index| {
                let centre = ((index as f64 + 0.5) * scale - 0.5).clamp(0.0, last as f64);
                let first = centre as usize;
                Self {
                    first,
                    second: (first + 1).min(last),
                    fraction: (centre - first as f64) as f32,
                }
            })
            .collect()
    }

    fn mix(self, first: f32, second: f32) -> f32 {
        first + (second - first) * self.fraction
    }
}

/// The mean over the window around each pixel of `rows`, as much of it as lies within the image of `width` × `height`, of
/// which `values` are the rows from `top` on. Summed afresh for each window: a running sum would carry rounding into flat
/// areas.
fn box_mean<const N: usize>(
    values: &[[f32; N]],
    top: usize,
    rows: &Range<usize>,
    width: usize,
    height: usize,
) -> Vec<[f32; N]> {
    let across: Vec<_> = values
        .chunks(width.max(1))
        .flat_map(|row| (0..width).map(|x| mean_of(row[around(&(x..x + 1), width)].iter())))
        .collect();
    let across = &across;
    rows.clone()
        .flat_map(|y| {
            let window = around(&(y..y + 1), height);
            (0..width).map(move |x| mean_of(window.clone().map(|y| &across[(y - top) * width + x])))
        })
        .collect()
}

/// A range of an axis and `RADIUS` to both sides, as far as the axis goes.
fn around(range: &Range<usize>, length: usize) -> Range<usize> {
    range.start.saturating_sub(RADIUS)..(range.end + RADIUS).min(length)
}

fn rows_of<'a>(image: &'a RgbaImage, rows: &Range<usize>) -> &'a [Pixel] {
    let width = image.width() as usize;
    &image.as_chunks().0[rows.start * width..rows.end * width]
}

fn mean_of<'a, const N: usize>(values: impl ExactSizeIterator<Item = &'a [f32; N]>) -> [f32; N] {
    let count = values.len() as f32;
    let sum = values.fold([0.0; N], |sum, value| {
        std::array::from_fn(|i| sum[i] + value[i])
    });
    sum.map(|sum| sum / count)
}

/// Of a symmetric matrix, by cofactors. `EPSILON` on the diagonal keeps the determinant above 0.
fn inverse([xx, xy, xz, yy, yz, zz]: [f32; 6]) -> [f32; 6] {
    let cofactors = [
        yy * zz - yz * yz,
        xz * yz - xy * zz,
        xy * yz - xz * yy,
        xx * zz - xz * xz,
        xy * xz - xx * yz,
        xx * yy - xy * xy,
    ];
    let determinant = dot([xx, xy, xz], [cofactors[0], cofactors[1], cofactors[2]]);
    cofactors.map(|cofactor| cofactor / determinant.max(EPSILON * EPSILON * EPSILON))
}

fn multiply(&[xx, xy, xz, yy, yz, zz]: &[f32; 6], vector: [f32; 3]) -> [f32; 3] {
    [
        dot([xx, xy, xz], vector),
        dot([xy, yy, yz], vector),
        dot([xz, yz, zz], vector),
    ]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
