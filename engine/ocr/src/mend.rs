use image::RgbImage;
use networks::NetworkError;

use crate::group::{WIDEST, level_gap};
use crate::recognise::{Reading, level};
use crate::strip::{Strip, dot, scaled};

/// Between two parts of a line there may be letters that nobody found, as far as this, in the parts' height.
const FAR: f32 = 4.0;
/// A reading with letters between its ends is believed from here on.
const SURE: f32 = 0.8;

/// Lines that were found in two parts, read anew as one: parts that overlap where that reads better, and parts far from
/// each other where letters are read between them.
pub fn whole(
    picture: &RgbImage,
    readings: Vec<Reading>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Reading>, NetworkError> {
    let mut is_taken = vec![false; readings.len()];
    let mut pairs = Vec::new();
    for a in 0..readings.len() {
        for b in a + 1..readings.len() {
            let gap = level_gap(&readings[a], &readings[b]);
            let in_parts = gap.is_some_and(|gap| gap < 0.0 || (WIDEST..FAR).contains(&gap));
            if !in_parts || is_taken[a] || is_taken[b] {
                continue;
            }
            let strip = around([&readings[a].strip, &readings[b].strip]);
            let holds = |other: usize| strip.holds(readings[other].strip.centre);
            if (0..readings.len()).all(|other| other == a || other == b || !holds(other)) {
                (is_taken[a], is_taken[b]) = (true, true);
                pairs.push((a, b, strip));
            }
        }
    }
    let strips: Vec<Strip> = pairs.iter().map(|&(_, _, strip)| strip).collect();
    let mut anew = Vec::new();
    for (&(a, b, _), read) in pairs.iter().zip(level(picture, &strips, cancelled)?) {
        match read.filter(|read| is_better(read, &readings[a], &readings[b])) {
            Some(read) => anew.push(read),
            None => (is_taken[a], is_taken[b]) = (false, false),
        }
    }
    let kept = readings.into_iter().zip(is_taken);
    let kept = kept.filter_map(|(reading, is_taken)| (!is_taken).then_some(reading));
    Ok(kept.chain(anew).collect())
}

/// From one's middle to the other's, as high as the higher one.
fn around([a, b]: [&Strip; 2]) -> Strip {
    let way = [0, 1].map(|axis| b.centre[axis] - a.centre[axis]);
    let forwards = dot(way, a.along).signum();
    let along = scaled(way, forwards / way[0].hypot(way[1]).max(1.0));
    let both = Strip::spanning(along, [a, b].into_iter().flat_map(Strip::quad));
    Strip {
        height: a.height.max(b.height),
        ..both
    }
}

fn is_better(whole: &Reading, a: &Reading, b: &Reading) -> bool {
    let at = |part: &Reading| whole.strip.local(part.strip.centre)[0];
    let (first, last) = if at(a) < at(b) { (a, b) } else { (b, a) };
    if level_gap(a, b).is_some_and(|gap| gap < 0.0) {
        let letters = |r: &Reading| r.words.chars().count() as f32;
        let mean = (letters(a) * a.confidence + letters(b) * b.confidence)
            / (letters(a) + letters(b)).max(1.0);
        return whole.confidence > mean;
    }
    let [whole_words, first, last] = [whole, first, last].map(|r| letters_of(&r.words));
    let is_same = whole_words.starts_with(&first) || whole_words.ends_with(&last);
    let count = |words: &str| words.chars().count();
    whole.confidence > SURE && is_same && count(&whole_words) > count(&first) + count(&last)
}

fn letters_of(words: &str) -> String {
    words.chars().filter(|c| c.is_alphanumeric()).collect()
}
