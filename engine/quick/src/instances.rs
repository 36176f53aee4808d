use rayon::prelude::*;

use crate::network::{Map, Maps};

/// A centre is a peak of its heat map that is at least this sure.
const PEAK: f32 = 0.25;
/// Peaks are this far apart at least, in cells.
const APART: usize = 2;
/// More instances of a class are not looked at.
const MOST: usize = 60;
/// Two centres whose whole masks agree this much are one thing's.
const SAME: f32 = 0.7;
/// And they share this part of what is seen of the lesser.
const MIXED: f32 = 0.1;
/// Of the picture: what is seen of less is a speck.
const SPECK: f32 = 0.0002;
/// How strongly a pixel's vote for a place holds it to a centre there.
const PULL: f32 = 1.5;
/// Input pixels in one unit of the offsets.
const UNIT: f32 = 32.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Object,
    Shape,
    Text,
}

/// Something the network found: a peak among the centres, or several that are one thing's.
#[derive(Debug, Clone)]
pub struct Instance {
    pub class: Class,
    pub score: f32,
    peaks: Vec<Peak>,
}

#[derive(Debug, Clone)]
struct Peak {
    /// In units of the offsets.
    x: f32,
    y: f32,
    kernel: Vec<f32>,
    amodal_kernel: Vec<f32>,
}

/// Who owns what, on the grid of half the network's size.
pub struct Instances {
    pub width: usize,
    pub height: usize,
    /// Objects and shapes.
    pub things: Vec<Instance>,
    /// For each cell the share of the ground and then of each thing, all text taken away; they add up to 1.
    pub ownership: Vec<f32>,
    /// For each thing its whole mask, 0..1, also where it is covered.
    pub whole: Vec<Vec<f32>>,
    pub texts: Vec<Instance>,
    /// For each cell the share of each text; only where there is text do they mean something.
    pub text_ownership: Vec<f32>,
    /// The alpha of shadows and glows, and the thing they belong to.
    pub effect: Vec<f32>,
    pub effect_owner: Vec<u8>,
}

impl Instances {
    pub fn read(maps: &Maps) -> Self {
        let mut things = peaks(maps, Class::Object);
        things.extend(peaks(maps, Class::Shape));
        things.sort_by(|a, b| b.score.total_cmp(&a.score));
        let whole: Vec<Vec<f32>> = things.par_iter().map(|t| whole_mask(maps, t)).collect();
        let ownership = ownership(maps, &things, Some(&maps.ground), 0);
        let (things, ownership, whole) = fused(things, &ownership, whole);
        let (things, ownership, whole) = without_specks(things, &ownership, whole);
        let texts = peaks(maps, Class::Text);
        let text_ownership = self::ownership(maps, &texts, None, 2);
        let effect = maps.effect.values.par_iter().map(|&v| sigmoid(v)).collect();
        Self {
            width: maps.ground.width,
            height: maps.ground.height,
            effect_owner: nearest(maps, &things),
            things,
            ownership,
            whole,
            texts,
            text_ownership,
            effect,
        }
    }

    /// Adds a thing that takes the ground's share of these cells, and what others have there, under their centres elsewhere.
    /// Returns its label.
    pub fn add(&mut self, class: Class, score: f32, takes: &[bool], whole: &[bool]) -> u8 {
        let count = self.things.len() + 1;
        let cells = self.ownership.chunks_exact(count).zip(takes);
        self.ownership = cells
            .flat_map(|(cell, &takes)| {
                let left = if takes { 0.0 } else { 1.0 };
                let own = if takes { cell.iter().sum() } else { 0.0 };
                let others = cell.iter().map(move |share| share * left);
                others.chain([own])
            })
            .collect();
        for other in &mut self.whole {
            let taken = other.iter_mut().zip(takes).filter(|(_, takes)| **takes);
            taken.for_each(|(there, _)| *there = 0.0);
        }
        for (owner, _) in self
            .effect_owner
            .iter_mut()
            .zip(whole)
            .filter(|(_, whole)| **whole)
        {
            *owner = self.things.len() as u8;
        }
        let there = whole.iter().map(|&whole| f32::from(u8::from(whole)));
        self.whole.push(there.collect());
        self.things.push(Instance {
            class,
            score,
            peaks: Vec::new(),
        });
        count as u8
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn peaks(maps: &Maps, class: Class) -> Vec<Instance> {
    let slot = class as usize;
    let (w, h) = (maps.centers.width, maps.centers.height);
    let heat = maps.centers.channel(slot);
    let least = (PEAK / (1.0 - PEAK)).ln();
    let is_peak = |k: usize| {
        let (x, y) = (k % w, k / w);
        let mut around = (y.saturating_sub(APART)..(y + APART + 1).min(h)).flat_map(|v| {
            (x.saturating_sub(APART)..(x + APART + 1).min(w)).map(move |u| v * w + u)
        });
        // Of two equal ones the first counts.
        heat[k] >= least && around.all(|n| heat[n] < heat[k] || (heat[n] == heat[k] && n >= k))
    };
    let mut found: Vec<usize> = (0..w * h).filter(|&k| is_peak(k)).collect();
    found.sort_by(|&a, &b| heat[b].total_cmp(&heat[a]).then(a.cmp(&b)));
    found.truncate(MOST);
    let read = |map: &Map, k: usize| {
        let length = maps.embedding.channels();
        let first = slot * length;
        match map.channels() >= first + length {
            true => (first..first + length).map(|c| map.channel(c)[k]).collect(),
            false => Vec::new(),
        }
    };
    found
        .into_iter()
        .map(|k| Instance {
            class,
            score: sigmoid(heat[k]),
            peaks: vec![Peak {
                x: (k % w * 4) as f32 / UNIT,
                y: (k / w * 4) as f32 / UNIT,
                kernel: read(&maps.kernels, k),
                amodal_kernel: read(&maps.amodal_kernels, k),
            }],
        })
        .collect()
}

/// kernel · embedding / 4 along a row.
fn answer(maps: &Maps, kernel: &[f32], y: usize) -> Vec<f32> {
    let mut row = vec![0.0; maps.embedding.width];
    for (e, &k) in kernel.iter().enumerate() {
        for (sum, v) in row.iter_mut().zip(maps.embedding.row(e, y)) {
            *sum += k * v / 4.0;
        }
    }
    row
}

/// Where a cell's pixel lies, in units of the offsets.
fn place(cell: usize) -> f32 {
    (2 * cell) as f32 / UNIT
}

fn whole_mask(maps: &Maps, instance: &Instance) -> Vec<f32> {
    let (w, h) = (maps.embedding.width, maps.embedding.height);
    let mut mask = Vec::with_capacity(w * h);
    let peak = &instance.peaks[0];
    for y in 0..h {
        let row = answer(maps, &peak.amodal_kernel, y);
        mask.extend(row.iter().enumerate().map(|(x, v)| {
            let far = (place(x) - peak.x).hypot(place(y) - peak.y);
            sigmoid(v - 0.25 * far + 1.0)
        }));
    }
    mask
}

/// Softmax over the ground, where there is one, and the instances; `vote` is the first channel of the offsets meant.
fn ownership(maps: &Maps, instances: &[Instance], ground: Option<&Map>, vote: usize) -> Vec<f32> {
    let (w, h) = (maps.embedding.width, maps.embedding.height);
    let first = usize::from(ground.is_some());
    let count = instances.len() + first;
    let mut shares = vec![0.0; w * h * count];
    if count == 0 {
        return shares;
    }
    shares
        .par_chunks_mut(w * count)
        .enumerate()
        .for_each(|(y, shares)| {
            if let Some(ground) = ground {
                for (cell, &v) in shares.chunks_exact_mut(count).zip(ground.row(0, y)) {
                    cell[0] = v;
                }
            }
            let (dx, dy) = (maps.offsets.row(vote, y), maps.offsets.row(vote + 1, y));
            for (k, instance) in instances.iter().enumerate() {
                let peak = &instance.peaks[0];
                let row = answer(maps, &peak.kernel, y);
                for x in 0..w {
                    let (u, v) = (place(x) + dx[x] - peak.x, place(y) + dy[x] - peak.y);
                    shares[x * count + first + k] = row[x] - PULL * (u * u + v * v + 0.01).sqrt();
                }
            }
            for cell in shares.chunks_exact_mut(count) {
                let most = cell.iter().copied().fold(f32::MIN, f32::max);
                cell.iter_mut().for_each(|v| *v = (*v - most).exp());
                let sum: f32 = cell.iter().sum();
                cell.iter_mut().for_each(|v| *v /= sum);
            }
        });
    shares
}

type Owned = (Vec<Instance>, Vec<f32>, Vec<Vec<f32>>);

/// Centres of one thing become one instance, the surest first.
fn fused(things: Vec<Instance>, ownership: &[f32], whole: Vec<Vec<f32>>) -> Owned {
    let mut into: Vec<usize> = Vec::with_capacity(things.len());
    let mut kept: Vec<usize> = Vec::new();
    let mixed = mixed(ownership, things.len());
    let is_same = |j: usize, k: usize| {
        mixed[j * things.len() + k] > MIXED && agreement(&whole[j], &whole[k]) > SAME
    };
    for k in 0..things.len() {
        let same = kept.iter().position(|&j| is_same(j, k));
        into.push(same.unwrap_or(kept.len()));
        if same.is_none() {
            kept.push(k);
        }
    }
    let ownership = regrouped(ownership, &into, kept.len());
    let mut result: Vec<Instance> = kept.iter().map(|&k| things[k].clone()).collect();
    for (k, thing) in things
        .into_iter()
        .enumerate()
        .filter(|(k, _)| !kept.contains(k))
    {
        result[into[k]].peaks.extend(thing.peaks);
    }
    let whole = kept.iter().map(|&k| whole[k].clone()).collect();
    (result, ownership, whole)
}

/// For each pair, which part of the lesser the two share, at [a · count + b].
fn mixed(ownership: &[f32], count: usize) -> Vec<f32> {
    let mut shared = vec![0.0; count * count];
    for cell in ownership.chunks_exact(count + 1) {
        let there: Vec<usize> = (0..count).filter(|&k| cell[k + 1] > 0.02).collect();
        for &a in &there {
            for &b in &there {
                shared[a * count + b] += cell[a + 1].min(cell[b + 1]);
            }
        }
    }
    let area: Vec<f32> = (0..count)
        .map(|k| shared[k * count + k].max(1e-6))
        .collect();
    let part = |(i, &s): (usize, &f32)| s / area[i / count].min(area[i % count]);
    shared.iter().enumerate().map(part).collect()
}

/// Adds up the shares of things by their new numbers; `count` of these means the ground.
fn regrouped(ownership: &[f32], into: &[usize], count: usize) -> Vec<f32> {
    let mut grouped = Vec::with_capacity(ownership.len() / (into.len() + 1) * (count + 1));
    for cell in ownership.chunks_exact(into.len() + 1) {
        let start = grouped.len();
        grouped.resize(start + count + 1, 0.0);
        grouped[start] = cell[0];
        for (share, &group) in cell[1..].iter().zip(into) {
            let slot = if group == count { 0 } else { group + 1 };
            grouped[start + slot] += share;
        }
    }
    grouped
}

fn agreement(a: &[f32], b: &[f32]) -> f32 {
    let (mut shared, mut either) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        shared += a.min(*b);
        either += a.max(*b);
    }
    if either > 0.0 { shared / either } else { 0.0 }
}

fn without_specks(things: Vec<Instance>, ownership: &[f32], whole: Vec<Vec<f32>>) -> Owned {
    let count = things.len() + 1;
    let mut seen = vec![0usize; count];
    for cell in ownership.chunks_exact(count) {
        if let Some(k) = (0..count).find(|&k| cell[k] > 0.5) {
            seen[k] += 1;
        }
    }
    let least = (ownership.len() / count) as f32 * SPECK;
    let stays: Vec<bool> = seen[1..].iter().map(|&n| n as f32 >= least).collect();
    let left = stays.iter().filter(|s| **s).count();
    let mut next = 0..left;
    let into: Vec<usize> = stays
        .iter()
        .map(|&s| if s { next.next().unwrap_or(left) } else { left })
        .collect();
    let kept = |k: usize| stays[k];
    (
        things
            .into_iter()
            .enumerate()
            .filter(|(k, _)| kept(*k))
            .map(|(_, t)| t)
            .collect(),
        regrouped(ownership, &into, left),
        whole
            .into_iter()
            .enumerate()
            .filter(|(k, _)| kept(*k))
            .map(|(_, m)| m)
            .collect(),
    )
}

/// The thing whose centre a cell votes for, the first for none.
fn nearest(maps: &Maps, things: &[Instance]) -> Vec<u8> {
    let w = maps.offsets.width;
    (0..w * maps.offsets.height)
        .into_par_iter()
        .map(|i| {
            let x = place(i % w) + maps.offsets.channel(0)[i];
            let y = place(i / w) + maps.offsets.channel(1)[i];
            let far = |thing: &Instance| {
                let from = thing.peaks.iter().map(|p| (x - p.x).hypot(y - p.y));
                from.fold(f32::MAX, f32::min)
            };
            let nearest =
                (0..things.len()).min_by(|&a, &b| far(&things[a]).total_cmp(&far(&things[b])));
            nearest.unwrap_or(0) as u8
        })
        .collect()
}
