use std::sync::OnceLock;

use image::RgbImage;
use networks::{NetworkError, TEXT_CHARACTERS, Tensor};

use crate::Steps;
use crate::crop::{self, Crop, HEIGHT};
use crate::detect::Found;
use crate::ink::{self, Ink};
use crate::strip::Strip;

/// Lines read at once; they are padded to the widest.
const BATCH: usize = 6;
/// Above it, nobody looks whether the line reads better from the other end.
const SURE: f32 = 0.8;

/// A line, read.
#[derive(Debug, Clone)]
pub struct Reading {
    pub words: String,
    pub confidence: f32,
    /// In the direction it reads best.
    pub strip: Strip,
    pub ink: Ink,
}

/// One way of looking at a place.
struct View {
    place: usize,
    strip: Strip,
    crop: Crop,
}

/// What the places say; those that say nothing are dropped.
pub fn read(
    picture: &RgbImage,
    found: Vec<Found>,
    cancelled: &dyn Fn() -> bool,
    steps: Steps,
) -> Result<Vec<Reading>, NetworkError> {
    let mut best: Vec<Option<Reading>> = found.iter().map(|_| None).collect();
    for views in [first_views, second_views] {
        let mut seen = Vec::new();
        for (place, line) in found.iter().enumerate() {
            if cancelled() {
                return Err(NetworkError::Cancelled);
            }
            if best[place].as_ref().is_none_or(|b| b.confidence < SURE) {
                let new = views(picture, &line.strip).into_iter();
                seen.extend(new.map(|(strip, crop)| View { place, strip, crop }));
            }
        }
        look(seen, &mut best, cancelled, steps)?;
    }
    Ok(best
        .into_iter()
        .zip(&found)
        .filter_map(|(reading, found)| {
            reading.filter(|r| is_text(&r.words, r.confidence, found.score))
        })
        .collect())
}

/// What each place says, in the direction it is given.
pub fn level(
    picture: &RgbImage,
    strips: &[Strip],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Option<Reading>>, NetworkError> {
    let mut best: Vec<Option<Reading>> = strips.iter().map(|_| None).collect();
    let views = strips.iter().enumerate().map(|(place, strip)| View {
        place,
        strip: *strip,
        crop: crop::level(picture, strip),
    });
    look(views.collect(), &mut best, cancelled, &mut |_, _| {})?;
    Ok(best)
}

/// Keeps of each place what reads best.
fn look(
    mut seen: Vec<View>,
    best: &mut [Option<Reading>],
    cancelled: &dyn Fn() -> bool,
    steps: Steps,
) -> Result<(), NetworkError> {
    // Lines of like width together.
    seen.sort_by_key(|view| (view.crop.width, view.place));
    let count = seen.len().div_ceil(BATCH) as u32;
    for (n, batch) in batches(&seen).into_iter().enumerate() {
        steps(n as u32, count.max(n as u32 + 1));
        for (view, (words, confidence)) in batch.iter().zip(decoded(batch, cancelled)?) {
            let best = &mut best[view.place];
            if best.as_ref().is_none_or(|b| b.confidence < confidence) {
                *best = Some(Reading {
                    words,
                    confidence,
                    strip: view.strip,
                    ink: ink::of(&view.crop, view.strip.height),
                });
            }
        }
    }
    Ok(())
}

fn first_views(picture: &RgbImage, strip: &Strip) -> Vec<(Strip, Crop)> {
    vec![(*strip, crop::level(picture, strip))]
}

/// From the other end; and one under the other, where that may be.
fn second_views(picture: &RgbImage, strip: &Strip) -> Vec<(Strip, Crop)> {
    let mut views = vec![(strip.reversed(), crop::level(picture, &strip.reversed()))];
    if strip.is_steep() {
        let upright = strip.upright();
        let cells = (upright.height / upright.length.max(1.0)).round() as usize;
        if (2..=20).contains(&cells) {
            views.push((upright, crop::unstacked(picture, &upright, cells)));
        }
    }
    views
}

fn batches(views: &[View]) -> Vec<&[View]> {
    let mut batches = Vec::new();
    let mut rest = views;
    while let Some(first) = rest.first() {
        let widest = first.crop.width + first.crop.width / 5 + 16;
        let like = rest
            .iter()
            .take(BATCH)
            .take_while(|v| v.crop.width <= widest);
        let (batch, others) = rest.split_at(like.count());
        batches.push(batch);
        rest = others;
    }
    batches
}

fn decoded(
    views: &[View],
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<(String, f32)>, NetworkError> {
    let widest = views
        .iter()
        .map(|v| v.crop.width)
        .max()
        .unwrap_or(0)
        .next_multiple_of(32);
    let mut values = vec![0.0; views.len() * 3 * HEIGHT * widest];
    for (n, view) in views.iter().enumerate() {
        for (i, pixel) in view.crop.pixels.iter().enumerate() {
            let (x, y) = (i % view.crop.width, i / view.crop.width);
            for c in 0..3 {
                values[((n * 3 + c) * HEIGHT + y) * widest + x] = pixel[2 - c] / 127.5 - 1.0;
            }
        }
    }
    let input = Tensor::new([views.len(), 3, HEIGHT, widest], values);
    let mut outputs = networks::text_recognition()?.run_unless(cancelled, input, &[])?;
    let table = outputs.swap_remove(0);
    let (times, classes) = (table.shape[1], table.shape[2]);
    Ok(table
        .values
        .chunks_exact(times * classes)
        .map(|line| words(line, classes))
        .collect())
}

/// The likeliest character at each time, repetitions and blanks taken out (CTC), and the mean of their probabilities.
fn words(line: &[f32], classes: usize) -> (String, f32) {
    const BLANK: usize = 0;
    let (mut words, mut sum, mut count, mut last) = (String::new(), 0.0, 0, BLANK);
    for time in line.chunks_exact(classes) {
        let (class, probability) = likeliest(time);
        if class != BLANK && class != last {
            words.push_str(characters().get(class).unwrap_or(&""));
            sum += probability;
            count += 1;
        }
        last = class;
    }
    (words.trim().to_owned(), sum / count.max(1) as f32)
}

fn likeliest(probabilities: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::MIN);
    for (class, &probability) in probabilities.iter().enumerate() {
        if probability > best.1 {
            best = (class, probability);
        }
    }
    best
}

fn characters() -> &'static [&'static str] {
    static CHARACTERS: OnceLock<Vec<&str>> = OnceLock::new();
    CHARACTERS.get_or_init(|| {
        TEXT_CHARACTERS
            .split('\n')
            .map(|c| c.trim_end_matches('\r'))
            .collect()
    })
}

/// Whether a reading is text, and not a petal taken for a letter.
pub fn is_text(words: &str, confidence: f32, score: f32) -> bool {
    let letters: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
    match letters[..] {
        [] => false,
        // Rings and strokes read as these.
        [only] => {
            !"0OoIl1ICcUuVvJ一丨〇口へノ人".contains(only) && confidence > 0.9 && score > 0.75
        }
        [_, _] => confidence > 0.8 && score > 0.65,
        // Fancy lettering reads badly, but the map is sure of it.
        _ => confidence > 0.6 || (confidence > 0.5 && score > 0.85 && letters.len() > 4),
    }
}
