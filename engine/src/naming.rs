//! Names that tell what a layer says, or its content and place: "HAPPY HALLOWEEN", "Background", "Object 2, left".

use std::collections::HashSet;

use image::RgbaImage;
use rayon::prelude::*;

use crate::{Content, ModelLayer};

const BACKGROUND: &str = "Background";

/// A bottom layer of unknown content that covers at least this part of the canvas is the background.
const BACKGROUND_PART: f64 = 0.9;

/// Words beyond this do not fit a row of the layer panel.
const MAX_CHARACTERS: usize = 32;

/// One name per layer, bottom first; no two are equal.
pub(crate) fn names(layers: &[ModelLayer]) -> Vec<String> {
    let subjects: Vec<_> = layers
        .iter()
        .enumerate()
        .map(|(index, layer)| Subject::of(layer, index == 0))
        .collect();
    let name = |(index, (subject, layer)): (usize, (&Subject, &ModelLayer))| {
        let same = |among: &[Subject]| among.iter().filter(|other| *other == subject).count();
        match subject {
            Subject::Words(words) => words.clone(),
            Subject::Kind(kind) => {
                let number = (same(&subjects) > 1).then(|| same(&subjects[..=index]));
                named_by_place(kind, number, &layer.image)
            }
        }
    };
    let named = subjects.par_iter().zip(layers).enumerate();
    let names: Vec<String> = named.map(name).collect();
    let mut taken = HashSet::new();
    names
        .into_iter()
        .map(|name| free(name, &mut taken))
        .collect()
}

/// What a name tells.
#[derive(PartialEq)]
enum Subject {
    Words(String),
    Kind(&'static str),
}

impl Subject {
    fn of(layer: &ModelLayer, is_bottom: bool) -> Self {
        if let Some(words) = words(layer) {
            return Self::Words(words);
        }
        Self::Kind(match layer.content {
            Content::Background => BACKGROUND,
            Content::Object => "Object",
            Content::Shape => "Shape",
            Content::Text => "Text",
            Content::Unknown if is_bottom && covers_canvas(&layer.image) => BACKGROUND,
            Content::Unknown => "Layer",
        })
    }
}

/// What a text says, on one line, shortened at the end of a word.
fn words(layer: &ModelLayer) -> Option<String> {
    let words = layer.text.as_ref()?.words();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARACTERS {
        return (!line.is_empty()).then_some(line);
    }
    // Room for the ellipsis. Where no word ends in its second half, as in Chinese, it is cut off anywhere.
    let start: String = line.chars().take(MAX_CHARACTERS - 1).collect();
    let end = start.rfind(' ').filter(|end| end * 2 > start.len());
    Some(format!("{}…", &start[..end.unwrap_or(start.len())]))
}

fn named_by_place(kind: &str, number: Option<usize>, image: &RgbaImage) -> String {
    let mut name = kind.to_owned();
    if let Some(number) = number {
        name += &format!(" {number}");
    }
    if kind != BACKGROUND
        && let Some(place) = place(image)
    {
        name += &format!(", {place}");
    }
    name
}

/// The name, with a number where it is taken.
fn free(name: String, taken: &mut HashSet<String>) -> String {
    let mut free = name.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{name} {number}");
        number += 1;
    }
    free
}

fn covers_canvas(image: &RgbaImage) -> bool {
    let alphas: u64 = image.pixels().map(|pixel| u64::from(pixel[3])).sum();
    alphas as f64 >= BACKGROUND_PART * 255.0 * f64::from(image.width()) * f64::from(image.height())
}

/// The ninth of the canvas that holds the centre of gravity of alpha; `None` for an empty layer.
fn place(image: &RgbaImage) -> Option<&'static str> {
    let (mut sum, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for (y, row) in (0..).zip(image.rows()) {
        let (mut alphas, mut moment) = (0, 0);
        for (x, pixel) in (0..).zip(row) {
            let alpha = u64::from(pixel[3]);
            alphas += alpha;
            moment += alpha * (2 * x + 1);
        }
        sum += alphas as f64;
        sum_x += moment as f64 / 2.0;
        sum_y += alphas as f64 * (f64::from(y) + 0.5);
    }
    let third =
        |moment: f64, length: u32| ((moment / sum / f64::from(length) * 3.0) as usize).min(2);
    (sum > 0.0).then(|| PLACES[third(sum_y, image.height())][third(sum_x, image.width())])
}

const PLACES: [[&str; 3]; 3] = [
    ["top left", "top", "top right"],
    ["left", "center", "right"],
    ["bottom left", "bottom", "bottom right"],
];
