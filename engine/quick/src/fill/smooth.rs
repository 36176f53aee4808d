use rayon::prelude::*;

use super::pull_push::pull_push;
use crate::picture::{Colour, distance};
use crate::surface::{Sample, Surface, thinned};

/// A colour and how much it is likely to be off, as a variance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guess {
    pub colour: Colour,
    pub variance: f32,
}

/// Goes on with the known colours: along their gradient where they have one, smoothly everywhere. A guess is as uncertain as
/// the colours that it comes from differ.
pub fn smooth(width: usize, colours: &[Colour], known: &[bool]) -> Vec<Guess> {
    let places: Vec<usize> = (0..known.len()).filter(|&k| known[k]).collect();
    let samples: Vec<Sample> = thinned(&places)
        .map(|k| Sample::at(k, width, colours[k]))
        .collect();
    let trend = Surface::fit(&samples).filter(|s| s.spread < 0.04);
    let along = |k: usize| match &trend {
        Some(trend) => trend.at((k % width) as f32, (k / width) as f32),
        None => [0.0; 3],
    };
    let rest = |k: usize| {
        let (c, a) = (colours[k], along(k));
        let rest = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
        let square = distance(rest, [0.0; 3]).powi(2);
        [rest[0], rest[1], rest[2], square]
    };
    let all = || (0..colours.len()).into_par_iter();
    let mut filled: Vec<[f32; 4]> = all().map(rest).collect();
    pull_push(width, &mut filled, known);
    let guess = |k: usize| {
        if known[k] {
            return Guess {
                colour: colours[k],
                variance: 0.0,
            };
        }
        let (rest, a) = (&filled[k], along(k));
        let mean = distance([rest[0], rest[1], rest[2]], [0.0; 3]).powi(2);
        Guess {
            colour: [0, 1, 2].map(|c| (a[c] + rest[c]).clamp(0.0, 1.0)),
            variance: (rest[3] - mean).max(0.0) / 3.0,
        }
    };
    all().map(guess).collect()
}
