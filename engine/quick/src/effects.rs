use std::collections::VecDeque;

use rayon::prelude::*;

use crate::backdrop::Backdrop;
use crate::instances::Instances;
use crate::labels::NOWHERE;
use crate::picture::{Colour, Picture, distance, dot, minus, thinnest};
use crate::upsample::Upsampler;
use crate::window::neighbours;

/// Fainter effects that a network told of are none.
const LEAST: f32 = 0.03;
/// Of the picture's longer side: how far a shadow or glow reaches, and how far what else of a thing was taken for ground.
const REACH: f32 = 0.15;
const REST: f32 = 0.03;
/// What differs more from a known ground is something else.
const OTHER: f32 = 0.15;
/// Within a shadow or glow neighbours differ by less.
const STEP: f32 = 0.06;
/// One colour at some alpha explains an effect but for this, and this part of it.
const MISFIT: (f32, f32) = (0.03, 0.2);

/// Shadows and glows: of each pixel how much of one lies on what is seen there, and the layer whose it is.
pub struct Effects {
    pub alpha: Vec<f32>,
    pub owner: Vec<u8>,
}

impl Effects {
    pub fn none(count: usize) -> Self {
        Self {
            alpha: vec![0.0; count],
            owner: vec![NOWHERE; count],
        }
    }

    /// How much of one lies on the layer that is seen at a pixel.
    pub fn cast_on(&self, i: usize, seen: u8) -> f32 {
        let owner = self.owner[i];
        let is_cast = owner != NOWHERE && owner > seen;
        if is_cast { self.alpha[i] } else { 0.0 }
    }

    /// As the network sees them.
    pub fn of(
        picture: &Picture,
        instances: &Instances,
        layer_of: &[u8],
        upsampler: &Upsampler,
    ) -> Self {
        if instances.things.is_empty() {
            return Self::none(picture.len());
        }
        let effect = |i: usize| {
            let (x, y) = (i % picture.width, i / picture.width);
            let thing = instances.effect_owner[upsampler.nearest(x, y)];
            let alpha = upsampler.at(&instances.effect, x, y);
            let alpha = if alpha > LEAST { alpha } else { 0.0 };
            (alpha, layer_of[usize::from(thing) + 1])
        };
        let (alpha, owner) = (0..picture.len()).into_par_iter().map(effect).unzip();
        Self { alpha, owner }
    }

    /// On a known ground they are measured: what differs from it smoothly, and in one colour, is cast by the thing that it
    /// hangs together with. `is_thing` tells what casts, `is_open` where it may fall.
    pub fn measure(
        &mut self,
        picture: &Picture,
        backdrop: &Backdrop,
        seen: &[u8],
        is_thing: impl Fn(u8) -> bool,
        is_open: impl Fn(usize) -> bool,
    ) {
        for i in (0..picture.len()).filter(|&i| is_open(i)) {
            self.alpha[i] = 0.0;
        }
        let differs = |i: usize| is_open(i) && backdrop.off(picture, i) > backdrop.tolerance;
        let near = around(picture, seen, (REACH, STEP), is_thing, differs);
        let tints = tints(picture, backdrop, &near);
        for (i, layer) in near {
            let (ground, Some(tint)) = (backdrop.colours[i], tints[usize::from(layer)]) else {
                continue;
            };
            let (way, off) = (minus(tint, ground), minus(picture.rgb[i], ground));
            let alpha = (dot(off, way) / dot(way, way).max(1e-4)).clamp(0.0, 1.0);
            let misfit = MISFIT.0 + MISFIT.1 * dot(off, off).sqrt();
            if distance(off, way.map(|w| w * alpha)) < misfit {
                (self.alpha[i], self.owner[i]) = (alpha, layer);
            }
        }
    }
}

/// What of a known ground is neither it nor cast on it, but hangs together with a thing: pixels and the thing's layer.
pub fn rest_of_things(
    picture: &Picture,
    backdrop: &Backdrop,
    seen: &[u8],
    effects: &Effects,
    is_thing: impl Fn(u8) -> bool,
) -> Vec<(usize, u8)> {
    let is_other =
        |i: usize| seen[i] == 0 && effects.alpha[i] == 0.0 && backdrop.off(picture, i) > OTHER;
    around(picture, seen, (REST, f32::MAX), is_thing, is_other)
}

/// The open pixels that are reached from things, in steps of less colour and not farther than given, each with the layer it was reached from first.
fn around(
    picture: &Picture,
    seen: &[u8],
    (reach, step): (f32, f32),
    is_thing: impl Fn(u8) -> bool,
    is_open: impl Fn(usize) -> bool,
) -> Vec<(usize, u8)> {
    let reach = (reach * picture.width.max(picture.height) as f32) as u32;
    let mut is_taken = vec![false; picture.len()];
    let mut next: VecDeque<(usize, u8, u32)> = (0..picture.len())
        .filter(|&i| is_thing(seen[i]))
        .map(|i| (i, seen[i], 0))
        .collect();
    let mut found = Vec::new();
    while let Some((i, layer, far)) = next.pop_front() {
        if far > 0 {
            found.push((i, layer));
        }
        for n in neighbours(i, picture.width, picture.len()) {
            let is_near = far < 3 || distance(picture.rgb[i], picture.rgb[n]) < step;
            if far < reach && !is_taken[n] && is_near && is_open(n) {
                is_taken[n] = true;
                next.push_back((n, layer, far + 1));
            }
        }
    }
    found
}

/// For each layer the colour of what it casts: on the whole, where the differences from the ground point to.
fn tints(picture: &Picture, backdrop: &Backdrop, near: &[(usize, u8)]) -> Vec<Option<Colour>> {
    let mut sums = vec![[0.0f32; 4]; usize::from(NOWHERE) + 1];
    for &(i, layer) in near {
        let ground = backdrop.colours[i];
        let off = minus(picture.rgb[i], ground);
        let weight = dot(off, off);
        let furthest = 1.0 / thinnest(off, ground).max(1e-3);
        let sum = &mut sums[usize::from(layer)];
        (0..3).for_each(|c| sum[c] += weight * (ground[c] + furthest * off[c]));
        sum[3] += weight;
    }
    let tint = |s: &[f32; 4]| (s[3] > 0.0).then(|| [0, 1, 2].map(|c| s[c] / s[3]));
    sums.iter().map(tint).collect()
}
