use super::holes::Hole;
use super::pull_push::pull_push;
use crate::picture::{Colour, distance};
use crate::quantile::quantile;
use crate::surface::{Sample, Surface};
use crate::window::Bounds;

/// Surroundings nearly all of which are this near to one polynomial, sRGB, are a gradient with some mottle.
const EVEN: f32 = 0.03;
const NEARLY_ALL: f32 = 0.9;
/// Enough for ten coefficients.
const SAMPLES: usize = 1500;

/// Fills a hole whose surroundings are one even surface with that surface, and what they differ from it smoothly on
/// top. False, and nothing done, when they are not.
pub fn even(width: usize, colours: &mut [Colour], hole: &Hole) -> bool {
    let step = hole.ring.len().div_ceil(SAMPLES).max(1);
    let samples: Vec<Sample> = hole
        .ring
        .iter()
        .step_by(step)
        .map(|&k| Sample::at(k as usize, width, colours[k as usize]))
        .collect();
    let Some(surface) = Surface::fit(&samples) else {
        return false;
    };
    let off = |s: &Sample| distance(s.colour, surface.at(s.x, s.y));
    if quantile(samples.iter().map(off).collect(), NEARLY_ALL) > EVEN {
        return false;
    }
    let all: Vec<u32> = hole.hidden.iter().chain(&hole.ring).copied().collect();
    let mut bounds = Bounds::NONE;
    all.iter()
        .for_each(|&k| bounds.include(k as usize % width, k as usize / width));
    let inside = |k: u32| {
        let (x, y) = (k as usize % width, k as usize / width);
        (y - bounds.top) * bounds.width() + x - bounds.left
    };
    let area = bounds.width() * bounds.height();
    let (mut rest, mut ring) = (vec![[0.0; 3]; area], vec![false; area]);
    let trend = |k: u32| surface.at((k as usize % width) as f32, (k as usize / width) as f32);
    for &k in &hole.ring {
        let (own, along) = (colours[k as usize], trend(k));
        // A minority of something else does not bleed in.
        if distance(own, along) <= 2.0 * EVEN {
            rest[inside(k)] = [0, 1, 2].map(|c| own[c] - along[c]);
            ring[inside(k)] = true;
        }
    }
    pull_push(bounds.width(), &mut rest, &ring);
    for &k in &hole.hidden {
        let (along, more) = (trend(k), rest[inside(k)]);
        colours[k as usize] = [0, 1, 2].map(|c| (along[c] + more[c]).clamp(0.0, 1.0));
    }
    true
}
