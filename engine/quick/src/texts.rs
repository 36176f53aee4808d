use rayon::prelude::*;

use crate::instances::Instances;
use crate::labels::{Labels, Spread};
use crate::picture::Picture;
use crate::window::Bounds;

/// Text of fewer pixels than this is none.
const LEAST: usize = 24;

/// Lettering that makes one layer.
pub struct Text {
    pub bounds: Bounds,
    /// How much of each pixel of the bounds is lettering.
    pub alpha: Vec<f32>,
    /// The alpha is as fine as the picture; otherwise it tells only where the lettering is, and its edges are found later.
    pub is_exact: bool,
    pub score: f32,
}

impl Text {
    pub fn alpha_within(&self, bounds: Bounds) -> Vec<f32> {
        let own = self.bounds;
        let at = |x: usize, y: usize| {
            let inside = (own.left..own.right).contains(&x) && (own.top..own.bottom).contains(&y);
            let index = || (y - own.top) * own.width() + x - own.left;
            if inside { self.alpha[index()] } else { 0.0 }
        };
        let rows = bounds.top..bounds.bottom;
        rows.flat_map(|y| (bounds.left..bounds.right).map(move |x| (x, y)))
            .map(|(x, y)| at(x, y))
            .collect()
    }
}

/// Text as the layer network sees it: roughly, and without reading it.
pub fn seen_by_network(
    picture: &Picture,
    instances: &Instances,
    labels: &Labels,
    spread: &Spread,
) -> Vec<Text> {
    let count = instances.texts.len();
    if count == 0 {
        return Vec::new();
    }
    let owner = |i: usize| {
        if labels.text[i] < 0.5 || !picture.visible[i] {
            return None;
        }
        let cell = spread.nearest(i % picture.width, i / picture.width);
        let shares = &instances.text_ownership[cell * count..][..count];
        (0..count).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)))
    };
    let owners: Vec<Option<usize>> = (0..picture.len()).into_par_iter().map(owner).collect();
    let mut area = vec![0; count];
    let mut bounds = vec![Bounds::NONE; count];
    for (i, k) in owners
        .iter()
        .enumerate()
        .filter_map(|(i, k)| Some((i, (*k)?)))
    {
        area[k] += 1;
        bounds[k].include(i % picture.width, i / picture.width);
    }
    (0..count)
        .filter(|&k| area[k] >= LEAST)
        .map(|k| Text {
            bounds: bounds[k],
            alpha: bounds[k]
                .indices(picture.width)
                .map(|i| if owners[i] == Some(k) { 1.0 } else { 0.0 })
                .collect(),
            is_exact: false,
            score: instances.texts[k].score,
        })
        .collect()
}
