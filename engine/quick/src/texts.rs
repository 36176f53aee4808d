use engine::{CancelToken, EngineError, Progress, Stage};
use image::{Rgb, RgbImage};
use ocr::TextBlock;
use rayon::prelude::*;

use crate::instances::Instances;
use crate::labels::{Labels, Spread};
use crate::lettering::{self, Lettering, pieces};
use crate::network::{failed, paper};
use crate::picture::{Colour, Picture, distance};
use crate::window::Bounds;

/// More texts are no layers: all layers together must have numbers below 255.
const MOST: usize = 100;
/// Text of fewer pixels than this is none.
const LEAST: usize = 24;
/// What is read is lettering if the layer network sees this much of it so, or if it is read as surely as this.
const SEEN: f32 = 0.25;
const SURE: f32 = 0.93;
/// Lettering that nobody could read must be seen this surely.
const UNREAD: f32 = 0.4;
/// It goes with a block that holds this part of what the network takes for one text.
const OF_BLOCK: f32 = 0.15;
/// A pixel this near the letters' colour is ink where the layer network sees text too.
const INK: f32 = 0.2;
/// A pixel this near it is ink where a stroke of which this part was cut out goes on.
const STROKE: f32 = 0.1;
const PART: f32 = 0.2;
/// How far out of a line its letters, and the shadows that are surely theirs, reach, in heights of the line.
const LETTERS: f32 = 0.35;
const SHADOWS: f32 = 0.08;

/// Lettering that makes one layer.
pub struct Text {
    pub bounds: Bounds,
    /// The lettering's own colour at each pixel of the bounds, and how much of the pixel is lettering.
    pub pixels: Vec<[f32; 4]>,
    /// They are as fine as the picture; otherwise they tell only where the lettering is, and its edges are found later.
    pub is_exact: bool,
    pub score: f32,
    /// What it says, where it was read.
    pub block: Option<TextBlock>,
}

impl Text {
    pub fn within(&self, bounds: Bounds) -> Vec<[f32; 4]> {
        let own = self.bounds;
        let at = |x: usize, y: usize| {
            let inside = (own.left..own.right).contains(&x) && (own.top..own.bottom).contains(&y);
            let index = || (y - own.top) * own.width() + x - own.left;
            if inside {
                self.pixels[index()]
            } else {
                [0.0; 4]
            }
        };
        let rows = bounds.top..bounds.bottom;
        rows.flat_map(|y| (bounds.left..bounds.right).map(move |x| (x, y)))
            .map(|(x, y)| at(x, y))
            .collect()
    }

    fn extend(&mut self, rest: &Self) {
        let bounds = self.bounds.joined(rest.bounds);
        self.pixels = self.within(bounds);
        for (own, rest) in self.pixels.iter_mut().zip(rest.within(bounds)) {
            if rest[3] > own[3] {
                *own = rest;
            }
        }
        self.bounds = bounds;
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

/// The texts of a picture, and in whose lines each pixel lies: its shadows and glows are that text's.
pub struct Texts {
    pub all: Vec<Text>,
    pub lines: Vec<Option<usize>>,
}

/// All lettering: what was read, cut out to the letter, and what only the layer network sees.
pub fn all(
    picture: &Picture,
    blocks: Vec<TextBlock>,
    instances: &Instances,
    labels: &Labels,
    spread: &Spread,
) -> Texts {
    let mut texts = written(picture, largest(blocks), labels);
    let (mut covered, mut lines) = (vec![None; picture.len()], vec![None; picture.len()]);
    for (n, text) in texts.iter().enumerate() {
        for line in text.block.iter().flat_map(|block| &block.lines) {
            cover(picture, &line.quad, LETTERS, n, &mut covered);
            cover(picture, &line.quad, SHADOWS, n, &mut lines);
        }
    }
    add_unread(&mut texts, picture, instances, labels, spread, &covered);
    Texts { all: texts, lines }
}

/// As many as can be layers.
fn largest(mut blocks: Vec<TextBlock>) -> Vec<TextBlock> {
    if blocks.len() > MOST {
        let size = |block: &TextBlock| block.size * block.words().chars().count() as f32;
        blocks.sort_by(|a, b| size(b).total_cmp(&size(a)));
        blocks.truncate(MOST);
    }
    blocks
}

fn written(picture: &Picture, blocks: Vec<TextBlock>, labels: &Labels) -> Vec<Text> {
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
fn believed(picture: &Picture, cut: Lettering, block: &TextBlock, labels: &Labels) -> Option<Text> {
    let bounds = Bounds {
        left: cut.left,
        top: cut.top,
        right: cut.left + cut.width,
        bottom: cut.top + cut.height,
    };
    let mut alpha = cut.alpha.clone();
    let ink = block.colour.map(|c| f32::from(c) / 255.0);
    complete_strokes(picture, &mut alpha, bounds, block, ink);
    let (mut area, mut seen, mut count) = (0.0, 0.0, 0);
    for (alpha, i) in alpha.iter_mut().zip(bounds.indices(picture.width)) {
        if distance(picture.rgb[i], ink) < INK {
            *alpha = alpha.max(softened(labels.text[i]));
        }
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
    let indices = bounds.indices(picture.width);
    let pixels = indices
        .zip(cut.colour.iter().zip(&cut.alpha).zip(&alpha))
        .map(|(i, ((&own, &cut), &alpha))| {
            let [r, g, b] = if alpha > cut { picture.rgb[i] } else { own };
            [r, g, b, alpha]
        });
    (is_text && count >= LEAST).then(|| Text {
        bounds,
        pixels: pixels.collect(),
        is_exact: true,
        score: block.confidence,
        block: Some(block.clone()),
    })
}

/// Strokes of which a part was cut out are cut out whole: what has the ink's colour and hangs together with them.
fn complete_strokes(
    picture: &Picture,
    alpha: &mut [f32],
    bounds: Bounds,
    block: &TextBlock,
    ink: Colour,
) {
    let mut lines = vec![None; picture.len()];
    for line in &block.lines {
        cover(picture, &line.quad, LETTERS, 0, &mut lines);
    }
    let is_ink = |i: usize| lines[i].is_some() && distance(picture.rgb[i], ink) < STROKE;
    let strokes: Vec<bool> = bounds.indices(picture.width).map(is_ink).collect();
    let names = pieces(bounds.width(), &strokes);
    let (mut whole, mut cut) = (vec![0; names.len()], vec![0; names.len()]);
    for (name, alpha) in names.iter().zip(alpha.iter()) {
        if let Some(name) = *name {
            whole[name] += 1;
            cut[name] += usize::from(*alpha > 0.5);
        }
    }
    for (name, alpha) in names.iter().zip(alpha) {
        if name.is_some_and(|n| cut[n] as f32 > PART * whole[n] as f32) {
            *alpha = 1.0;
        }
    }
}

/// The probability of text as an alpha.
fn softened(text: f32) -> f32 {
    ((text - 0.35) / 0.3).clamp(0.0, 1.0)
}

/// Marks the pixels of a line, and around it as far as `reach`, in heights of the line.
fn cover(
    picture: &Picture,
    quad: &ocr::Quad,
    reach: f32,
    text: usize,
    covered: &mut [Option<usize>],
) {
    let middle = [0, 1].map(|axis| quad.iter().map(|p| p[axis]).sum::<f32>() / 4.0);
    let side = |a: usize, b: usize| {
        let (dx, dy) = (quad[b][0] - quad[a][0], quad[b][1] - quad[a][1]);
        (dx.hypot(dy).max(1e-3), [dx, dy])
    };
    let ((length, along), (height, down)) = (side(0, 1), side(0, 3));
    let reach = reach * height;
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
                covered[y * picture.width + x] = Some(text);
            }
        }
    }
}

/// Text as the layer network sees it, roughly, where nothing was read: the rest of a block, or a text of its own.
fn add_unread(
    texts: &mut Vec<Text>,
    picture: &Picture,
    instances: &Instances,
    labels: &Labels,
    spread: &Spread,
    covered: &[Option<usize>],
) {
    let count = instances.texts.len();
    let owner = |i: usize| {
        if labels.text[i] < 0.35 || !picture.visible[i] {
            return None;
        }
        let cell = spread.nearest(i % picture.width, i / picture.width);
        let shares = &instances.text_ownership[cell * count..][..count];
        (0..count).max_by(|&a, &b| shares[a].total_cmp(&shares[b]).then(b.cmp(&a)))
    };
    let owners: Vec<Option<usize>> = (0..picture.len()).into_par_iter().map(owner).collect();
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
