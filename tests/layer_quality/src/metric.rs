//! The measure of LayerD (arXiv 2509.25134), which Qwen-Image-Layered (arXiv 2512.15603) reports too:
//!
//! 1. Two layers are compared by **soft IoU** of their alphas, Σ min / Σ max, and by **RGB L1**, the mean absolute
//!    difference of straight sRGB in 0..1, weighted by the true layer's alpha. Their distance is the mean of L1 and 1 − IoU.
//! 2. In each stack, layers that nothing lies over are composed into one, then those that only these lie over, and so on:
//!    the order of layers that do not touch means nothing.
//! 3. The two stacks, bottom first, are aligned in order by dynamic time warping over that distance: every layer of each
//!    stack has a partner, and partners never cross. The scores are means over the aligned pairs.
//! 4. Because how finely a design is cut is a matter of taste, up to `merges` times two neighbours of either stack are
//!    composed into one, each time the pair that lowers the mean distance most, if any does.

use engine::recompose;
use image::RgbaImage;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// 0..1, higher is better.
    pub iou: f64,
    /// 0..1, lower is better.
    pub l1: f64,
}

impl Score {
    fn distance(self) -> f64 {
        f64::midpoint(self.l1, 1.0 - self.iou)
    }

    pub fn mean(scores: &[Self]) -> Self {
        let n = scores.len().max(1) as f64;
        Self {
            iou: scores.iter().map(|s| s.iou).sum::<f64>() / n,
            l1: scores.iter().map(|s| s.l1).sum::<f64>() / n,
        }
    }
}

/// Full-canvas layers of one size, bottom first; neither stack may be empty.
pub fn score(found: &[RgbaImage], truth: &[RgbaImage], merges: usize) -> Score {
    matched([by_level(found), by_level(truth)], merges)
}

/// Without step 2: layers beside each other must come in the same order too.
pub fn strict_score(found: &[RgbaImage], truth: &[RgbaImage]) -> Score {
    matched([found.to_vec(), truth.to_vec()], 0)
}

fn matched(mut stacks: [Vec<RgbaImage>; 2], merges: usize) -> Score {
    let mut best = aligned(&stacks);
    for _ in 0..merges {
        let tries = (0..2).flat_map(|side| (1..stacks[side].len()).map(move |upper| (side, upper)));
        let merged = tries
            .map(|(side, upper)| {
                let mut stacks = stacks.clone();
                let top = stacks[side].remove(upper);
                let below = &mut stacks[side][upper - 1];
                *below = recompose(below.width(), below.height(), &[&*below, &top]);
                (aligned(&stacks), stacks)
            })
            .min_by(|a, b| a.0.distance().total_cmp(&b.0.distance()));
        match merged {
            Some((score, next)) if score.distance() < best.distance() => {
                (best, stacks) = (score, next)
            }
            _ => break,
        }
    }
    best
}

fn by_level(layers: &[RgbaImage]) -> Vec<RgbaImage> {
    let touch = |a: &RgbaImage, b: &RgbaImage| {
        a.pixels()
            .zip(b.pixels())
            .any(|(a, b)| a.0[3] > 0 && b.0[3] > 0)
    };
    let mut levels = vec![0usize; layers.len()];
    for i in (0..layers.len()).rev() {
        let above = (i + 1..layers.len()).filter(|&j| touch(&layers[i], &layers[j]));
        levels[i] = above.map(|j| levels[j] + 1).max().unwrap_or(0);
    }
    let top = levels.iter().copied().max().unwrap_or(0);
    (0..=top)
        .rev()
        .map(|level| {
            let members: Vec<&RgbaImage> = layers
                .iter()
                .zip(&levels)
                .filter(|(_, l)| **l == level)
                .map(|(m, _)| m)
                .collect();
            recompose(layers[0].width(), layers[0].height(), &members)
        })
        .collect()
}

fn aligned([found, truth]: &[Vec<RgbaImage>; 2]) -> Score {
    let pairs: Vec<Vec<Score>> = found
        .iter()
        .map(|f| truth.iter().map(|t| compare(f, t)).collect())
        .collect();
    let mut sums = vec![vec![f64::INFINITY; truth.len()]; found.len()];
    let before = |sums: &[Vec<f64>], i: usize, j: usize| {
        let mut steps = Vec::new();
        if i > 0 && j > 0 {
            steps.push((i - 1, j - 1));
        }
        if i > 0 {
            steps.push((i - 1, j));
        }
        if j > 0 {
            steps.push((i, j - 1));
        }
        steps
            .into_iter()
            .min_by(|a, b| sums[a.0][a.1].total_cmp(&sums[b.0][b.1]))
    };
    for i in 0..found.len() {
        for j in 0..truth.len() {
            let so_far = before(&sums, i, j).map_or(0.0, |(a, b)| sums[a][b]);
            sums[i][j] = so_far + pairs[i][j].distance();
        }
    }
    let mut at = Some((found.len() - 1, truth.len() - 1));
    let mut path = Vec::new();
    while let Some((i, j)) = at {
        path.push(pairs[i][j]);
        at = before(&sums, i, j);
    }
    Score::mean(&path)
}

fn compare(found: &RgbaImage, truth: &RgbaImage) -> Score {
    let (mut shared, mut either, mut apart, mut weight) = (0u64, 0u64, 0.0f64, 0.0f64);
    for (f, t) in found.pixels().zip(truth.pixels()) {
        shared += u64::from(f.0[3].min(t.0[3]));
        either += u64::from(f.0[3].max(t.0[3]));
        if t.0[3] > 0 {
            let alpha = f64::from(t.0[3]) / 255.0;
            let sum: u32 = (0..3).map(|c| u32::from(f.0[c].abs_diff(t.0[c]))).sum();
            apart += alpha * f64::from(sum) / (3.0 * 255.0);
            weight += alpha;
        }
    }
    Score {
        iou: if either == 0 {
            0.0
        } else {
            shared as f64 / either as f64
        },
        l1: if weight == 0.0 { 0.0 } else { apart / weight },
    }
}
