use rayon::prelude::*;

use super::{LEAST, MOST, Text, softened};
use crate::instances::Instances;
use crate::labels::Labels;
use crate::lettering::pieces;
use crate::picture::Picture;
use crate::upsample::Upsampler;
use crate::window::Bounds;

/// Lettering that nobody could read must be seen this surely.
const UNREAD: f32 = 0.4;
/// It goes with a block that holds this part of what the network takes for one text.
const OF_BLOCK: f32 = 0.15;
/// A piece that reaches into lines by less than this part of it is none of theirs.
const REACHES: f32 = 0.5;

/// Text as the layer network sees it, roughly, where nothing was read: the rest of a block, or a text of its own.
pub fn add_unread(
    texts: &mut Vec<Text>,
    picture: &Picture,
    instances: &Instances,
    labels: &Labels,
    upsampler: &Upsampler,
    covered: &[Option<usize>],
) {
    let count = instances.texts.len();
    let owner = |i: usize| {
        if labels.text[i] < 0.35 || !picture.visible[i] {
            return None;
        }
        let cell = upsampler.nearest(i % picture.width, i / picture.width);
        let shares = &instances.text_ownership[cell * count..][..count];
        (0..count).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)))
    };
    let owners: Vec<Option<usize>> = (0..picture.len()).into_par_iter().map(owner).collect();
    let covered = by_piece(picture.width, &owners, covered);
    let mut area = vec![0; count];
    let mut within = vec![vec![0; texts.len()]; count];
    let mut bounds = vec![Bounds::NONE; count];
    let owned = owners.iter().enumerate();
    for (i, k) in owned.filter_map(|(i, k)| Some((i, (*k)?))) {
        area[k] += 1;
        match covered[i] {
            Some(text) => within[k][text] += 1,
            None => bounds[k].include(i % picture.width, i / picture.width),
        }
    }
    for k in 0..count {
        let rest = area[k] - within[k].iter().sum::<usize>();
        if rest < LEAST {
            continue;
        }
        let is_rest = |i: usize| owners[i] == Some(k) && covered[i].is_none();
        let soft = |i: usize| {
            let [r, g, b] = picture.rgb[i];
            let alpha = softened(labels.text[i]);
            [r, g, b, if is_rest(i) { alpha } else { 0.0 }]
        };
        let text = Text {
            bounds: bounds[k],
            pixels: bounds[k].indices(picture.width).map(soft).collect(),
            is_exact: false,
            score: instances.texts[k].score,
            block: None,
        };
        let most = (0..within[k].len()).max_by_key(|&text| (within[k][text], text));
        match most.filter(|&most| within[k][most] as f32 > OF_BLOCK * area[k] as f32) {
            Some(most) => texts[most].extend(&text),
            None if text.score >= UNREAD && texts.len() < MOST => texts.push(text),
            None => {}
        }
    }
}

/// Which text's lines each pixel lies in, but for pieces that hardly reach into them: no line cuts these in two.
fn by_piece(
    width: usize,
    owners: &[Option<usize>],
    covered: &[Option<usize>],
) -> Vec<Option<usize>> {
    let is_text: Vec<bool> = owners.iter().map(Option::is_some).collect();
    let names = pieces(width, &is_text);
    let (mut whole, mut inside) = (vec![0; names.len()], vec![0; names.len()]);
    for (name, covered) in names.iter().zip(covered) {
        if let Some(name) = *name {
            whole[name] += 1;
            inside[name] += usize::from(covered.is_some());
        }
    }
    let reaches = |name: usize| inside[name] as f32 > REACHES * whole[name] as f32;
    let of_lines = names.iter().zip(covered);
    let kept = of_lines.map(|(name, covered)| covered.filter(|_| name.is_none_or(reaches)));
    kept.collect()
}
