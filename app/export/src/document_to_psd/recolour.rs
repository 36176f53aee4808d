//! A layer's recolouring as layers that Photoshop clips to it and lets one edit.

use document::{BlendMode, Locks, Recolor, Tint};

use crate::psd::{HueSaturation, Record, RecordKind};

/// Most levels of 255 by which a rounded recolouring may differ from what the window shows.
const TOLERANCE: f32 = 4.0;
/// Levels between two colours that are tried.
const STEP: usize = 5;

/// The layers, lowest first, or `None` where no such layers come near enough. None at all for a layer as it is.
pub fn clipped_layers(recolor: &Recolor) -> Option<Vec<Record>> {
    let change = hue_saturation(recolor)?;
    let mut layers = Vec::new();
    if change != HueSaturation::NONE {
        layers.push(clipped(
            "Hue/Saturation",
            255,
            RecordKind::HueSaturation(change),
        ));
    }
    let Tint { color, strength } = recolor.tint;
    let opacity = (strength * 255.0).round() as u8;
    if opacity > 0 {
        layers.push(clipped("Tint", opacity, RecordKind::SolidColour(color)));
    }
    Some(layers)
}

fn clipped(name: &str, opacity: u8, kind: RecordKind) -> Record {
    Record {
        name: name.to_owned(),
        opacity,
        visible: true,
        locks: Locks::NONE,
        blend: BlendMode::Normal,
        clipped: true,
        kind,
    }
}

/// In Photoshop's whole degrees and percent.
fn hue_saturation(recolor: &Recolor) -> Option<HueSaturation> {
    let rounded = HueSaturation {
        hue: recolor.hue.round() as i16,
        saturation: (recolor.saturation * 100.0).round() as i16,
        lightness: (recolor.lightness * 100.0).round() as i16,
    };
    let same = Recolor {
        hue: rounded.hue.into(),
        saturation: f32::from(rounded.saturation) / 100.0,
        lightness: f32::from(rounded.lightness) / 100.0,
        tint: recolor.tint,
    };
    (same == *recolor || differ_by(&same, recolor) <= TOLERANCE).then_some(rounded)
}

/// The most that any channel of a cube of colours differs, in levels of 255.
fn differ_by(one: &Recolor, other: &Recolor) -> f32 {
    let levels = || {
        (0..=255_u8)
            .step_by(STEP)
            .map(|level| f32::from(level) / 255.0)
    };
    levels()
        .flat_map(|r| levels().flat_map(move |g| levels().map(move |b| [r, g, b])))
        .flat_map(|rgb| {
            let (one, other) = (one.apply(rgb), other.apply(rgb));
            [0, 1, 2].map(|channel| (one[channel] - other[channel]).abs() * 255.0)
        })
        .fold(0.0, f32::max)
}
