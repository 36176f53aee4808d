//! How near layers come to the true ones when each true layer is given one found layer, the best for all together.
//!
//! What is compared is what can be **seen** of a layer: its alpha times the product of 1 − alpha of all above it. The
//! lowest layer of each stack is its background, which is compared for itself, where it was hidden.

use std::collections::BTreeMap;

use image::RgbaImage;
use serde::{Deserialize, Serialize};

use crate::Found;
use crate::assignment::assign;
use crate::words::held;

/// A layer with less to see, in pixels, is not counted.
const LEAST: u64 = 200 * 255;
/// Good enough to use.
pub const USABLE: f64 = 0.85;
/// A name with as much of the words holds them.
const NAMED: f64 = 0.8;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean soft IoU (Σ min / Σ max) of the true layers with theirs.
    pub iou: f64,
    /// Share of the true layers at `USABLE` or more.
    pub usable: f64,
    /// Soft IoU of everything that is text with everything that was found to be.
    pub text: Option<f64>,
    /// Share of the true text layers whose found layer is named by their words.
    pub named: Option<f64>,
    /// |found − true| layers.
    pub count: f64,
    /// Mean difference of the backgrounds, of 255, where less than half of the true one was seen; a hole differs by 255.
    pub hidden: Option<f64>,
}

/// True layers are bottom first on the whole canvas; `texts` has the words of those that are text.
pub fn figures(found: &Found, truth: &[RgbaImage], texts: &BTreeMap<usize, String>) -> Figures {
    let (true_seen, found_seen) = (seen(truth), seen(&found.layers));
    let counted: Vec<usize> = (1..truth.len())
        .filter(|&t| true_seen[t].iter().map(|&a| u64::from(a)).sum::<u64>() > LEAST)
        .collect();
    let ious: Vec<Vec<f64>> = counted
        .iter()
        .map(|&t| {
            found_seen
                .iter()
                .skip(1)
                .map(|f| iou(&true_seen[t], f))
                .collect()
        })
        .collect();
    let costs: Vec<Vec<f64>> = ious
        .iter()
        .map(|row| row.iter().map(|v| -v).collect())
        .collect();
    let partners = assign(&costs);
    let reached: Vec<f64> = ious
        .iter()
        .zip(&partners)
        .map(|(row, partner)| partner.map_or(0.0, |p| row[p]))
        .collect();
    let named = counted.iter().zip(&partners).filter_map(|(t, partner)| {
        let name = partner.map_or("", |p| found.names[p + 1].as_str());
        texts
            .get(t)
            .map(|words| f64::from(held(name, words) >= NAMED))
    });
    let true_text = total(&true_seen, |t| texts.contains_key(&t));
    let found_text = total(&found_seen, |f| found.is_text[f]);
    Figures {
        iou: mean(reached.iter().copied()).unwrap_or(0.0),
        usable: mean(reached.iter().map(|&v| f64::from(v >= USABLE))).unwrap_or(0.0),
        text: (!texts.is_empty()).then(|| iou(&true_text, &found_text)),
        named: mean(named),
        count: found.layers.len().abs_diff(truth.len()) as f64,
        hidden: hidden(&found.layers[0], &truth[0], &true_seen[0]),
    }
}

pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// How much of each layer is seen at each pixel, 0..255.
fn seen(layers: &[RgbaImage]) -> Vec<Vec<u8>> {
    let pixels = layers.first().map_or(0, |l| l.pixels().len());
    let mut through = vec![1.0f32; pixels];
    let mut out: Vec<Vec<u8>> = layers
        .iter()
        .rev()
        .map(|layer| {
            let see = |(through, pixel): (&mut f32, &image::Rgba<u8>)| {
                let alpha = f32::from(pixel.0[3]) / 255.0;
                let seen = (*through * alpha * 255.0).round() as u8;
                *through *= 1.0 - alpha;
                seen
            };
            through.iter_mut().zip(layer.pixels()).map(see).collect()
        })
        .collect();
    out.reverse();
    out
}

fn iou(a: &[u8], b: &[u8]) -> f64 {
    let (mut shared, mut either) = (0u64, 0u64);
    for (a, b) in a.iter().zip(b) {
        shared += u64::from(*a.min(b));
        either += u64::from(*a.max(b));
    }
    if either == 0 {
        0.0
    } else {
        shared as f64 / either as f64
    }
}

fn total(seen: &[Vec<u8>], counts: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut sum = vec![0u8; seen.first().map_or(0, Vec::len)];
    for (_, layer) in seen.iter().enumerate().filter(|(n, _)| counts(*n)) {
        sum.iter_mut()
            .zip(layer)
            .for_each(|(s, v)| *s = s.saturating_add(*v));
    }
    sum
}

fn hidden(found: &RgbaImage, truth: &RgbaImage, seen: &[u8]) -> Option<f64> {
    let differences = found
        .pixels()
        .zip(truth.pixels())
        .zip(seen)
        .filter(|(_, seen)| **seen < 128);
    mean(differences.map(|((f, t), _)| {
        let apart: u32 = (0..3).map(|c| u32::from(f.0[c].abs_diff(t.0[c]))).sum();
        let alpha = f64::from(f.0[3]) / 255.0;
        alpha * f64::from(apart) / 3.0 + (1.0 - alpha) * 255.0
    }))
}
