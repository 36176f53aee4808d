//! What holds for every stack of layers.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use document::{Bounds, Layer, LayerContent, LayerId, Recolor, Tint, composite, render_layer};
use glam::DVec2;
use image::{Rgba, RgbaImage, imageops};
use proptest::prelude::*;

/// Straight-alpha source-over in real numbers.
fn over(below: [f64; 4], above: [f64; 4]) -> [f64; 4] {
    let alpha = above[3] + below[3] * (1.0 - above[3]);
    if alpha == 0.0 {
        return [0.0; 4];
    }
    let mixed = |i: usize| (above[i] * above[3] + below[i] * below[3] * (1.0 - above[3])) / alpha;
    [mixed(0), mixed(1), mixed(2), alpha]
}

fn pixels_of(image: &RgbaImage) -> impl Iterator<Item = [u8; 4]> {
    image.pixels().map(|pixel| pixel.0)
}

fn full_canvas(pixels: Vec<[u8; 4]>) -> Layer {
    Layer::raster(
        LayerId(0),
        "full",
        RgbaImage::from_raw(CANVAS.0, CANVAS.1, pixels.concat()).unwrap(),
        0,
        0,
    )
}

fn canvas_pixels(pixel: impl Strategy<Value = [u8; 4]>) -> impl Strategy<Value = Vec<[u8; 4]>> {
    proptest::collection::vec(pixel, (CANVAS.0 * CANVAS.1) as usize)
}

proptest! {
    #[test]
    fn two_layers_are_within_one_255th_of_real_numbers(
        below in canvas_pixels(pixel()), above in canvas_pixels(pixel()), opacity: u8,
    ) {
        let top = Layer { opacity, ..full_canvas(above.clone()) };
        let composed = composite(&document_of(vec![full_canvas(below.clone()), top]));
        for ((ours, below), above) in pixels_of(&composed).zip(below).zip(above) {
            // The layer's alpha times its opacity is a byte, too.
            let alpha = (f64::from(above[3]) * f64::from(opacity) / 255.0).round() as u8;
            let above = [above[0], above[1], above[2], alpha];
            let exact = over(below.map(|c| f64::from(c) / 255.0), above.map(|c| f64::from(c) / 255.0));
            let channels = if ours[3] == 0 { 3..4 } else { 0..4 };
            for i in channels {
                prop_assert!((f64::from(ours[i]) - exact[i] * 255.0).abs() <= 1.0, "{ours:?} is not {exact:?}");
            }
        }
    }

    #[test]
    fn an_opaque_top_layer_wins(mut layers in layers(), rgb in canvas_pixels(any::<[u8; 4]>())) {
        let opaque: Vec<_> = rgb.into_iter().map(|[r, g, b, _]| [r, g, b, 255]).collect();
        layers.push(full_canvas(opaque.clone()));
        prop_assert!(pixels_of(&composite(&document_of(layers))).eq(opaque));
    }

    #[test]
    fn layers_that_show_nothing_change_nothing(
        layers in layers(), mut nothing in raster(), kind in 0..4, index: prop::sample::Index,
    ) {
        match kind {
            0 => nothing.visible = false,
            1 => nothing.opacity = 0,
            2 => raster_mut(&mut nothing).pixels = document::Pixels::new(RgbaImage::new(5, 5)),
            _ => nothing = Layer { visible: false, ..Layer::group(LayerId(0), "hidden", vec![nothing]) },
        }
        let mut more = layers.clone();
        more.insert(index.index(layers.len() + 1), nothing);
        prop_assert_eq!(composite(&document_of(layers)), composite(&document_of(more)));
    }

    #[test]
    fn a_group_of_one_is_that_layer(layer in raster(), below in raster(), opacity: u8) {
        let alone = Layer { opacity, ..layer.clone() };
        let grouped = Layer { opacity, ..Layer::group(LayerId(0), "group", vec![layer]) };
        let [alone, grouped] = [alone, grouped].map(|top| composite(&document_of(vec![below.clone(), top])));
        prop_assert_eq!(alone, grouped);
    }

    /// Source-over is associative.
    #[test]
    fn an_opaque_group_is_its_layers(below in raster(), a in raster(), b in raster()) {
        let flat = composite(&document_of(vec![below.clone(), a.clone(), b.clone()]));
        let grouped = composite(&document_of(vec![below, Layer::group(LayerId(0), "group", vec![a, b])]));
        prop_assert_eq!(flat, grouped);
    }

    #[test]
    fn a_composite_is_its_rendered_layers(layers in proptest::collection::vec(raster(), 0..4)) {
        let document = document_of(layers);
        let rendered = document.layers().iter().map(|layer| {
            let (pixels, left, top) = render_layer(layer.as_raster().unwrap(), document.canvas());
            Layer { opacity: layer.opacity, ..Layer::of_pixels(layer.id, "rendered", pixels, left, top) }
        });
        prop_assert_eq!(composite(&document), composite(&document_of(rendered.collect())));
    }

    #[test]
    fn rendered_layers_lie_within_their_bounds(layer in raster()) {
        let raster = layer.as_raster().unwrap();
        let (pixels, left, top) = render_layer(raster, Bounds::new(0, 0, 24, 18));
        let rendered = Bounds::new(left, top, pixels.width(), pixels.height());
        prop_assert!(rendered.is_empty() || rendered.union(&layer.bounds()) == layer.bounds());
    }

    #[test]
    fn a_flip_by_whole_pixels_is_the_very_mirror(picture in picture(), across: bool, down: bool) {
        let opaque_corners = mark_corners(picture);
        let mut expected = opaque_corners.clone();
        let mut layer = Layer::raster(LayerId(0), "flipped", opaque_corners, 3, 2);
        let scale = &mut raster_mut(&mut layer).transform.scale;
        if across {
            scale.x = -1.0;
            imageops::flip_horizontal_in_place(&mut expected);
        }
        if down {
            scale.y = -1.0;
            imageops::flip_vertical_in_place(&mut expected);
        }
        let flipped = composite(&document_of(vec![layer]));
        let plain = composite(&document_of(vec![Layer::raster(LayerId(0), "plain", expected, 3, 2)]));
        prop_assert_eq!(flipped, plain);
    }

    #[test]
    fn quarter_turns_move_whole_pixels(pixels in proptest::collection::vec(pixel(), 36), quarters in -4..=4_i32) {
        let mut expected = mark_corners(RgbaImage::from_raw(6, 6, pixels.concat()).unwrap());
        let mut layer = Layer::raster(LayerId(0), "turned", expected.clone(), 3, 2);
        raster_mut(&mut layer).transform.rotation = f64::from(quarters) * std::f64::consts::FRAC_PI_2;
        for _ in 0..quarters.rem_euclid(4) {
            expected = imageops::rotate90(&expected);
        }
        let turned = composite(&document_of(vec![layer]));
        let plain = composite(&document_of(vec![Layer::raster(LayerId(0), "plain", expected, 3, 2)]));
        prop_assert_eq!(turned, plain);
    }

    #[test]
    fn no_transform_makes_a_halo(transform in transform(), color: [u8; 3]) {
        let mut layer = Layer::raster(LayerId(0), "disc", disc(16, color), 0, 0);
        raster_mut(&mut layer).transform = transform;
        for [r, g, b, a] in pixels_of(&composite(&document_of(vec![layer]))) {
            let close = [r, g, b].iter().zip(color).all(|(ours, true_color)| ours.abs_diff(true_color) <= 2);
            prop_assert!(a == 0 || close, "{:?} is not {color:?}", [r, g, b, a]);
        }
    }

    /// A transform scales the amount of paint with the area.
    #[test]
    fn the_amount_of_alpha_follows_the_area(factor in 0.2..2.0_f64, rotation in -4.0..4.0_f64) {
        let mut layer = Layer::raster(LayerId(0), "disc", disc(40, [9, 99, 199]), 0, 0);
        let paint = |image: &RgbaImage| pixels_of(image).map(|pixel| f64::from(pixel[3])).sum::<f64>();
        let raster = raster_mut(&mut layer);
        let before = paint(raster.pixels.image());
        raster.transform.scale = DVec2::splat(factor);
        raster.transform.rotation = rotation;
        let (pixels, _, _) = render_layer(raster, Bounds::new(0, 0, 24, 18));
        let ratio = paint(pixels.image()) / before / (factor * factor);
        prop_assert!((ratio - 1.0).abs() < 0.03, "{ratio}");
    }

    #[test]
    fn recolouring_keeps_alpha(layer in raster(), recolor in recolor()) {
        let mut changed = layer.clone();
        raster_mut(&mut changed).recolor = recolor;
        let [before, after] = [layer, changed].map(|layer| composite(&document_of(vec![layer])));
        prop_assert!(pixels_of(&before).zip(pixels_of(&after)).all(|(p, q)| p[3] == q[3]));
    }
}

/// Makes opposite corners visible, so that nothing is trimmed off.
fn mark_corners(mut picture: RgbaImage) -> RgbaImage {
    let (right, bottom) = (picture.width() - 1, picture.height() - 1);
    picture.put_pixel(0, 0, Rgba([1, 2, 3, 255]));
    picture.put_pixel(right, bottom, Rgba([4, 5, 6, 255]));
    picture
}

#[test]
fn the_upper_layer_is_seen() {
    let of = |color| {
        Layer::raster(
            LayerId(0),
            "color",
            RgbaImage::from_pixel(4, 4, Rgba(color)),
            0,
            0,
        )
    };
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    let composed = composite(&document_of(vec![of(red), of(blue)]));
    assert_eq!(composed.get_pixel(0, 0).0, blue);
    assert_eq!(composed.get_pixel(4, 4).0, [0; 4]);
}

/// Half of a group that hides its own lower layer lets only what is under the group through.
#[test]
fn groups_are_isolated() {
    let of = |color: [u8; 4]| {
        Layer::raster(
            LayerId(0),
            "color",
            RgbaImage::from_pixel(4, 4, Rgba(color)),
            0,
            0,
        )
    };
    let mut group = Layer::group(
        LayerId(0),
        "group",
        vec![of([255, 0, 0, 255]), of([0, 0, 255, 255])],
    );
    group.opacity = 128;
    let composed = composite(&document_of(vec![of([255, 255, 255, 255]), group]));
    assert_eq!(composed.get_pixel(1, 1).0, [127, 127, 255, 255]);
}

#[test]
fn an_untouched_layer_is_rendered_by_sharing_its_pixels() {
    let layer = Layer::raster(LayerId(1), "disc", disc(9, [1, 2, 3]), -30, 50);
    let (pixels, left, top) = render_layer(layer.as_raster().unwrap(), Bounds::new(0, 0, 24, 18));
    let bounds = layer.bounds();
    assert!(pixels.ptr_eq(&layer.as_raster().unwrap().pixels));
    assert_eq!((left, top), (bounds.left, bounds.top));
}

#[test]
fn what_lies_off_the_canvas_is_rendered_too() {
    let mut layer = Layer::raster(
        LayerId(1),
        "block",
        RgbaImage::from_pixel(10, 10, Rgba([9; 4])),
        -30,
        50,
    );
    raster_mut(&mut layer).transform.scale = DVec2::splat(2.0);
    let (pixels, left, top) = render_layer(layer.as_raster().unwrap(), Bounds::new(0, 0, 24, 18));
    assert_eq!(
        (pixels.width(), pixels.height(), left, top),
        (20, 20, -35, 45)
    );
}

#[test]
fn a_layer_enlarged_beyond_use_is_cropped_to_the_canvas() {
    let mut layer = Layer::raster(
        LayerId(1),
        "block",
        RgbaImage::from_pixel(10, 10, Rgba([7; 4])),
        0,
        0,
    );
    raster_mut(&mut layer).transform.scale = DVec2::splat(1e5);
    let canvas = Bounds::new(0, 0, 24, 18);
    let (pixels, left, top) = render_layer(layer.as_raster().unwrap(), canvas);
    assert_eq!(
        Bounds::new(left, top, pixels.width(), pixels.height()),
        canvas
    );
    let composed = composite(&document_of(vec![layer]));
    assert!(pixels_of(&composed).all(|pixel| pixel == [7; 4]));
}

#[test]
fn a_turned_edge_is_soft() {
    let mut layer = Layer::raster(
        LayerId(0),
        "block",
        RgbaImage::from_pixel(10, 10, Rgba([9, 9, 9, 255])),
        6,
        4,
    );
    raster_mut(&mut layer).transform.rotation = 0.5;
    let composed = composite(&document_of(vec![layer]));
    let soft = pixels_of(&composed)
        .filter(|pixel| (1..255).contains(&pixel[3]))
        .count();
    let full = pixels_of(&composed).filter(|pixel| pixel[3] == 255).count();
    assert!(
        (20..70).contains(&soft) && full > 60,
        "{soft} soft, {full} full"
    );
}

#[test]
fn a_tint_of_full_strength_is_its_colour() {
    let mut layer = Layer::raster(LayerId(0), "disc", disc(12, [1, 200, 3]), 0, 0);
    raster_mut(&mut layer).recolor = Recolor {
        tint: Tint {
            color: [10, 20, 30],
            strength: 1.0,
        },
        ..Recolor::default()
    };
    let composed = composite(&document_of(vec![layer]));
    assert!(pixels_of(&composed).all(|[r, g, b, a]| a == 0 || [r, g, b] == [10, 20, 30]));
}

#[test]
fn an_empty_canvas_and_empty_layers_are_no_trouble() {
    let empty = Layer::raster(LayerId(0), "empty", RgbaImage::new(3, 3), 2, 2);
    assert!(matches!(&empty.content, LayerContent::Raster(raster) if raster.pixels.width() == 0));
    let mut turned = empty.clone();
    raster_mut(&mut turned).transform.rotation = 1.0;
    let composed = composite(&document_of(vec![
        empty,
        turned,
        Layer::group(LayerId(0), "group", vec![]),
    ]));
    assert!(pixels_of(&composed).all(|pixel| pixel == [0; 4]));
    assert!(composite(&document::Document::new(0, 0)).is_empty());
}
