use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::picture::{Colour, distance};
use crate::quantile::median;

/// Enough to fit ten coefficients many times over.
const MOST_SAMPLES: usize = 8000;

/// Passes of reweighting; the weights have settled after a few.
const PASSES: usize = 5;

/// The terms of a polynomial of degree 3: the exponents of x and y. Those of a lower degree are the first of them.
const EXPONENTS: [(usize, usize); TERMS] = [
    (0, 0),
    (1, 0),
    (0, 1),
    (2, 0),
    (1, 1),
    (0, 2),
    (3, 0),
    (2, 1),
    (1, 2),
    (0, 3),
];
const TERMS: usize = 10;

fn powers_of(v: f64) -> [f64; 4] {
    [1.0, v, v * v, v * (v * v)]
}

/// A slowly changing colour: for each channel a polynomial in x and y of degree 0 to 3.
pub struct Surface {
    centre: (f64, f64),
    scale: f64,
    channels: [Vec<f64>; 3],
    /// Median distance of the samples from it, sRGB.
    pub spread: f32,
}

/// Where a colour was seen.
#[derive(Clone, Copy)]
pub struct Sample {
    pub x: f32,
    pub y: f32,
    pub colour: Colour,
}

impl Sample {
    /// Of pixel k of something that wide.
    pub fn at(k: usize, width: usize, colour: Colour) -> Self {
        Self {
            x: (k % width) as f32,
            y: (k / width) as f32,
            colour,
        }
    }
}

/// Every so many of the places, so that a surface can be fitted to them in good time.
pub fn thinned(places: &[usize]) -> impl Iterator<Item = usize> {
    let step = places.len().div_ceil(MOST_SAMPLES).max(1);
    places.iter().copied().step_by(step)
}

impl Surface {
    /// The lowest degree that is about as good as the best. Robust (Tukey's biweight): a minority of samples from
    /// something else does not bend it. `None` without samples.
    pub fn fit(samples: &[Sample]) -> Option<Self> {
        let highest = match samples.len() {
            0 => return None,
            1..60 => 0,
            60..600 => 1,
            _ => 3,
        };
        let degrees = (0..=highest).into_par_iter();
        let fits: Vec<Self> = degrees.map(|d| Self::of_degree(samples, d)).collect();
        let best = fits.iter().map(|f| f.spread).fold(f32::MAX, f32::min);
        fits.into_iter().find(|f| f.spread <= 1.15 * best + 0.0015)
    }

    fn of_degree(samples: &[Sample], degree: usize) -> Self {
        let (low, high) = samples.iter().fold(
            ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN)),
            |(low, high), s| {
                (
                    (low.0.min(s.x), low.1.min(s.y)),
                    (high.0.max(s.x), high.1.max(s.y)),
                )
            },
        );
        let side = f64::from((high.0 - low.0).max(high.1 - low.1)).max(1.0);
        let mut surface = Self {
            centre: (
                f64::from(low.0 + high.0) / 2.0,
                f64::from(low.1 + high.1) / 2.0,
            ),
            scale: 2.0 / side,
            channels: [0, 1, 2]
                .map(|c| vec![median(samples.iter().map(|s| s.colour[c]).collect()) as f64]),
            spread: 0.0,
        };
        for _ in 0..PASSES {
            surface.spread = surface.median_distance(samples);
            if degree == 0 {
                break;
            }
            surface.reweigh(samples, degree);
        }
        surface.spread = surface.median_distance(samples);
        surface
    }

    fn reweigh(&mut self, samples: &[Sample], degree: usize) {
        let terms = (degree + 1) * (degree + 2) / 2;
        let cut = 4.685 * 1.4826 * f64::from(self.spread.max(0.004));
        let mut normal = DMatrix::<f64>::identity(terms, terms) * 1e-6;
        let mut sums = [0; 3].map(|_| DVector::<f64>::zeros(terms));
        for s in samples {
            let off = f64::from(distance(s.colour, self.at(s.x, s.y))) / cut;
            if off >= 1.0 {
                continue;
            }
            let weight = (1.0 - off * off).powi(2);
            let powers = self.powers(s.x, s.y);
            for (i, a) in powers[..terms].iter().enumerate() {
                // The solver looks at this half only.
                for (j, b) in powers[..=i].iter().enumerate() {
                    normal[(i, j)] += weight * a * b;
                }
                for (sum, &c) in sums.iter_mut().zip(&s.colour) {
                    sum[i] += weight * a * f64::from(c);
                }
            }
        }
        if let Some(solver) = normal.cholesky() {
            for (channel, sum) in self.channels.iter_mut().zip(&sums) {
                *channel = solver.solve(sum).as_slice().to_vec();
            }
        }
    }

    /// The colour at a place, not limited to 0..1 far from the samples.
    pub fn at(&self, x: f32, y: f32) -> Colour {
        let (u, v) = self.local(x, y);
        let (u, v) = (powers_of(u), powers_of(v));
        self.channels.each_ref().map(|channel| {
            let terms = channel.iter().zip(EXPONENTS);
            terms.fold(0.0, |sum, (c, (i, j))| sum + c * u[i] * v[j]) as f32
        })
    }

    fn local(&self, x: f32, y: f32) -> (f64, f64) {
        // Outside the samples' square the surface is held level: a cubic runs away there.
        let place = |p: f32, c: f64| ((f64::from(p) - c) * self.scale).clamp(-1.0, 1.0);
        (place(x, self.centre.0), place(y, self.centre.1))
    }

    fn powers(&self, x: f32, y: f32) -> [f64; TERMS] {
        let (u, v) = self.local(x, y);
        let (u, v) = (powers_of(u), powers_of(v));
        EXPONENTS.map(|(i, j)| u[i] * v[j])
    }

    fn median_distance(&self, samples: &[Sample]) -> f32 {
        median(
            samples
                .iter()
                .map(|s| distance(s.colour, self.at(s.x, s.y)))
                .collect(),
        )
    }
}
