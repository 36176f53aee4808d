//! Blend modes on layers and groups.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use document::{BlendMode, DocumentError, Edit, History, Layer, LayerId, Property, composite};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

fn plain(color: [u8; 4]) -> Layer {
    let image = RgbaImage::from_pixel(4, 4, Rgba(color));
    Layer::raster(LayerId(0), "plain", image, 0, 0)
}

fn blended(blend: BlendMode, layer: Layer) -> Layer {
    Layer { blend, ..layer }
}

fn group(inside: Vec<Layer>) -> Layer {
    Layer::group(LayerId(0), "group", inside)
}

fn composed(layers: Vec<Layer>) -> RgbaImage {
    composite(&document_of(layers))
}

/// By hand from the formulas of W3C's Compositing and Blending Level 1: (51, 102, 204) over (204, 153, 51).
#[test]
fn each_mode_is_as_the_standard_has_it() {
    let expected = [
        (BlendMode::Normal, [51, 102, 204]),
        (BlendMode::Darken, [51, 102, 51]),
        (BlendMode::Multiply, [41, 61, 41]),
        (BlendMode::ColorBurn, [0, 0, 0]),
        (BlendMode::Lighten, [204, 153, 204]),
        (BlendMode::Screen, [214, 194, 214]),
        (BlendMode::ColorDodge, [255, 255, 255]),
        (BlendMode::LinearDodge, [255, 255, 255]),
        (BlendMode::Overlay, [173, 133, 82]),
        (BlendMode::SoftLight, [180, 141, 89]),
        (BlendMode::HardLight, [82, 122, 173]),
        (BlendMode::Difference, [153, 51, 153]),
        (BlendMode::Hue, [114, 161, 255]),
        (BlendMode::Saturation, [204, 153, 51]),
        (BlendMode::Color, [114, 161, 255]),
        (BlendMode::Luminosity, [141, 94, 0]),
    ];
    for (mode, expected) in expected {
        let layers = vec![
            plain([204, 153, 51, 255]),
            blended(mode, plain([51, 102, 204, 255])),
        ];
        let [r, g, b, a] = composed(layers).get_pixel(1, 1).0;
        let near = [r, g, b]
            .iter()
            .zip(expected)
            .all(|(ours, theirs)| ours.abs_diff(theirs) <= 1);
        assert!(
            near && a == 255,
            "{mode:?}: {:?} is not {expected:?}",
            [r, g, b]
        );
    }
}

/// A quarter alpha over three quarters: each share of the pixel has its colour.
#[test]
fn only_where_both_are_do_they_meet() {
    let layers = vec![
        plain([200, 100, 50, 191]),
        blended(BlendMode::Multiply, plain([100, 200, 255, 64])),
    ];
    let [r, g, b, a] = composed(layers).get_pixel(0, 0).0;
    let (under, over) = (191.0 / 255.0, 64.0 / 255.0);
    let alpha = under + over - under * over;
    for (ours, (below, above)) in
        [r, g, b]
            .into_iter()
            .zip([(200.0, 100.0), (100.0, 200.0), (50.0, 255.0)])
    {
        let both = below * above / 255.0;
        let sum = (1.0 - over) * under * below + (1.0 - under) * over * above + over * under * both;
        assert!(
            (f64::from(ours) - sum / alpha).abs() <= 0.51,
            "{ours} is not {}",
            sum / alpha
        );
    }
    assert_eq!(a, (alpha * 255.0_f64).round() as u8);
}

#[test]
fn only_a_group_passes_through() {
    let mut history = History::new(document_of(vec![plain([9; 4]), group(vec![plain([8; 4])])]));
    let [layer, around] = [0, 1].map(|index| history.document().layers()[index].id);
    let passing = |id| Edit::Set(id, Property::Blend(BlendMode::PassThrough));
    assert_eq!(
        history.apply(passing(layer)),
        Err(DocumentError::NotAGroup(layer))
    );
    history.apply(passing(around)).unwrap();
    assert_eq!(history.undo_label(), Some("Change blend mode"));
    assert!(history.undo());
    assert_eq!(history.document().layers()[1].blend, BlendMode::Normal);
}

/// An isolated group shows its layers nothing of what is beneath it.
#[test]
fn an_isolated_group_keeps_its_layers_modes_from_what_is_beneath() {
    let inside = || {
        group(vec![blended(
            BlendMode::Multiply,
            plain([100, 100, 100, 255]),
        )])
    };
    let over = |group| {
        composed(vec![plain([200, 200, 200, 255]), group])
            .get_pixel(0, 0)
            .0[0]
    };
    assert_eq!(over(inside()), 100);
    assert_eq!(over(blended(BlendMode::PassThrough, inside())), 78);
}

proptest! {
    #[test]
    fn a_group_that_passes_through_is_its_layers(below in layers(), inside in layers()) {
        let passing = blended(BlendMode::PassThrough, group(inside.clone()));
        let grouped = composed([below.clone(), vec![passing]].concat());
        prop_assert_eq!(grouped, composed([below, inside].concat()));
    }

    #[test]
    fn a_group_of_one_has_the_groups_mode(below in layers(), one in raster(), inner in blend_mode(), outer in blend_mode()) {
        let alone = composed([below.clone(), vec![blended(outer, one.clone())]].concat());
        let grouped = blended(outer, group(vec![blended(inner, one)]));
        prop_assert_eq!(alone, composed([below, vec![grouped]].concat()));
    }

    /// Halfway between what is beneath and what it makes of it.
    #[test]
    fn a_passing_groups_opacity_mixes(rgb in any::<[u8; 3]>(), inside in layers(), opacity: u8) {
        let [r, g, b] = rgb;
        let below = plain([r, g, b, 255]);
        let of = |opacity| {
            let passing = Layer { opacity, ..blended(BlendMode::PassThrough, group(inside.clone())) };
            composed(vec![below.clone(), passing])
        };
        let (without, with, mixed) = (of(0), of(255), of(opacity));
        for y in 0..4 {
            for x in 0..4 {
                let [without, with, mixed] = [&without, &with, &mixed].map(|image| image.get_pixel(x, y).0);
                for i in 0..4 {
                    let share = f32::from(opacity) / 255.0;
                    let expected = f32::from(without[i]) + (f32::from(with[i]) - f32::from(without[i])) * share;
                    prop_assert!((f32::from(mixed[i]) - expected).abs() <= 2.0, "{mixed:?} between {without:?} and {with:?}");
                }
            }
        }
    }
}
