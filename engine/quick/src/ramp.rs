use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::picture::{Colour, distance};
use crate::surface::Sample;

/// Colours along the ramp; between two of them it is straight.
const STOPS: usize = 33;
/// Enough to tell coordinates apart by.
const COMPARED: usize = 1500;
/// A step between neighbours above this is something else that lies there.
const STEP: f32 = 0.06;
const PASSES: usize = 4;
/// Of the picture's sides: how close to the right coordinate the search ends.
const FINEST: f32 = 0.001;

/// A colour that changes along one coordinate only: a linear gradient of any stops, or a radial one.
pub struct Ramp {
    along: Along,
    low: f32,
    high: f32,
    stops: Vec<Colour>,
}

#[derive(Clone, Copy)]
enum Along {
    /// The place along a direction, in radians.
    Direction(f32),
    /// The distance from a centre, with y this much stretched.
    Distance { x: f32, y: f32, stretch: f32 },
}

impl Along {
    fn at(self, x: f32, y: f32) -> f32 {
        match self {
            Self::Direction(angle) => x * angle.cos() + y * angle.sin(),
            Self::Distance {
                x: left,
                y: top,
                stretch,
            } => (x - left).hypot((y - top) * stretch),
        }
    }

    /// A coarse choice over a picture of this size: circles, and ellipses of the picture's own form.
    fn all(width: f32, height: f32) -> Vec<Self> {
        let angles = (0..24).map(|n| Self::Direction(n as f32 * std::f32::consts::PI / 24.0));
        let mut all: Vec<Self> = angles.collect();
        for stretch in [1.0, width / height] {
            for n in 0..81 {
                let place = |n: usize, side: f32| side * (n as f32 - 1.0) / 6.0;
                let (x, y) = (place(n % 9, width), place(n / 9, height));
                all.push(Self::Distance { x, y, stretch });
            }
        }
        all
    }

    fn moved(self, by: f32, width: f32, height: f32) -> Vec<Self> {
        match self {
            Self::Direction(angle) => {
                vec![Self::Direction(angle - by), Self::Direction(angle + by)]
            }
            Self::Distance { x, y, stretch } => {
                let (across, down) = (by * width, by * height);
                [(-across, 0.0), (across, 0.0), (0.0, -down), (0.0, down)]
                    .map(|(dx, dy)| Self::Distance {
                        x: x + dx,
                        y: y + dy,
                        stretch,
                    })
                    .to_vec()
            }
        }
    }

    /// How much neighbours in the order of this coordinate differ: along the right one, hardly.
    fn unrest(self, samples: &[&Sample]) -> f32 {
        let mut order: Vec<(f32, Colour)> = samples
            .iter()
            .map(|s| (self.at(s.x, s.y), s.colour))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let steps = order.windows(2).map(|w| distance(w[0].1, w[1].1).min(STEP));
        steps.sum()
    }
}

impl Ramp {
    /// The ramp that the samples of a picture of this size agree on best; `None` for too few.
    pub fn fit(samples: &[Sample], width: usize, height: usize) -> Option<Self> {
        if samples.len() < 4 * STOPS {
            return None;
        }
        let (width, height) = (width as f32, height as f32);
        let every = samples.len().div_ceil(COMPARED);
        let compared: Vec<&Sample> = samples.iter().step_by(every).collect();
        let rated = |along: Along| (along.unrest(&compared), along);
        let all: Vec<_> = Along::all(width, height)
            .into_par_iter()
            .map(rated)
            .collect();
        let mut best = all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let mut by = 0.08;
        while by > FINEST {
            let moved = best.1.moved(by, width, height).into_iter().map(rated);
            match moved.min_by(|a, b| a.0.total_cmp(&b.0)) {
                Some(better) if better.0 < best.0 => best = better,
                _ => by /= 2.0,
            }
        }
        Some(Self::of(best.1, samples))
    }

    /// Robust, as `Surface` is: medians at first, then weighted least squares.
    fn of(along: Along, samples: &[Sample]) -> Self {
        let mut order: Vec<(f32, Colour)> = samples
            .iter()
            .map(|s| (along.at(s.x, s.y), s.colour))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (low, high) = (order[0].0, order[order.len() - 1].0);
        let mut ramp = Self {
            along,
            low,
            high: high.max(low + 1e-3),
            stops: (0..STOPS).map(|n| middle(&order, n)).collect(),
        };
        for _ in 0..PASSES {
            ramp.reweigh(&order);
        }
        ramp
    }

    fn reweigh(&mut self, order: &[(f32, Colour)]) {
        let off: Vec<f32> = order
            .iter()
            .map(|&(t, c)| distance(c, self.value(t)))
            .collect();
        let cut = 4.685 * 1.4826 * crate::quantile::median(off.clone()).max(0.003);
        let mut normal = DMatrix::<f64>::zeros(STOPS, STOPS);
        let mut sums = DMatrix::<f64>::zeros(STOPS, 3);
        // Where little is seen the ramp goes on straight.
        let bend = DVector::from_column_slice(&[1.0, -2.0, 1.0]) * 0.05;
        for n in 0..STOPS - 2 {
            let mut part = normal.view_mut((n, n), (3, 3));
            part += &bend * bend.transpose() * (order.len() as f64 / STOPS as f64);
        }
        for (&(t, colour), off) in order.iter().zip(off).filter(|(_, off)| *off < cut) {
            let weight = f64::from((1.0 - (off / cut).powi(2)).powi(2));
            let (n, f) = self.between(t);
            let parts = [(n, 1.0 - f64::from(f)), (n + 1, f64::from(f))];
            for (a, p) in parts {
                for (b, q) in parts {
                    normal[(a, b)] += weight * p * q;
                }
                for c in 0..3 {
                    sums[(a, c)] += weight * p * f64::from(colour[c]);
                }
            }
        }
        if let Some(solver) = normal.cholesky() {
            let solved = solver.solve(&sums);
            for (n, stop) in self.stops.iter_mut().enumerate() {
                *stop = [0, 1, 2].map(|c| solved[(n, c)] as f32);
            }
        }
    }

    pub fn at(&self, x: f32, y: f32) -> Colour {
        self.value(self.along.at(x, y))
    }

    fn value(&self, t: f32) -> Colour {
        let (n, f) = self.between(t);
        let (a, b) = (self.stops[n], self.stops[n + 1]);
        [0, 1, 2].map(|c| a[c] + f * (b[c] - a[c]))
    }

    fn between(&self, t: f32) -> (usize, f32) {
        let place = (t - self.low) / (self.high - self.low) * (STOPS - 1) as f32;
        let place = place.clamp(0.0, (STOPS - 1) as f32);
        let n = (place as usize).min(STOPS - 2);
        (n, place - n as f32)
    }
}

/// The usual colour around stop n of those in order.
fn middle(order: &[(f32, Colour)], n: usize) -> Colour {
    let (low, high) = (order[0].0, order[order.len() - 1].0);
    let half = (high - low) / (STOPS - 1) as f32 / 2.0;
    let centre = low + 2.0 * half * n as f32;
    let from = order.partition_point(|o| o.0 < centre - half);
    let to = order.partition_point(|o| o.0 <= centre + half);
    // Where nothing is seen, the nearest that is.
    let near = if from < to {
        &order[from..to]
    } else {
        let k = from.min(order.len() - 1);
        &order[k..=k]
    };
    [0, 1, 2].map(|c| crate::quantile::median(near.iter().map(|o| o.1[c]).collect()))
}
