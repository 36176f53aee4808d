use rayon::prelude::*;

use crate::picture::{Colour, Picture, distance};
use crate::quantile::quantile;
use crate::ramp::Ramp;
use crate::surface::{Sample, Surface, thinned};
use crate::window::depth;

/// This near to a model, beyond the grain, a pixel is explained by it.
const NEAR: f32 = 0.02;
/// A model explains at least this part of what is seen of the ground, if it is to be painted with it.
pub const EXPLAINED: f32 = 0.85;
/// And this part, if only some of the ground is compared with it.
pub const PLAIN: f32 = 0.6;
/// A ramp has to explain so much more than a polynomial.
const BETTER: f32 = 0.01;
/// At least this part of the ground is looked at, the part furthest from things and their shadows.
const LOOKED_AT: f32 = 0.3;

/// A flat or graded ground: what it is like everywhere, were nothing on it.
pub struct Backdrop {
    pub colours: Vec<Colour>,
    /// What differs from it by more is not the ground alone.
    pub tolerance: f32,
}

impl Backdrop {
    /// `None` where no simple model explains at least this part of what is seen of the ground.
    pub fn find(picture: &Picture, is_ground: impl Fn(usize) -> bool, least: f32) -> Option<Self> {
        let (width, height) = (picture.width, picture.height);
        let clear = depth(width, height, is_ground);
        let far = (width.max(height) / 25).clamp(6, 60) as u8;
        let all = clear.iter().filter(|d| **d > 0).count();
        let beyond =
            |least: u8| -> Vec<usize> { (0..clear.len()).filter(|&i| clear[i] > least).collect() };
        let enough = |places: &Vec<usize>| places.len() as f32 > LOOKED_AT * all as f32;
        let places = [far, far / 3, 2].into_iter().map(beyond).find(enough)?;
        let samples: Vec<Sample> = thinned(&places)
            .map(|i| Sample::at(i, width, picture.rgb[i]))
            .collect();
        let near = NEAR + 3.0 * picture.noise;
        let surface = Surface::fit(&samples)?;
        let off = off(&samples, |x, y| surface.at(x, y));
        let share = explained(&off, near);
        let ramp = Ramp::fit(&samples, width, height).map(|ramp| {
            let off = self::off(&samples, |x, y| ramp.at(x, y));
            (explained(&off, near), off, ramp)
        });
        match ramp {
            Some((more, off, ramp)) if more > share + BETTER && more > least => {
                Some(Self::of(picture, near, off, |x, y| ramp.at(x, y)))
            }
            _ if share > least => Some(Self::of(picture, near, off, |x, y| surface.at(x, y))),
            _ => None,
        }
    }

    fn of(
        picture: &Picture,
        near: f32,
        mut off: Vec<f32>,
        model: impl Fn(f32, f32) -> Colour + Sync,
    ) -> Self {
        let colour = |i: usize| {
            let (x, y) = (i % picture.width, i / picture.width);
            model(x as f32, y as f32).map(|c| c.clamp(0.0, 1.0))
        };
        off.retain(|&off| off < near);
        Self {
            colours: (0..picture.len()).into_par_iter().map(colour).collect(),
            tolerance: 1.2 * quantile(off, 0.95) + 0.003,
        }
    }

    pub fn off(&self, picture: &Picture, i: usize) -> f32 {
        distance(picture.rgb[i], self.colours[i])
    }
}

fn off(samples: &[Sample], model: impl Fn(f32, f32) -> Colour + Sync) -> Vec<f32> {
    let off = |s: &Sample| distance(s.colour, model(s.x, s.y));
    samples.par_iter().map(off).collect()
}

fn explained(off: &[f32], near: f32) -> f32 {
    off.iter().filter(|off| **off < near).count() as f32 / off.len() as f32
}
