mod unread;

use engine::{EngineError, Progress};
use image::{Rgb, RgbImage};
use ocr::TextBlock;
use rayon::prelude::*;

use crate::backdrop::Backdrop;
use crate::instances::Instances;
use crate::labels::Labels;
use crate::lettering::{self, Lettering, pieces};
use crate::network::{failed, paper};
use crate::picture::{Colour, Picture, distance};
use crate::strip::Strip;
use crate::upsample::Upsampler;
use crate::window::Bounds;
use unread::add_unread;

/// More texts are no layers: all layers together must have numbers below 255.
pub const MOST: usize = 100;
/// Text of fewer pixels than this is none.
pub const LEAST: usize = 24;
/// What is read is lettering if the layer network sees this much of it so, or if it is read as surely as this.
const SEEN: f32 = 0.25;
const SURE: f32 = 0.93;
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

    pub fn extend(&mut self, rest: &Self) {
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
pub fn read(picture: &Picture, progress: &dyn Progress) -> Result<Vec<TextBlock>, EngineError> {
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
    ocr::read(&shown, &|| progress.is_cancelled(), &mut |_, _| {}).map_err(failed)
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
    upsampler: &Upsampler,
    backdrop: Option<&Backdrop>,
) -> Texts {
    let mut texts = written(picture, largest(blocks), labels, backdrop);
    let (mut covered, mut lines) = (vec![None; picture.len()], vec![None; picture.len()]);
    for (n, text) in texts.iter().enumerate() {
        for line in text.block.iter().flat_map(|block| &block.lines) {
            let mark = |reach: f32, on: &mut [Option<usize>]| {
                let strip = Strip::around(&line.quad, reach);
                let pixels = strip.pixels(picture.width, picture.height);
                pixels.for_each(|i| on[i] = Some(n));
            };
            mark(LETTERS, &mut covered);
            mark(SHADOWS, &mut lines);
        }
    }
    add_unread(&mut texts, picture, instances, labels, upsampler, &covered);
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

fn written(
    picture: &Picture,
    blocks: Vec<TextBlock>,
    labels: &Labels,
    backdrop: Option<&Backdrop>,
) -> Vec<Text> {
    let source = lettering::Source {
        width: picture.width,
        height: picture.height,
        rgb: &picture.rgb,
        text: Some(&labels.text),
        backdrop: backdrop.map(|backdrop| &backdrop.colours[..]),
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
    let lines = block.lines.iter();
    let lines: Vec<Strip> = lines.map(|l| Strip::around(&l.quad, LETTERS)).collect();
    let (w, is_near) = (picture.width, |i: usize| {
        distance(picture.rgb[i], ink) < STROKE
    });
    let is_ink = |i: usize| is_near(i) && lines.iter().any(|l| l.holds(i % w, i / w));
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
pub fn softened(text: f32) -> f32 {
    ((text - 0.35) / 0.3).clamp(0.0, 1.0)
}
