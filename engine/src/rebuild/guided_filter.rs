//! Edge-aware refinement of alphas: the guided filter of He, Sun and Tang (PAMI 2013), eq. 14 to 16 for a colour guide,
//! in its fast form (He and Sun, arXiv 1505.00996): around each pixel of the model's grid, alpha is fitted as a linear
//! function of the source's colour; the functions are then applied to the source at its own size. So an edge that the
//! model saw over a few of its pixels lies where the source's colours change.

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

/// The source's colour as the filter sees it: premultiplied, 0 to 1.
pub(super) fn guide_colour([r, g, b, a]: Pixel) -> [f32; 3] {
    let scale = f32::from(a) / (255.0 * 255.0);
    [r, g, b].map(|channel| f32::from(channel) * scale)
}

/// The source at the model's size, with the statistics of each window; one for all layers.
pub(super) struct Guide {
    width: usize,
    colours: Vec<[f32; 3]>,
    means: Vec<[f32; 3]>,
    /// Of the covariance matrix plus `EPSILON`: xx, xy, xz, yy, yz, zz.
    inverses: Vec<[f32; 6]>,
}

impl Guide {
    pub(super) fn new(reduced: &RgbaImage) -> Self {
        let width = reduced.width() as usize;
        let colours: Vec<_> = reduced
            .as_chunks()
            .0
            .iter()
            .map(|&pixel| guide_colour(pixel))
            .collect();
        let products: Vec<_> = colours
            .iter()
            .map(|&[x, y, z]| [x, y, z, x * x, x * y, x * z, y * y, y * z, z * z])
            .collect();
        let (means, inverses) = box_mean(&products, width)
            .into_iter()
            .map(|[x, y, z, xx, xy, xz, yy, yz, zz]| {
                let covariance = [
                    xx - x * x + EPSILON,
                    xy - x * y,
                    xz - x * z,
                    yy - y * y + EPSILON,
                    yz - y * z,
                    zz - z * z + EPSILON,
                ];
                ([x, y, z], inverse(covariance))
            })
            .unzip();
        Self {
            width,
            colours,
            means,
            inverses,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.colours.len() / self.width.max(1)
    }

    /// Fits a layer's alpha; the layer must be of the guide's size.
    pub(super) fn fit(&self, layer: &RgbaImage) -> Fit {
        let products: Vec<_> = layer
            .as_chunks::<4>()
            .0
            .iter()
            .zip(&self.colours)
            .map(|(pixel, &[x, y, z])| {
                let alpha = f32::from(pixel[3]) / 255.0;
                [alpha * x, alpha * y, alpha * z, alpha]
            })
            .collect();
        let functions: Vec<_> = box_mean(&products, self.width)
            .into_iter()
            .zip(self.means.iter().zip(&self.inverses))
            .map(|([ax, ay, az, alpha], (&[x, y, z], inverse))| {
                // An exact answer where there is no edge, whatever the rounding of the covariances.
                if alpha <= 0.0 || alpha >= 1.0 {
                    return [0.0, 0.0, 0.0, alpha];
                }
                let slope = multiply(inverse, [ax - alpha * x, ay - alpha * y, az - alpha * z]);
                [slope[0], slope[1], slope[2], alpha - dot(slope, [x, y, z])]
            })
            .collect();
        Fit {
            width: self.width,
            functions: box_mean(&functions, self.width),
        }
    }
}

/// A layer's alpha as a function of the source's colour, for each pixel of the model's grid: three slopes and an offset.
pub(super) struct Fit {
    width: usize,
    functions: Vec<[f32; 4]>,
}

impl Fit {
    /// The functions of one row of the source, still in the model's columns.
    pub(super) fn row(&self, row: Position) -> FitRow {
        let [first, second] =
            [row.first, row.second].map(|y| &self.functions[y * self.width..][..self.width]);
        let mix = |(first, second): (&[f32; 4], &[f32; 4])| {
            std::array::from_fn(|i| row.mix(first[i], second[i]))
        };
        FitRow(first.iter().zip(second).map(mix).collect())
    }
}

pub(super) struct FitRow(Vec<[f32; 4]>);

impl FitRow {
    /// From 0 to 1, for a pixel of this guide colour.
    pub(super) fn alpha(&self, colour: [f32; 3], column: Position) -> f32 {
        let apply = |[a, b, c, offset]: [f32; 4]| dot([a, b, c], colour) + offset;
        let alpha = column.mix(apply(self.0[column.first]), apply(self.0[column.second]));
        ((alpha - SNAP) / (1.0 - 2.0 * SNAP)).clamp(0.0, 1.0)
    }
}

/// Two neighbours on a coarse axis, and how far between them the centre of a pixel of the fine axis lies.
#[derive(Clone, Copy)]
pub(super) struct Position {
    first: usize,
    second: usize,
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

/// The mean over the window around each pixel, as much of it as lies within the image. Summed afresh for each window: a
/// running sum would carry rounding into flat areas.
fn box_mean<const N: usize>(values: &[[f32; N]], width: usize) -> Vec<[f32; N]> {
    let height = values.len() / width.max(1);
    let mut across = vec![[0.0; N]; values.len()];
    across
        .par_chunks_mut(width.max(1))
        .zip(values.par_chunks(width.max(1)))
        .for_each(|(means, row)| {
            for (x, mean) in means.iter_mut().enumerate() {
                *mean = mean_of(row[window(x, width)].iter());
            }
        });
    let mut means = vec![[0.0; N]; values.len()];
    means
        .par_chunks_mut(width.max(1))
        .enumerate()
        .for_each(|(y, means)| {
            for (x, mean) in means.iter_mut().enumerate() {
                *mean = mean_of(window(y, height).map(|y| &across[y * width + x]));
            }
        });
    means
}

fn window(centre: usize, length: usize) -> std::ops::Range<usize> {
    centre.saturating_sub(RADIUS)..(centre + RADIUS + 1).min(length)
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
