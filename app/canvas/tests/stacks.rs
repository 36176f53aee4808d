//! Random stacks of layers, as the GPU draws them, against `document::composite`. Needs a Vulkan adapter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure is the test's answer"
)]

mod common;

use common::drawn::{assert_as_composited, shown, wait_for_pictures};
use document::{BlendMode, Document, Edit, History, Layer, LayerId, Recolor, Tint};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

const SIDE: u32 = 32;

fn picture() -> impl Strategy<Value = RgbaImage> {
    let alpha = prop_oneof![Just(0), Just(255), any::<u8>()];
    let pixel = (any::<[u8; 3]>(), alpha).prop_map(|([r, g, b], a)| [r, g, b, a]);
    let pixels = proptest::collection::vec(pixel, (SIDE * SIDE) as usize);
    pixels.prop_map(|pixels| RgbaImage::from_raw(SIDE, SIDE, pixels.concat()).unwrap())
}

fn recolor() -> impl Strategy<Value = Recolor> {
    let change = (
        -180.0_f32..=180.0,
        -1.0_f32..=1.0,
        any::<[u8; 3]>(),
        0.0_f32..=1.0,
    );
    change.prop_map(|(hue, saturation, color, strength)| Recolor {
        hue,
        saturation,
        lightness: 0.0,
        tint: Tint { color, strength },
    })
}

fn layer() -> impl Strategy<Value = Layer> {
    let place = (-8..8, -8..8);
    let look = (
        prop_oneof![Just(255), any::<u8>()],
        prop::sample::select(BlendMode::OF_LAYERS.to_vec()),
        prop::option::weighted(0.2, recolor()),
    );
    (picture(), place, look).prop_map(|(picture, (left, top), (opacity, blend, recolor))| {
        let mut layer = Layer::raster(LayerId(0), "layer", picture, left, top);
        if let document::LayerContent::Raster(raster) = &mut layer.content {
            raster.recolor = recolor.unwrap_or_default();
        }
        Layer {
            opacity,
            blend,
            ..layer
        }
    })
}

fn stack() -> impl Strategy<Value = Vec<Layer>> {
    let tree = layer().prop_recursive(2, 8, 3, |inner| {
        let mut modes = BlendMode::OF_LAYERS.to_vec();
        modes.extend([BlendMode::PassThrough; 8]);
        let look = (
            prop_oneof![Just(255), any::<u8>()],
            prop::sample::select(modes),
        );
        (prop::collection::vec(inner, 0..4), look).prop_map(|(inside, (opacity, blend))| Layer {
            opacity,
            blend,
            ..Layer::group(LayerId(0), "group", inside)
        })
    });
    prop::collection::vec(tree, 1..6)
}

fn numbered(mut layers: Vec<Layer>, history: &mut History) -> Vec<Layer> {
    for layer in &mut layers {
        layer.id = history.new_layer_id();
        if let document::LayerContent::Group(group) = &mut layer.content {
            group.children = numbered(std::mem::take(&mut group.children), history);
        }
    }
    layers
}

/// One window for all stacks: a device for each would take longer than the drawing.
fn check(stack: impl Strategy<Value = Vec<Layer>>, cases: u32, most: u8) {
    let mut harness = shown(Document::new(SIDE, SIDE), 4.0);
    harness.state_mut().canvas.set_zoom(1.0);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let harness = std::cell::RefCell::new(&mut harness);
    let done = runner.run(&stack, |layers| {
        let mut harness = harness.borrow_mut();
        let history = &mut harness.state_mut().history;
        let layers = numbered(layers, history);
        history.apply(Edit::SetLayers { layers }).unwrap();
        wait_for_pictures(&mut harness);
        assert_as_composited(&mut harness, most)
    });
    if let Err(error) = done {
        panic!(
            "{}",
            error.to_string().chars().take(300).collect::<String>()
        );
    }
}

#[test]
fn every_blend_mode_on_layers_and_groups_is_drawn_as_composited() {
    check(stack(), 200, 1);
}

#[test]
fn normal_stacks_are_drawn_as_composited() {
    let normal = prop::collection::vec(layer(), 1..6).prop_map(|mut layers| {
        layers
            .iter_mut()
            .for_each(|layer| layer.blend = BlendMode::Normal);
        layers
    });
    check(normal, 200, 1);
}

/// Grey over grey has no hue that could be blown up.
#[test]
fn faint_and_grey_layers_are_drawn_as_composited_in_every_mode() {
    let faint = |blend, grey: u8, alpha: u8| {
        let image = RgbaImage::from_fn(SIDE, SIDE, |x, y| {
            Rgba([
                grey,
                grey,
                grey.saturating_add((x % 2) as u8),
                alpha.saturating_add(y as u8),
            ])
        });
        Layer {
            blend,
            ..Layer::raster(LayerId(0), "faint", image, 0, 0)
        }
    };
    let mode = prop::sample::select(BlendMode::OF_LAYERS.to_vec());
    let layers = prop::collection::vec((mode, any::<u8>(), any::<u8>()), 2..5);
    let stack = layers.prop_map(move |layers| {
        layers
            .into_iter()
            .map(|(mode, grey, alpha)| faint(mode, grey, alpha))
            .collect()
    });
    check(stack, 100, 1);
}
