use rayon::prelude::*;

use super::ground::{Ground, gap};
use super::matte::{Matte, between, nearest, unmixed};
use super::zone::{MARGIN, Zone};
use crate::picture::{Colour, minus, thinnest};
use crate::quantile::{median, quantile};
use crate::window::neighbours;

/// How far from ink a pixel may be mixed with it, and how far JPEG leaves something of it.
const MIXED: usize = 3;
const RINGING: usize = 8;
/// Where JPEG leaves no more than this around letters, whatever differs there is cast.
const QUIET: f32 = 0.01;
/// Of what differs most: what differs less may be shadow or glow, unless it all has one colour.
const STRONG: f32 = 0.3;
const SAME: f32 = 0.012;
/// Half the side of the square in which a shadow or glow shows.
const AROUND: usize = 3;
/// What is less like the letters has another colour, and what is more alike has one.
const OTHER: f32 = 0.15;
const EVEN: f32 = 0.05;

/// The lettering on a smooth ground: what differs from it. Next to the inks' own colours a pixel is a mixture with the
/// ground; further out it is shadow or glow, as thin as its colour allows.
pub fn matte(zone: &Zone, ground: &Ground, fill: Colour) -> Matte {
    let least = (3.0 * ground.grain).clamp(0.02, 0.1);
    let apart: Vec<f32> = (0..zone.len())
        .into_par_iter()
        .map(|i| {
            if zone.is_near(i) {
                gap(zone.rgb[i], ground.colour[i])
            } else {
                0.0
            }
        })
        .collect();
    let mut inks = anchors(zone, &apart, least);
    for (i, ink) in inks.iter_mut().enumerate() {
        *ink &= gap(zone.rgb[i], fill) < 0.15 || !is_shadow(zone.rgb[i], ground.colour[i]);
    }
    let foreign = from_outside(zone, ground, fill, least);
    for (ink, foreign) in inks.iter_mut().zip(&foreign) {
        *ink &= !foreign;
    }
    let ink = nearest(zone.width, &inks, MIXED);
    let beside = nearest(zone.width, &foreign, MIXED);
    let behind = |i: usize| beside[i].map_or(ground.colour[i], |from| zone.rgb[from]);
    let is_open = |i: usize| zone.is_near(i) && ink[i].is_none() && beside[i].is_none();
    let cast = cast(zone, ground, is_open);
    let ringing = ringing(zone, ground, &inks, is_open);
    let least = least.max(2.0 * ringing);
    let alpha: Vec<f32> = (0..zone.len())
        .into_par_iter()
        .map(|i| {
            let (seen, behind) = (zone.rgb[i], behind(i));
            if inks[i] {
                return 1.0;
            }
            if apart[i] < least || foreign[i] {
                return 0.0;
            }
            let is_cast = ringing < QUIET || gap(cast[i], [0.0; 3]) > least;
            let thin = if is_cast {
                thinnest(minus(seen, behind), behind)
            } else {
                0.0
            };
            let mixed = ink[i].map_or(0.0, |from| {
                let (t, off) = between(seen, behind, zone.rgb[from]);
                let doubt = (ringing / gap(zone.rgb[from], behind).max(1e-3)).min(0.2);
                let clear = ((t - doubt) / (1.0 - 2.0 * doubt)).clamp(0.0, 1.0);
                if off < 0.08 + 0.2 * t { clear } else { 0.0 }
            });
            mixed.max(thin)
        })
        .collect();
    let alpha = closed(zone.width, &alpha);
    let colour = (0..zone.len())
        .into_par_iter()
        .map(|i| unmixed(zone.rgb[i], behind(i), alpha[i]))
        .collect();
    Matte { alpha, colour }
}

/// What comes in from beyond the lines' margin in one colour, neither the ground's nor the letters': a thing that the
/// lettering lies on or next to.
fn from_outside(zone: &Zone, ground: &Ground, fill: Colour, least: f32) -> Vec<bool> {
    let is_other = |i: usize| {
        gap(zone.rgb[i], ground.colour[i]) > 2.0 * least && gap(zone.rgb[i], fill) > OTHER
    };
    let mut is_foreign = vec![false; zone.len()];
    let mut next: Vec<(usize, Colour)> = (0..zone.len())
        .filter(|&i| zone.away[i] >= MARGIN && is_other(i))
        .map(|i| (i, zone.rgb[i]))
        .collect();
    while let Some((i, colour)) = next.pop() {
        for n in neighbours(i, zone.width, zone.len()) {
            let is_new = zone.is_near(n) && !is_foreign[n];
            if is_new && is_other(n) && gap(zone.rgb[n], colour) < EVEN {
                is_foreign[n] = true;
                next.push((n, colour));
            }
        }
    }
    is_foreign
}

/// What lies on the ground around each pixel on the whole, letters apart: a shadow or a glow, but not what JPEG leaves around
/// letters, which goes up and down.
fn cast(zone: &Zone, ground: &Ground, is_open: impl Fn(usize) -> bool + Sync) -> Vec<Colour> {
    let height = zone.len() / zone.width.max(1);
    let off: Vec<[f32; 4]> = (0..zone.len())
        .into_par_iter()
        .map(|i| match is_open(i) {
            true => {
                let [r, g, b] = minus(zone.rgb[i], ground.colour[i]);
                [r, g, b, 1.0]
            }
            false => [0.0; 4],
        })
        .collect();
    let add = |a: [f32; 4], b: [f32; 4]| [0, 1, 2, 3].map(|c| a[c] + b[c]);
    let across: Vec<[f32; 4]> = (0..zone.len())
        .into_par_iter()
        .map(|i| {
            let (x, row) = (i % zone.width, i / zone.width * zone.width);
            let range = x.saturating_sub(AROUND)..(x + AROUND + 1).min(zone.width);
            range.fold([0.0; 4], |sum, x| add(sum, off[row + x]))
        })
        .collect();
    (0..zone.len())
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i % zone.width, i / zone.width);
            let range = y.saturating_sub(AROUND)..(y + AROUND + 1).min(height);
            let sum = range.fold([0.0; 4], |sum, y| add(sum, across[y * zone.width + x]));
            [0, 1, 2].map(|c| sum[c] / sum[3].max(1.0))
        })
        .collect()
}

/// How much the ground goes both up and down next to the letters: a shadow goes down only, a glow one way too.
fn ringing(
    zone: &Zone,
    ground: &Ground,
    inks: &[bool],
    is_open: impl Fn(usize) -> bool + Sync,
) -> f32 {
    let beside = nearest(zone.width, inks, RINGING);
    let is_beside = |&i: &usize| beside[i].is_some() && is_open(i);
    let off = (0..zone.len()).filter(is_beside);
    let off: Vec<Colour> = off.map(|i| minus(zone.rgb[i], ground.colour[i])).collect();
    let most = |sign: f32| {
        let largest = off
            .iter()
            .map(|o| o.iter().fold(0.0, |m, c| f32::max(m, sign * c)));
        quantile(largest.collect(), 0.8)
    };
    most(1.0).min(most(-1.0))
}

/// Pixels that are all ink: no brighter or darker than their neighbours, or, in thin strokes, the furthest from the
/// ground among them.
fn anchors(zone: &Zone, apart: &[f32], least: f32) -> Vec<bool> {
    let strong = quantile(
        apart.iter().copied().filter(|&a| a > 2.0 * least).collect(),
        0.75,
    );
    let (w, h) = (zone.width, zone.height);
    let around = |i: usize| {
        let (x, y) = (i % w, i / w);
        let is_inner = x > 0 && y > 0 && x + 1 < w && y + 1 < h;
        (apart[i] >= 2.0 * least && is_inner).then(|| [i - 1, i + 1, i - w, i + w])
    };
    let even = |a: usize, b: usize| gap(zone.rgb[a], zone.rgb[b]) < 0.07;
    let is_level = |i: usize| around(i).is_some_and(|around| around.iter().all(|&n| even(i, n)));
    let level: Vec<bool> = (0..zone.len()).into_par_iter().map(is_level).collect();
    let is_strong = |i: usize| apart[i] > STRONG * strong;
    let faint = faint_ink(zone, (0..zone.len()).filter(|&i| level[i] && !is_strong(i)));
    let is_top = |i: usize| {
        let ridge = |a: usize, b: usize| apart[i] >= apart[a] && apart[i] >= apart[b];
        apart[i] > 0.8 * strong
            && around(i).is_some_and(|around| {
                (ridge(i - 1, i + 1) || ridge(i - w, i + w))
                    && around.iter().any(|&n| apart[n] > 0.5 * strong)
            })
    };
    let is_faint = |i: usize| faint.is_some_and(|ink| gap(zone.rgb[i], ink) < SAME);
    (0..zone.len())
        .into_par_iter()
        .map(|i| level[i] && (is_strong(i) || is_faint(i)) || is_top(i))
        .collect()
}

/// The ink of an outline that stands out little: most of what is level and faint has its very colour, as in no shadow or
/// glow.
fn faint_ink(zone: &Zone, faint: impl Iterator<Item = usize>) -> Option<Colour> {
    let faint: Vec<Colour> = faint.map(|i| zone.rgb[i]).collect();
    let ink = [0, 1, 2].map(|c| median(faint.iter().map(|colour| colour[c]).collect()));
    let same = faint.iter().filter(|&&colour| gap(colour, ink) < SAME);
    (2 * same.count() > faint.len()).then_some(ink)
}

/// The ground, only darker.
fn is_shadow(seen: Colour, ground: Colour) -> bool {
    let light = |c: Colour| c[0] + c[1] + c[2];
    let kept = light(seen) / light(ground).max(0.05);
    (0.12..0.97).contains(&kept) && gap(seen, ground.map(|c| c * kept)) < 0.06
}

/// Between two inks nothing of the ground is seen: what full pixels enclose is full.
fn closed(width: usize, alpha: &[f32]) -> Vec<f32> {
    let height = alpha.len() / width.max(1);
    (0..alpha.len())
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i % width, i / width);
            if alpha[i] < 0.2 || x == 0 || y == 0 || x + 1 >= width || y + 1 >= height {
                return alpha[i];
            }
            let full = |n: usize| alpha[n] > 0.9;
            let across =
                full(i - 1) && full(i + 1) && full(i - width) as u8 + full(i + width) as u8 > 0;
            let along =
                full(i - width) && full(i + width) && full(i - 1) as u8 + full(i + 1) as u8 > 0;
            if across || along { 1.0 } else { alpha[i] }
        })
        .collect()
}
