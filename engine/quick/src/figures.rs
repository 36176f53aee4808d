use rayon::prelude::*;

use crate::instances::Instances;
use crate::labels::Labels;
use crate::network::Maps;
use crate::picture::Picture;
use crate::upsample::Upsampler;

/// Of the picture: less is seen well from near, more is scenery.
const LEAST: f32 = 0.06;
const MOST: f32 = 0.7;
/// Nobody's part of a figure that was missed.
const FREE: f32 = 0.5;
/// A thing is part of a figure where this much of it lies there.
const INSIDE: f32 = 0.8;

/// Adds what is too large to be seen whole from near, so that it was taken for ground: figures that fill the picture. What lies
/// in one and is less sure than it is part of it.
pub fn add_missed(
    picture: &Picture,
    far: &Maps,
    instances: &mut Instances,
    labels: &mut Labels,
    near: &Upsampler,
) {
    let found = Instances::read(far);
    let there = Upsampler::new(picture, far);
    let count = found.things.len() + 1;
    // A cell of the far look.
    let margin = (2 * picture.width).div_ceil(far.width);
    for (k, thing) in found.things.iter().enumerate() {
        let seen = |cell: usize| found.ownership[cell * count + k + 1];
        let share = over(picture, &there, seen);
        let figure = Figure {
            share,
            score: thing.score,
        };
        if instances.things.len() + 1 < usize::from(u8::MAX) && figure.is_missed(labels) {
            figure.take_parts(instances, labels);
            let label = instances.things.len() as u8 + 1;
            labels.claim(picture, label, &figure.share, margin.min(255) as u8);
            let whole = over(picture, &there, |cell| found.whole[k][cell]);
            let takes = near.cells(|i| labels.of[i] == label);
            let is_there =
                |i: usize| labels.of[i] == label || figure.share[i] > 0.5 || whole[i] > 0.5;
            instances.add(thing.class, thing.score, &takes, &near.cells(is_there));
        }
    }
}

/// A far look's cells at each pixel of the picture.
fn over(picture: &Picture, there: &Upsampler, value: impl Fn(usize) -> f32 + Sync) -> Vec<f32> {
    let at = |i: usize| {
        let mut sum = 0.0;
        let (x, y) = (i % picture.width, i / picture.width);
        there.corners(x, y, |cell, weight| sum += weight * value(cell));
        sum
    };
    (0..picture.len()).into_par_iter().map(at).collect()
}

struct Figure {
    /// Of each pixel.
    share: Vec<f32>,
    score: f32,
}

impl Figure {
    fn is_missed(&self, labels: &Labels) -> bool {
        let own = (0..self.share.len()).filter(|&i| self.share[i] > 0.5);
        let (own, free) = own.fold((0, 0), |(own, free), i| {
            (own + 1, free + usize::from(labels.is_ground(i)))
        });
        let part = own as f32 / self.share.len() as f32;
        (LEAST..MOST).contains(&part) && free as f32 > FREE * own as f32
    }

    fn take_parts(&self, instances: &Instances, labels: &mut Labels) {
        let count = instances.things.len() + 1;
        let (mut all, mut inside) = (vec![0usize; count], vec![0usize; count]);
        for (&of, &share) in labels.of.iter().zip(&self.share) {
            all[usize::from(of)] += 1;
            inside[usize::from(of)] += usize::from(share > 0.5);
        }
        let is_part = |of: u8| {
            let k = usize::from(of);
            of > 0
                && instances.things[k - 1].score < self.score
                && inside[k] as f32 > INSIDE * all[k] as f32
        };
        labels
            .of
            .iter_mut()
            .filter(|of| is_part(**of))
            .for_each(|of| *of = 0);
    }
}
