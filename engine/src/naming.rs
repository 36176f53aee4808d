//! Names that tell a layer's content and place: "Background", "Text, top", "Object 2, left".

use image::RgbaImage;

use crate::{Content, ModelLayer};

/// A bottom layer of unknown content that covers at least this part of the canvas is the background.
const BACKGROUND_PART: f64 = 0.9;

/// One name per layer, bottom first; no two are equal.
pub(crate) fn names(layers: &[ModelLayer]) -> Vec<String> {
    let kinds: Vec<_> = layers
        .iter()
        .enumerate()
        .map(|(index, layer)| kind(layer, index == 0))
        .collect();
    let total = |kind| kinds.iter().filter(|&&other| other == kind).count();
    let number = |index: usize| {
        kinds[..=index]
            .iter()
            .filter(|&&other| other == kinds[index])
            .count()
    };
    kinds
        .iter()
        .zip(layers)
        .enumerate()
        .map(|(index, (&kind, layer))| {
            let place = if kind == "Background" {
                None
            } else {
                place(&layer.image)
            };
            let numbered = if total(kind) > 1 {
                format!("{kind} {}", number(index))
            } else {
                kind.to_owned()
            };
            place.map_or(numbered.clone(), |place| format!("{numbered}, {place}"))
        })
        .collect()
}

fn kind(layer: &ModelLayer, is_bottom: bool) -> &'static str {
    match layer.content {
        Content::Background => "Background",
        Content::Object => "Object",
        Content::Text => "Text",
        Content::Unknown if is_bottom && covers_canvas(&layer.image) => "Background",
        Content::Unknown => "Layer",
    }
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
