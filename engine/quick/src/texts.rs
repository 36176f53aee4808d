use engine::{CancelToken, EngineError, Progress, Stage};
use image::{Rgb, RgbImage};
use ocr::TextBlock;
use rayon::prelude::*;

use crate::instances::Instances;
use crate::labels::{Labels, Spread};
use crate::lettering::{self, Lettering};
use crate::network::{failed, paper};
use crate::picture::Picture;
use crate::window::Bounds;

/// Text of fewer pixels than this is none.
const LEAST: usize = 24;
/// What is read is lettering if the layer network sees this much of it so, or if it is read as surely as this.
const SEEN: f32 = 0.25;
const SURE: f32 = 0.93;
/// Lettering that nobody could read must be seen this surely, and be this much of what the network takes for one text.
const UNREAD: f32 = 0.4;
const LEAST_UNREAD: f32 = 0.5;

/// Lettering that makes one layer.
pub struct Text {
    pub bounds: Bounds,
    /// How much of each pixel of the bounds is lettering.
    pub alpha: Vec<f32>,
    /// The alpha is as fine as the picture; otherwise it tells only where the lettering is, and its edges are found later.
    pub is_exact: bool,
    pub score: f32,
    /// What it says, where it was read.
    pub block: Option<TextBlock>,
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

/// The blocks of text that are read in the picture.
pub fn read(
    picture: &Picture,
    progress: &mut dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<TextBlock>, EngineError> {
    progress.report(Stage::Read, 0, 1);
    let paper = paper(&picture.image);
    let over = |colour: u8, alpha: f32| {
        let colour = f32::from(colour) / 255.0;
        ((paper + alpha * (colour - paper)) * 255.0).round() as u8
    };
    let (w, h) = picture.image.dimensions();
    let shown = RgbImage::from_fn(w, h, |x, y| {
        let [r, g, b, alpha] = picture.image.get_pixel(x, y).0;
        Rgb([r, g, b].map(|c| over(c, f32::from(alpha) / 255.0)))
    });
    let mut steps = |step, steps| progress.report(Stage::Read, step, steps);
    ocr::read(&shown, &|| cancel.is_cancelled(), &mut steps).map_err(failed)
}

/// All lettering: what was read, cut out to the letter, and what only the layer network sees.
pub fn all(
    picture: &Picture,
    blocks: Vec<TextBlock>,
    instances: &Instances,
    labels: &Labels,
    spread: &Spread,
) -> Vec<Text> {
    let mut texts = written(picture, &blocks, labels);
    let mut covered = vec![false; picture.len()];
    for line in blocks.iter().flat_map(|block| &block.lines) {
        cover(picture, &line.quad, &mut covered);
    }
    texts.extend(unread(picture, instances, labels, spread, &covered));
    texts
}

fn written(picture: &Picture, blocks: &[TextBlock], labels: &Labels) -> Vec<Text> {
    let source = lettering::Source {
        width: picture.width,
        height: picture.height,
        rgb: &picture.rgb,
        text: Some(&labels.text),
    };
    let text = |(n, block): (usize, &TextBlock)| {
        let others: Vec<&TextBlock> = blocks
            .iter()
            .enumerate()
            .filter(|(m, _)| *m != n)
            .map(|(_, other)| other)
            .collect();
        let cut = lettering::cut(&source, block, &others);
        believed(picture, cut, block, labels)
    };
    blocks.par_iter().enumerate().filter_map(text).collect()
}

/// `None` where the network sees no text and the reading is not sure.
fn believed(
    picture: &Picture,
    cut: Lettering,
    block: &TextBlock,
    labels: &Labels,
) -> Option<Text> {
    let bounds = Bounds {
        left: cut.left,
        top: cut.top,
        right: cut.left + cut.width,
        bottom: cut.top + cut.height,
    };
    let mut alpha = cut.alpha;
    let (mut area, mut seen, mut count) = (0.0, 0.0, 0);
    for (alpha, i) in alpha.iter_mut().zip(bounds.indices(picture.width)) {
        if !picture.visible[i] {
            *alpha = 0.0;
        }
        if *alpha > 0.5 {
            area += *alpha;
            seen += *alpha * labels.text[i];
            count += 1;
        }
    }
    let is_text = seen > SEEN * area || block.confidence > SURE;
    (is_text && count >= LEAST).then(|| Text {
        bounds,
        alpha,
        is_exact: true,
        score: block.confidence,
        block: Some(block.clone()),
    })
}

/// Marks the pixels of a line, and around it as far as its letters may reach.
fn cover(picture: &Picture, quad: &ocr::Quad, covered: &mut [bool]) {
    let middle = [0, 1].map(|axis| quad.iter().map(|p| p[axis]).sum::<f32>() / 4.0);
    let side = |a: usize, b: usize| {
        let (dx, dy) = (quad[b][0] - quad[a][0], quad[b][1] - quad[a][1]);
        (dx.hypot(dy).max(1e-3), [dx, dy])
    };
    let ((length, along), (height, down)) = (side(0, 1), side(0, 3));
    let reach = 0.35 * height;
    let far = length / 2.0 + height / 2.0 + 2.0 * reach;
    let range = |axis: usize, limit: usize| {
        let at = |v: f32| v.clamp(0.0, limit as f32) as usize;
        at(middle[axis] - far)..at(middle[axis] + far)
    };
    for y in range(1, picture.height) {
        for x in range(0, picture.width) {
            let p = [x as f32 + 0.5 - middle[0], y as f32 + 0.5 - middle[1]];
            let on = |axis: [f32; 2], size: f32| {
                (p[0] * axis[0] + p[1] * axis[1]).abs() / size < size / 2.0 + reach
            };
            if on(along, length) && on(down, height) {
                covered[y * picture.width + x] = true;
            }
        }
    }
}

/// Text as the layer network sees it, roughly, where nothing was read.
fn unread(
    picture: &Picture,
    instances: &Instances,
    labels: &Labels,
    spread: &Spread,
    covered: &[bool],
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
    let (mut area, mut rest) = (vec![0; count], vec![0; count]);
    let mut bounds = vec![Bounds::NONE; count];
    let owned = owners.iter().enumerate().filter_map(|(i, k)| Some((i, (*k)?)));
    for (i, k) in owned {
        area[k] += 1;
        if !covered[i] {
            rest[k] += 1;
            bounds[k].include(i % picture.width, i / picture.width);
        }
    }
    (0..count)
        .filter(|&k| instances.texts[k].score >= UNREAD)
        .filter(|&k| rest[k] >= LEAST && rest[k] as f32 > LEAST_UNREAD * area[k] as f32)
        .map(|k| Text {
            bounds: bounds[k],
            alpha: bounds[k]
                .indices(picture.width)
                .map(|i| f32::from(u8::from(owners[i] == Some(k) && !covered[i])))
                .collect(),
            is_exact: false,
            score: instances.texts[k].score,
            block: None,
        })
        .collect()
}
