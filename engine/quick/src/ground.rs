use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::inpaint::fill;
use crate::picture::{Colour, Picture, distance, to_lab};
use crate::quantile::median;
use crate::segment::Regions;
use crate::surface::{Sample, Surface, thinned};
use crate::window::{EDGE, Window};

/// A surface whose samples are this near to one polynomial, sRGB, is a gradient with some mottle.
const EVEN: f32 = 0.025;

/// The surface a figure, or the whole picture, is made of, and how far each pixel is from it.
pub struct Ground {
    /// Of each pixel of the window, the OKLab difference from the surface, and its length.
    pub offset: Vec<Colour>,
    pub residual: Vec<f32>,
    /// Above it, something else than the surface is seen.
    pub limit: f32,
    /// The surface is one even gradient, so that even faint things stand out from it.
    pub smooth: bool,
}

impl Ground {
    /// `None` when the window holds nothing.
    pub fn find(
        picture: &Picture,
        regions: &Regions,
        window: &Window,
        whole: bool,
    ) -> Option<Self> {
        let seed = main_region(picture, regions, window, whole)?;
        let of_seed = |k: usize| {
            window.inside[k]
                && (whole || window.depth[k] > EDGE)
                && regions.of[window.at(k, picture.width)] == seed
        };
        let members: Vec<usize> = (0..window.inside.len()).filter(|&k| of_seed(k)).collect();
        let w = window.bounds.width();
        let samples: Vec<Sample> = thinned(&members)
            .map(|k| Sample::at(k, w, picture.rgb[window.at(k, picture.width)]))
            .collect();
        let surface = Surface::fit(&samples)?;
        let smooth = surface.spread < EVEN + 2.0 * picture.noise;
        let trend = even(&surface, window);
        let colours = if smooth {
            trend
        } else {
            // What leaked into the region from beyond a blurred edge is far from the trend.
            let far = 4.0 * surface.spread;
            let near =
                |k: &usize| distance(picture.rgb[window.at(*k, picture.width)], trend[*k]) < far;
            let members: Vec<usize> = members.iter().copied().filter(near).collect();
            coarse(picture, window, &members)
        };
        let offset: Vec<Colour> = (0..window.inside.len())
            .into_par_iter()
            .map(|k| {
                if !window.inside[k] {
                    return [0.0; 3];
                }
                let (seen, own) = (picture.lab[window.at(k, picture.width)], to_lab(colours[k]));
                [0, 1, 2].map(|c| seen[c] - own[c])
            })
            .collect();
        let residual: Vec<f32> = offset.iter().map(|&o| distance(o, [0.0; 3])).collect();
        let usual = median(thinned(&members).map(|k| residual[k]).collect());
        let limit = (picture
            .tolerance()
            .max(if smooth { 3.5 * usual } else { 4.5 * usual }))
        .min(0.16);
        Some(Self {
            offset,
            residual,
            limit,
            smooth,
        })
    }

    pub fn stands_out(&self, k: usize) -> bool {
        self.residual[k] > self.limit
    }
}

/// The region with the most area; for the whole picture, the share of the picture's border counts as much.
fn main_region(picture: &Picture, regions: &Regions, window: &Window, whole: bool) -> Option<u32> {
    let mut shares: BTreeMap<u32, f64> = BTreeMap::new();
    let total = window.inside.iter().filter(|i| **i).count() as f64;
    let (w, h) = (window.bounds.width(), window.bounds.height());
    let border = (2 * (w + h)) as f64;
    for k in (0..window.inside.len()).filter(|&k| window.inside[k]) {
        let share = shares
            .entry(regions.of[window.at(k, picture.width)])
            .or_default();
        *share += 1.0 / total;
        let (x, y) = (k % w, k / w);
        if whole && (x == 0 || y == 0 || x + 1 == w || y + 1 == h) {
            *share += 1.0 / border;
        }
    }
    shares
        .into_iter()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(region, _)| region)
}

fn even(surface: &Surface, window: &Window) -> Vec<Colour> {
    let w = window.bounds.width();
    (0..window.inside.len())
        .into_par_iter()
        .map(|k| {
            surface
                .at((k % w) as f32, (k / w) as f32)
                .map(|c| c.clamp(0.0, 1.0))
        })
        .collect()
}

/// For a surface without one gradient: the members' colours averaged over cells, and filled in between.
fn coarse(picture: &Picture, window: &Window, members: &[usize]) -> Vec<Colour> {
    const CELL: usize = 6;
    let w = window.bounds.width();
    let cells = (w.div_ceil(CELL), window.bounds.height().div_ceil(CELL));
    let mut sums = vec![[0.0f32; 3]; cells.0 * cells.1];
    let mut counts = vec![0u32; sums.len()];
    for &k in members {
        let cell = (k / w / CELL) * cells.0 + k % w / CELL;
        let colour = picture.rgb[window.at(k, picture.width)];
        (0..3).for_each(|c| sums[cell][c] += colour[c]);
        counts[cell] += 1;
    }
    let known: Vec<bool> = counts
        .iter()
        .map(|&n| n >= (CELL * CELL / 3) as u32)
        .collect();
    for (sum, &n) in sums.iter_mut().zip(&counts).filter(|(_, n)| **n > 0) {
        sum.iter_mut().for_each(|c| *c /= n as f32);
    }
    fill(cells.0, cells.1, &mut sums, &known);
    let place = |p: usize, cells: usize| {
        let p = ((p as f32 + 0.5) / CELL as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
        (p as usize, (p as usize + 1).min(cells - 1), p.fract())
    };
    (0..window.inside.len())
        .into_par_iter()
        .map(|k| {
            let (x, right, fx) = place(k % w, cells.0);
            let (y, below, fy) = place(k / w, cells.1);
            let row = |y: usize, c: usize| {
                sums[y * cells.0 + x][c] * (1.0 - fx) + sums[y * cells.0 + right][c] * fx
            };
            [0, 1, 2].map(|c| row(y, c) * (1.0 - fy) + row(below, c) * fy)
        })
        .collect()
}
