use engine::Content;
use ocr::TextBlock;

use crate::cutting::Cutting;

/// A layer, cut out.
pub struct Cut {
    pub cutting: Cutting,
    pub content: Content,
    pub score: f32,
    pub text: Option<TextBlock>,
}

impl Cut {
    fn area(&self) -> f32 {
        self.cutting.pixels.iter().map(|p| p[3]).sum()
    }

    /// How much would be lost if it were no layer of its own.
    fn weight(&self) -> f32 {
        let kind = if self.content == Content::Text {
            2.0
        } else {
            1.0
        };
        kind * self.score * self.area().sqrt()
    }
}

/// Joins layers, bottom first, until they are no more than `most`: the least is laid into the one it overlaps most, else
/// the nearest; into the ground only where there is no other.
pub fn at_most(mut cuts: Vec<Cut>, most: usize) -> Vec<Cut> {
    while cuts.len() > most.max(1) {
        let weights: Vec<f32> = cuts.iter().map(Cut::weight).collect();
        let Some(least) = (1..cuts.len()).min_by(|&a, &b| weights[a].total_cmp(&weights[b])) else {
            break;
        };
        let near = |&k: &usize| nearness(&cuts[least].cutting, &cuts[k].cutting);
        let other = (1..cuts.len())
            .filter(|&k| k != least)
            .max_by(|a, b| near(a).total_cmp(&near(b)).then(b.cmp(a)))
            .unwrap_or(0);
        join(&mut cuts, least, other);
    }
    cuts
}

fn join(cuts: &mut Vec<Cut>, least: usize, other: usize) {
    let (low, high) = (least.min(other), least.max(other));
    let upper = &cuts[high].cutting;
    // What lies between and covers the lower one would cover the upper one too.
    let is_free = (low + 1..high).all(|k| overlap(upper, &cuts[k].cutting) == 0.0);
    let cutting = over(&cuts[low].cutting, upper);
    let joined = Cut {
        cutting,
        content: cuts[other].content,
        score: cuts[other].score,
        text: cuts[other].text.take(),
    };
    let (stays, goes) = if is_free { (low, high) } else { (high, low) };
    cuts[stays] = joined;
    cuts.remove(goes);
}

/// The part of a that b covers; below 0 the further apart they are.
fn nearness(a: &Cutting, b: &Cutting) -> f32 {
    let shared = overlap(a, b);
    if shared > 0.0 {
        return shared / a.pixels.iter().map(|p| p[3]).sum::<f32>();
    }
    let (dx, dy) = a.bounds.gap(b.bounds);
    -((dx + dy) as f32)
}

fn overlap(a: &Cutting, b: &Cutting) -> f32 {
    let shared = a.bounds.shared(b.bounds);
    let mut sum = 0.0;
    for y in shared.top..shared.bottom {
        for x in shared.left..shared.right {
            sum += a.at(x, y)[3].min(b.at(x, y)[3]);
        }
    }
    sum
}

/// Source-over of straight alphas.
fn over(low: &Cutting, high: &Cutting) -> Cutting {
    let bounds = low.bounds.joined(high.bounds);
    let mut pixels = Vec::with_capacity(bounds.area());
    for y in bounds.top..bounds.bottom {
        for x in bounds.left..bounds.right {
            let (below, above) = (low.at(x, y), high.at(x, y));
            let rest = (1.0 - above[3]) * below[3];
            let alpha = above[3] + rest;
            let mix = |c: usize| (above[3] * above[c] + rest * below[c]) / alpha.max(1e-6);
            pixels.push([mix(0), mix(1), mix(2), alpha]);
        }
    }
    Cutting { bounds, pixels }
}
