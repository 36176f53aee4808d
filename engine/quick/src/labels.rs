use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::instances::{Class, Instances};
use crate::network::Maps;
use crate::picture::{Picture, distance};
use crate::regions::{each_surface, is_flat};
use crate::upsample::{Upsampler, positions};
use crate::window::{depth, neighbours};

/// A pixel this sure of its owner, and far enough from any border, keeps it.
const SURE: f32 = 0.9;
/// What a step costs beside the change of colour, and what it costs where the network says the pixel is another's.
const STEP: f32 = 0.01;
const DOUBT: f32 = 0.15;
/// So does the middle of what is thin, where its owner is known to the pixel.
const RIDGE: f32 = 0.6;
/// A border is looked for so many pixels from where it seems to be; where that is known less well further away, at no
/// greater cost.
const MARGINS: RangeInclusive<u8> = 2..=5;
/// A flat area of more than this part of the picture may be the ground and things of its colour.
const FLAT: f32 = 0.15;
/// Pieces of less than this part of the picture are not worth a border.
pub const SPECK: f32 = 0.00006;

/// No layer: nothing is seen there.
pub const NOWHERE: u8 = u8::MAX;
/// Numbers that a label may have.
const LABELS: usize = 1 << u8::BITS;

/// Whose each pixel of the picture is, text taken away: 0 the ground's, k + 1 thing k's.
pub struct Labels {
    pub of: Vec<u8>,
    /// The probability of text.
    pub text: Vec<f32>,
}

impl Labels {
    /// Neither a thing nor text is likely there.
    pub fn is_ground(&self, i: usize) -> bool {
        self.of[i] == 0 && self.text[i] < 0.3
    }

    pub fn of(
        picture: &Picture,
        maps: &Maps,
        instances: &Instances,
        upsampler: &Upsampler,
    ) -> Self {
        let mut votes = Votes::of(picture, maps, instances, upsampler);
        votes.heed_surfaces(picture);
        let scale = picture.width as f32 / maps.width as f32;
        let margin = ((2.0 * scale).round() as u8).clamp(*MARGINS.start(), *MARGINS.end());
        votes.settle(picture, margin, RIDGE)
    }

    /// Gives a new owner what of the ground is likelier its own, up to the edges that are at most `margin` pixels from where
    /// its share says.
    pub fn claim(&mut self, picture: &Picture, label: u8, share: &[f32], margin: u8) {
        let vote = |(&of, &share): (&u8, &f32)| match of {
            0 if share > 0.5 => ((label, share), (0, 1.0 - share)),
            0 => ((0, 1.0 - share), (label, share)),
            other => ((other, 1.0), (other, 0.0)),
        };
        let (first, second) = self.of.iter().zip(share).map(vote).unzip();
        let mut votes = Votes {
            first,
            second,
            text: std::mem::take(&mut self.text),
            is_open: self.of.iter().map(|&of| of == 0).collect(),
        };
        votes.heed_surfaces(picture);
        *self = votes.settle(picture, margin, SURE);
    }
}

/// The two likeliest owners of each pixel of the picture, with their probabilities, and the probability of text.
struct Votes {
    first: Vec<(u8, f32)>,
    second: Vec<(u8, f32)>,
    text: Vec<f32>,
    /// Not so where the owner is known from elsewhere.
    is_open: Vec<bool>,
}

impl Votes {
    fn of(picture: &Picture, maps: &Maps, instances: &Instances, upsampler: &Upsampler) -> Self {
        let classes = class_shares(maps);
        let count = instances.things.len() + 1;
        let columns = positions(picture.width, maps.width);
        let rows = positions(picture.height, maps.height);
        let (w, n) = (picture.width, picture.len());
        let mut votes = Self {
            first: vec![(0, 0.0); n],
            second: vec![(0, 0.0); n],
            text: vec![0.0; n],
            is_open: vec![true; n],
        };
        let of_rows = votes.first.par_chunks_mut(w);
        let of_rows = of_rows.zip(votes.second.par_chunks_mut(w));
        let of_rows = of_rows.zip(votes.text.par_chunks_mut(w)).enumerate();
        of_rows.for_each(|(y, ((firsts, seconds), texts))| {
            let mut owners = vec![0.0; count];
            for x in 0..w {
                let class = columns[x].mix(rows[y], maps.width, |i| classes[i]);
                owners.fill(0.0);
                upsampler.corners(x, y, |i, weight| {
                    let cell = &instances.ownership[i * count..][..count];
                    owners
                        .iter_mut()
                        .zip(cell)
                        .for_each(|(o, c)| *o += weight * c);
                });
                weigh(&mut owners, class, instances);
                (firsts[x], seconds[x]) = likeliest(&owners);
                texts[x] = class[3];
            }
        });
        votes
    }

    /// A flat area has one owner. Any other surface has, unless the network is quite sure of several: what it says of a pixel
    /// is weighed with what it says of the whole surface that the pixel is part of.
    fn heed_surfaces(&mut self, picture: &Picture) {
        let (text, is_open) = (&self.text, &self.is_open);
        let (first, second) = (&mut self.first, &mut self.second);
        each_surface(
            picture,
            |i| is_open[i] && text[i] < 0.5,
            |surface| {
                let mut shares = [0.0f32; LABELS];
                let mut is_there = [false; LABELS];
                for &i in surface {
                    for (label, share) in [first[i], second[i]] {
                        shares[usize::from(label)] += share / surface.len() as f32;
                        is_there[usize::from(label)] = true;
                    }
                }
                let there = (0..=u8::MAX).filter(|&label| is_there[usize::from(label)]);
                let main = there.map(|label| (label, shares[usize::from(label)]));
                let main = main.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 1.0));
                let is_small = surface.len() as f32 <= FLAT * picture.len() as f32;
                if is_small && main.1 > 0.5 && is_flat(picture, surface) {
                    surface.iter().for_each(|&i| first[i] = main);
                    surface.iter().for_each(|&i| second[i] = (main.0, 0.0));
                    return;
                }
                let weight = |label: u8| shares[usize::from(label)].sqrt();
                for &i in surface {
                    let known = first[i].0 == main.0 || second[i].0 == main.0;
                    let rest = (1.0 - first[i].1 - second[i].1).max(0.0);
                    let mut owners = [
                        first[i],
                        second[i],
                        (main.0, if known { 0.0 } else { rest }),
                    ];
                    owners.iter_mut().for_each(|o| o.1 *= weight(o.0));
                    let sum = owners.iter().map(|o| o.1).sum::<f32>().max(1e-6);
                    owners.iter_mut().for_each(|o| o.1 /= sum);
                    owners.sort_by(|a, b| b.1.total_cmp(&a.1));
                    (first[i], second[i]) = (owners[0], owners[1]);
                }
            },
        );
    }

    fn doubt(&self, i: usize, label: u8) -> f32 {
        let sure = [self.first[i], self.second[i]];
        let own = sure.iter().find(|(l, _)| *l == label);
        1.0 - own.map_or(0.0, |(_, p)| *p)
    }

    fn settle(self, picture: &Picture, margin: u8, ridge: f32) -> Labels {
        let mut of = self.grown(picture, margin, ridge);
        join_specks(&mut of, picture.width, picture.height);
        Labels {
            of,
            text: self.text,
        }
    }

    /// From where the owner is sure labels grow into the rest along the ways of least change in colour, so that they meet
    /// where the picture has its edges.
    fn grown(&self, picture: &Picture, margin: u8, ridge: f32) -> Vec<u8> {
        const NONE: u8 = u8::MAX;
        let (w, n) = (picture.width, picture.len());
        let mut of: Vec<u8> = self.first.iter().map(|f| f.0).collect();
        let open = &self.is_open;
        let is_border =
            |i: usize| open[i] && neighbours(i, w, n).any(|j| open[j] && of[j] != of[i]);
        let border: Vec<bool> = (0..n).into_par_iter().map(is_border).collect();
        let inner = depth(w, picture.height, |i| !border[i]);
        // What is thinner than the margins keeps its middle, where it is sure.
        let is_ridge = |i: usize| {
            inner[i] > 0 && neighbours(i, w, n).all(|j| of[j] != of[i] || inner[j] <= inner[i])
        };
        let is_free = |i: usize| {
            let sure = self.first[i].1;
            // Under text colours say nothing.
            open[i]
                && self.text[i] < 0.3
                && (sure < SURE || inner[i] < margin)
                && !(sure > ridge && is_ridge(i))
        };
        let free: Vec<bool> = (0..n).into_par_iter().map(is_free).collect();
        let mut cost = vec![u32::MAX; n];
        let mut queue = BinaryHeap::new();
        for i in 0..n {
            if free[i] {
                of[i] = NONE;
            } else {
                cost[i] = 0;
            }
        }
        let nearer = (f32::from(*MARGINS.end()) / f32::from(margin)).min(1.0);
        for i in (0..n).filter(|&i| !free[i] && open[i]) {
            if neighbours(i, w, n).any(|j| free[j]) {
                queue.push(Reverse((0u32, i as u32)));
            }
        }
        while let Some(Reverse((spent, i))) = queue.pop() {
            let i = i as usize;
            if spent > cost[i] {
                continue;
            }
            for j in neighbours(i, w, n).filter(|&j| free[j]) {
                let change = distance(picture.rgb[i], picture.rgb[j]);
                let step = change + nearer * (STEP + DOUBT * self.doubt(j, of[i]));
                let total = spent + (step * 4096.0) as u32;
                if total < cost[j] {
                    cost[j] = total;
                    of[j] = of[i];
                    queue.push(Reverse((total, j as u32)));
                }
            }
        }
        for (label, first) in of.iter_mut().zip(&self.first) {
            if *label == NONE {
                *label = first.0;
            }
        }
        of
    }
}

/// For each pixel the shares of background, object, shape and text.
fn class_shares(maps: &Maps) -> Vec<[f32; 4]> {
    let planes = [0, 1, 2, 3].map(|c| maps.classes.channel(c));
    (0..maps.width * maps.height)
        .into_par_iter()
        .map(|i| {
            let logits = planes.map(|plane| plane[i]);
            let most = logits.iter().copied().fold(f32::MIN, f32::max);
            let shares = logits.map(|v| (v - most).exp());
            let sum: f32 = shares.iter().sum();
            shares.map(|v| v / sum)
        })
        .collect()
}

/// What the classes say at full size sharpens what the owners say at half; under text they say nothing.
fn weigh(owners: &mut [f32], [ground, object, shape, text]: [f32; 4], instances: &Instances) {
    let seen = 1.0 - text;
    let factor = |own: f32| seen * (own + 0.02) / (seen + 0.02) + (1.0 - seen) * 0.5;
    owners[0] *= factor(ground);
    for (owner, thing) in owners[1..].iter_mut().zip(&instances.things) {
        *owner *= match thing.class {
            Class::Shape => factor(shape + 0.3 * object),
            _ => factor(object + 0.3 * shape),
        };
    }
    let sum: f32 = owners.iter().sum::<f32>().max(1e-12);
    owners.iter_mut().for_each(|o| *o /= sum);
}

fn likeliest(owners: &[f32]) -> ((u8, f32), (u8, f32)) {
    let (mut first, mut second) = ((0, f32::MIN), (0, 0.0));
    for (k, &p) in owners.iter().enumerate() {
        if p > first.1 {
            second = first;
            first = (k as u8, p);
        } else if p > second.1 {
            second = (k as u8, p);
        }
    }
    (first, (second.0, second.1.max(0.0)))
}

/// Small pieces become what most of their border is with.
fn join_specks(of: &mut [u8], width: usize, height: usize) {
    let least = ((width * height) as f32 * SPECK).max(6.0) as usize;
    let mut done = vec![false; of.len()];
    let mut piece = Vec::new();
    for start in 0..of.len() {
        if done[start] {
            continue;
        }
        let label = of[start];
        piece.clear();
        piece.push(start);
        done[start] = true;
        let mut next = 0;
        let mut borders = BTreeMap::<u8, usize>::new();
        while next < piece.len() {
            for n in neighbours(piece[next], width, of.len()) {
                if of[n] != label {
                    *borders.entry(of[n]).or_default() += 1;
                } else if !done[n] {
                    done[n] = true;
                    piece.push(n);
                }
            }
            next += 1;
        }
        let most = borders
            .into_iter()
            .max_by_key(|&(label, n)| (n, Reverse(label)));
        if let Some((most, _)) = most.filter(|_| piece.len() < least) {
            piece.iter().for_each(|&i| of[i] = most);
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;

    const SIDE: usize = 160;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_claim_ends_at_the_edge_and_leaves_what_is_anothers(
            x in 60f32..100.0,
            y in 60f32..100.0,
            radius in 25f32..45.0,
            off in -4f32..4.0,
        ) {
            let far = |i: usize| ((i % SIDE) as f32 - x).hypot((i / SIDE) as f32 - y) - radius;
            let picture = Picture::new(&RgbaImage::from_fn(SIDE as u32, SIDE as u32, |u, v| {
                match far(v as usize * SIDE + u as usize) < 0.0 {
                    true => Rgba([90 + u as u8, 60, 40 + v as u8, 255]),
                    false => Rgba([20, 150 - v as u8 / 2, 200, 255]),
                }
            }));
            let is_others = |i: usize| far(i) < 5.0 - radius;
            let mut labels = Labels {
                of: (0..picture.len()).map(|i| u8::from(is_others(i))).collect(),
                text: vec![0.0; picture.len()],
            };
            let share = |i: usize| (0.5 - (far(i) + off) / 16.0).clamp(0.0, 1.0);
            let share: Vec<f32> = (0..picture.len()).map(share).collect();
            labels.claim(&picture, 2, &share, 10);
            for i in (0..picture.len()).filter(|&i| far(i).abs() > 1.5) {
                let owner = if far(i) < 0.0 { 2 } else { 0 };
                let owner = if is_others(i) { 1 } else { owner };
                prop_assert_eq!(labels.of[i], owner, "{} from the edge", far(i));
            }
        }
    }
}
