use image::RgbImage;

use crate::ink::distance;
use crate::recognise::Reading;
use crate::strip::Strip;
use crate::{TextBlock, TextLine};

/// Colours nearer than this (of 255 a channel) are one ink: thin strokes are mixed with what is behind them.
const ONE_INK: f32 = 70.0;
/// Words of one line are nearer to each other than this, in their height.
pub const WIDEST: f32 = 1.1;

/// Words on one level become lines, and lines of one look that stand together blocks.
pub fn blocks(picture: &RgbImage, readings: Vec<Reading>) -> Vec<TextBlock> {
    let mut lines = merged(readings, follows, |words| vec![joined(words)]);
    lines.sort_by(|a, b| a.strip.centre[1].total_cmp(&b.strip.centre[1]));
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let mut blocks = merged(lines, is_under, |lines| vec![lines])
        .into_iter()
        .map(block)
        // A Latin letter by itself is more often a stroke of something else.
        .filter(|b| b.words().len() > 1)
        .filter(|b| {
            b.quad
                .iter()
                .any(|p| (0.0..w).contains(&p[0]) && (0.0..h).contains(&p[1]))
        })
        .collect::<Vec<_>>();
    let top = |b: &TextBlock| b.quad.iter().fold(f32::MAX, |top, p| top.min(p[1]));
    blocks.sort_by(|a, b| top(a).total_cmp(&top(b)));
    blocks
}

/// Sets of what is linked, each brought together by `join`.
fn merged<T>(
    items: Vec<Reading>,
    are_linked: fn(&Reading, &Reading) -> bool,
    join: fn(Vec<Reading>) -> Vec<T>,
) -> Vec<T> {
    let mut names: Vec<usize> = (0..items.len()).collect();
    for a in 0..items.len() {
        for b in a + 1..items.len() {
            if names[a] != names[b] && are_linked(&items[a], &items[b]) {
                let (old, new) = (names[a].max(names[b]), names[a].min(names[b]));
                names
                    .iter_mut()
                    .filter(|n| **n == old)
                    .for_each(|n| *n = new);
            }
        }
    }
    let mut sets: Vec<Vec<Reading>> = names.iter().map(|_| Vec::new()).collect();
    for (item, name) in items.into_iter().zip(names) {
        sets[name].push(item);
    }
    sets.into_iter()
        .filter(|s| !s.is_empty())
        .flat_map(join)
        .collect()
}

/// One direction, ink and size.
fn alike(a: &Reading, b: &Reading, sizes: f32) -> bool {
    let turn = (a.strip.angle() - b.strip.angle()).abs();
    let (ha, hb) = (a.strip.height, b.strip.height);
    turn.min(360.0 - turn) < 8.0
        && ha.max(hb) < sizes * ha.min(hb)
        && distance(a.ink.colour, b.ink.colour) < ONE_INK
}

/// The gap between two along and across the first's direction; negative where they overlap.
fn gaps(a: &Strip, b: &Strip) -> [f32; 2] {
    let corners = b.quad().map(|p| a.local(p));
    [(0, a.length), (1, a.height)].map(|(axis, size)| {
        let low = corners.iter().fold(f32::MAX, |m, p| m.min(p[axis]));
        let high = corners.iter().fold(f32::MIN, |m, p| m.max(p[axis]));
        (low - size / 2.0).max(-size / 2.0 - high)
    })
}

/// Words beside each other on one level.
fn follows(a: &Reading, b: &Reading) -> bool {
    level_gap(a, b).is_some_and(|gap| gap < WIDEST)
}

/// Between two readings of one look on one level, in the lower one's height: negative where they overlap a little.
pub fn level_gap(a: &Reading, b: &Reading) -> Option<f32> {
    let low = a.strip.height.min(b.strip.height);
    let [gap, _] = gaps(&a.strip, &b.strip);
    let offset = a.strip.local(b.strip.centre)[1].abs();
    let overlap = 0.5 * low.max(0.6 * a.strip.length.min(b.strip.length));
    (alike(a, b, 1.5) && offset < 0.3 * low && gap > -overlap).then_some(gap / low)
}

/// Lines close to each other, one above the other.
fn is_under(a: &Reading, b: &Reading) -> bool {
    let low = a.strip.height.min(b.strip.height);
    let [beside, under] = gaps(&a.strip, &b.strip);
    let letters = (a.ink.height.max(b.ink.height)) / a.ink.height.min(b.ink.height).max(1.0);
    alike(a, b, 1.4) && letters < 1.5 && under < 0.75 * low && beside < -0.5 * low
}

/// Words to one line, as they follow each other.
fn joined(mut words: Vec<Reading>) -> Reading {
    let widest =
        (0..words.len()).max_by(|&a, &b| words[a].strip.length.total_cmp(&words[b].strip.length));
    let first = words[widest.unwrap_or(0)].clone();
    if words.len() == 1 {
        return first;
    }
    words.sort_by(|a, b| {
        let place = |r: &Reading| first.strip.local(r.strip.centre)[0];
        place(a).total_cmp(&place(b))
    });
    let count: usize = words.iter().map(length).sum();
    let sum: f32 = words.iter().map(|w| w.confidence * length(w) as f32).sum();
    let corners = words.iter().flat_map(|w| w.strip.quad());
    let texts: Vec<&str> = words.iter().map(|w| w.words.as_str()).collect();
    Reading {
        words: texts.join(" "),
        confidence: sum / count as f32,
        strip: Strip::spanning(first.strip.along, corners),
        ink: first.ink,
    }
}

fn length(reading: &Reading) -> usize {
    reading.words.chars().count().max(1)
}

fn block(mut lines: Vec<Reading>) -> TextBlock {
    let longest = (0..lines.len()).max_by_key(|&i| (length(&lines[i]), lines.len() - i));
    let model = lines[longest.unwrap_or(0)].clone();
    lines.sort_by(|a, b| {
        let place = |r: &Reading| model.strip.local(r.strip.centre);
        place(a)[1].total_cmp(&place(b)[1])
    });
    let count: usize = lines.iter().map(length).sum();
    let sum: f32 = lines.iter().map(|l| l.confidence * length(l) as f32).sum();
    let quad = match &lines[..] {
        [only] => only.strip.quad(),
        lines => {
            Strip::spanning(model.strip.along, lines.iter().flat_map(|l| l.strip.quad())).quad()
        }
    };
    TextBlock {
        quad,
        angle: model.strip.angle(),
        size: model.ink.height,
        colour: model.ink.colour.map(|c| c.round() as u8),
        confidence: sum / count as f32,
        lines: lines
            .into_iter()
            .map(|line| TextLine {
                words: line.words,
                quad: line.strip.quad(),
                confidence: line.confidence,
            })
            .collect(),
    }
}
