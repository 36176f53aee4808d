use engine::{EngineError, Progress};
use rayon::prelude::*;

use crate::cutting::Cutting;
use crate::fill::{Guess, fill};
use crate::known::{MIXED, cells, ground_known, surely_own};
use crate::labels::NOWHERE;
use crate::opacity::Sheet;
use crate::picture::{Colour, Picture, distance, minus, thinnest};
use crate::stack::LayerRegion;
use crate::window::depth;

/// How far beyond its pixels a layer's soft edge is looked for.
const REACH: u8 = 3;
/// How far off the mask may be, as a standard deviation of alpha.
const TRUST: f32 = 0.35;
/// Variance of a colour that no grain explains: rounding, and what JPEG does at edges.
const ROUGH: f32 = 0.012 * 0.012;
/// Fainter effects do not show.
const FAINT: f32 = 0.01;
/// Under more of another's shadow a layer's own colour is not to be seen.
const SHADED: f32 = 0.06;

/// One layer, cut out.
pub struct Matte {
    pub cutting: Cutting,
    /// Of its own colours.
    variance: Vec<f32>,
}

/// Cuts one layer out: its own colours where it is seen, a continuation of them where it is hidden, and the alpha that
/// explains the source as the layer over `under`, the picture of all layers below.
pub fn cut(
    picture: &Picture,
    place: &LayerRegion,
    sheet: Option<&Sheet>,
    under: &[Guess],
    progress: &(dyn Progress + Sync),
) -> Result<Matte, EngineError> {
    let below: Vec<Guess> = place.at.iter().map(|&i| under[i]).collect();
    let layer = Layer::new(picture, place, sheet, &below, progress)?;
    let tint = layer.tint();
    let pixels = (0..place.at.len()).into_par_iter();
    let pixels = pixels.map(|k| layer.pixel(k, tint)).collect();
    Ok(Matte {
        cutting: Cutting {
            bounds: place.bounds,
            pixels,
        },
        variance: layer.own.iter().map(|own| own.variance).collect(),
    })
}

impl Matte {
    /// Lays it over the picture of all layers below, of that width.
    pub fn lay_over(&self, under: &mut [Guess], width: usize) {
        let own = self.cutting.pixels.iter().zip(&self.variance);
        for (i, (&[r, g, b, alpha], variance)) in self.cutting.bounds.indices(width).zip(own) {
            let (under, own) = (&mut under[i], [r, g, b]);
            (0..3).for_each(|c| under.colour[c] += alpha * (own[c] - under.colour[c]));
            under.variance += alpha * (variance - under.variance);
        }
    }
}

struct Layer<'a> {
    picture: &'a Picture,
    place: &'a LayerRegion<'a>,
    below: &'a [Guess],
    /// The layer's own colour everywhere in the bounds.
    own: Vec<Guess>,
    /// Where that is what is seen, with nothing else in it.
    known: Vec<bool>,
    /// How deep a pixel is in the layer, and how far out of it.
    inside: Vec<u8>,
    outside: Vec<u8>,
    /// 1 for all but sheets that let through what is below.
    opacity: f32,
}

impl<'a> Layer<'a> {
    fn new(
        picture: &'a Picture,
        place: &'a LayerRegion,
        sheet: Option<&Sheet>,
        below: &'a [Guess],
        progress: &(dyn Progress + Sync),
    ) -> Result<Self, EngineError> {
        let (w, h) = (place.bounds.width(), place.bounds.height());
        let at = &place.at;
        let clear = depth(w, h, |k| place.seen[at[k]] == place.layer);
        let colours: Vec<Colour> = at.iter().map(|&i| picture.rgb[i]).collect();
        let known = if place.layer == 0 {
            ground_known(&clear, &|k| place.shade(at[k]) < SHADED)
        } else {
            let both = colours.par_iter().zip(below);
            let strength: Vec<f32> = both.map(|(&c, b)| distance(c, b.colour)).collect();
            surely_own(w, &clear, &strength, &|k| place.shade(at[k]) < SHADED)
        };
        let known = match known.contains(&true) {
            true => known,
            false => clear.iter().map(|&d| d > 0).collect(),
        };
        let even = |colour: Colour| Guess {
            colour,
            variance: 0.0,
        };
        let own = match (&place.exact, sheet) {
            (Some(exact), _) => exact.iter().map(|&[r, g, b, _]| even([r, g, b])).collect(),
            (_, Some(sheet)) => vec![even(sheet.colour); at.len()],
            _ => fill(w, &colours, &cells(place, &known), progress)?,
        };
        Ok(Self {
            picture,
            place,
            below,
            own,
            known,
            opacity: sheet.map_or(1.0, |s| s.opacity),
            inside: depth(w, h, |k| place.present[k]),
            outside: depth(w, h, |k| !place.present[k]),
        })
    }

    /// Colour and alpha of one pixel.
    fn pixel(&self, k: usize, tint: Colour) -> [f32; 4] {
        let i = self.place.at[k];
        let seen = self.place.seen[i];
        let whole = if self.place.present[k] {
            self.opacity
        } else {
            0.0
        };
        let own = self.own[k].colour;
        let with = |c: Colour, alpha: f32| [c[0], c[1], c[2], alpha];
        if let Some([r, g, b, alpha]) = self.place.exact.as_ref().map(|exact| exact[k]) {
            let cast = self.cast(k, tint);
            if cast > alpha {
                return with(tint, cast);
            }
            // Lettering was cut out before what is below it was found.
            return match self.place.layer > 0 && seen <= self.place.layer && alpha > FAINT {
                true => self.settled(k, alpha),
                false => [r, g, b, alpha],
            };
        }
        if self.place.layer == 0 || self.place.is_hidden(i) {
            return with(
                if seen == self.place.layer && self.known[k] {
                    self.seen(k, 1.0)
                } else {
                    own
                },
                whole,
            );
        }
        let deep = self.inside[k] > MIXED || self.outside[k] > REACH;
        let alpha = if deep || seen == NOWHERE {
            whole
        } else {
            let expected = self.opacity * self.coverage(k);
            snapped(self.share(k, self.own[k], expected, TRUST), self.opacity)
        };
        let cast = self.cast(k, tint);
        if cast > alpha {
            return with(tint, cast);
        }
        let colour = if seen == self.place.layer || alpha < 1.0 {
            self.seen(k, alpha)
        } else {
            own
        };
        with(colour, alpha)
    }

    /// The layer's colour as the source shows it at this alpha; the less there is of it, the more its own.
    fn seen(&self, k: usize, alpha: f32) -> Colour {
        let (seen, own, below) = (
            self.picture.rgb[self.place.at[k]],
            self.own[k].colour,
            self.below[k].colour,
        );
        if alpha >= 1.0 {
            return seen;
        }
        let trust = alpha * alpha;
        [0, 1, 2].map(|c| {
            let pure = ((seen[c] - (1.0 - alpha) * below[c]) / alpha.max(0.05)).clamp(0.0, 1.0);
            own[c] + trust * (pure - own[c])
        })
    }

    /// At this alpha, or at as much more as it takes, the colour that gives the source over what is below.
    fn settled(&self, k: usize, alpha: f32) -> [f32; 4] {
        let (seen, below) = (self.picture.rgb[self.place.at[k]], self.below[k].colour);
        let off = minus(seen, below);
        let alpha = alpha.max(thinnest(off, below));
        let [r, g, b] = [0, 1, 2].map(|c| (below[c] + off[c] / alpha).clamp(0.0, 1.0));
        [r, g, b, alpha]
    }

    /// The part of the pixel's surroundings that the mask covers.
    fn coverage(&self, k: usize) -> f32 {
        let (w, h) = (self.place.bounds.width(), self.place.bounds.height());
        let (x, y) = (k % w, k / w);
        let (mut all, mut covered) = (0.0, 0.0);
        for v in y.saturating_sub(1)..(y + 2).min(h) {
            for u in x.saturating_sub(1)..(x + 2).min(w) {
                let weight = if u == x || v == y { 2.0 } else { 1.0 };
                all += weight;
                if self.inside[v * w + u] > 0 {
                    covered += weight;
                }
            }
        }
        covered / all
    }

    /// How much of `own` is in the source, the rest being what is below: the likeliest share, where the source is a mix of
    /// the two but for their variances, and `expected` but for `doubt`.
    fn share(&self, k: usize, own: Guess, expected: f32, doubt: f32) -> f32 {
        let (seen, below) = (self.picture.rgb[self.place.at[k]], &self.below[k]);
        let (mut along, mut length) = (0.0, 0.0);
        for ((seen, below), own) in seen.iter().zip(below.colour).zip(own.colour) {
            along += (seen - below) * (own - below);
            length += (own - below).powi(2);
        }
        let prior = 1.0 / (doubt * doubt);
        let noise = ROUGH + 0.5 * self.picture.noise.powi(2);
        let likeliest = |alpha: f32, misfit: f32| {
            let own_part = alpha * alpha * own.variance;
            let variance = noise + own_part + (1.0 - alpha).powi(2) * below.variance + misfit;
            ((along / variance + expected * prior) / (length / variance + prior)).clamp(0.0, 1.0)
        };
        let first = likeliest(expected, 0.0);
        // What no mix of the two explains is neither: then the mask is to be believed.
        let misfit: f32 = (0..3)
            .map(|c| seen[c] - below.colour[c] - first * (own.colour[c] - below.colour[c]))
            .map(|d| d * d)
            .sum();
        likeliest(first, misfit)
    }

    /// The alpha of the layer's shadow or glow, where it falls on something below.
    fn cast(&self, k: usize, tint: Colour) -> f32 {
        let i = self.place.at[k];
        let Some(expected) = self.place.effect_of(i).filter(|_| !self.place.present[k]) else {
            return 0.0;
        };
        let own = Guess {
            colour: tint,
            variance: 0.0,
        };
        let alpha = self.share(k, own, expected, 0.15);
        if alpha < FAINT { 0.0 } else { alpha }
    }

    /// The one colour that explains best what the layer casts.
    fn tint(&self) -> Colour {
        let (mut sum, mut weight) = ([0.0; 3], 0.0);
        for k in 0..self.place.at.len() {
            let i = self.place.at[k];
            if let Some(alpha) = self.place.effect_of(i).filter(|_| !self.place.present[k]) {
                for (c, sum) in sum.iter_mut().enumerate() {
                    let rest = self.picture.rgb[i][c] - (1.0 - alpha) * self.below[k].colour[c];
                    *sum += alpha * rest;
                }
                weight += alpha * alpha;
            }
        }
        let tint = sum.map(|s| (s / f32::max(weight, 1e-6)).clamp(0.0, 1.0));
        if tint.iter().all(|&c| c < 0.15) {
            [0.0; 3]
        } else {
            tint
        }
    }
}

fn snapped(alpha: f32, most: f32) -> f32 {
    match alpha {
        a if a < 0.03 => 0.0,
        a if a > most - 0.03 => most,
        a => a,
    }
}
