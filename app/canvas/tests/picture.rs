//! What the GPU draws, against `document::composite`, the truth. Needs a Vulkan adapter; a software one will do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure is the test's answer"
)]

mod common;

use canvas::{ColorTable, Compare};
use common::drawn::{
    assert_as_composited, canvas_pixels, difference, over_paper, shown, wait_for_pictures,
};
use common::{insert, with_source};
use document::{
    BlendMode, Document, Edit, History, Layer, LayerId, Property, Recolor, Tint, composite,
};
use image::{Rgba, RgbaImage};
use import::ToSrgb;

/// A soft-edged disc of `color` with a gradient across it.
fn disc(size: u32, color: [u8; 3]) -> RgbaImage {
    let radius = f64::from(size) / 2.0;
    RgbaImage::from_fn(size, size, |x, y| {
        let distance = (f64::from(x) + 0.5 - radius).hypot(f64::from(y) + 0.5 - radius);
        let alpha = ((radius - distance) / radius * 3.0).clamp(0.0, 1.0) * 255.0;
        let [r, g, b] = color;
        Rgba([
            r,
            g.wrapping_add((x * 255 / size / 3) as u8),
            b.wrapping_add((y * 255 / size / 3) as u8),
            alpha as u8,
        ])
    })
}

/// Overlapping soft layers with opacity, one hidden, one beyond the canvas.
fn soft_stack() -> (History, Vec<LayerId>) {
    let mut history = History::new(Document::new(320, 240));
    let ids = vec![
        insert(&mut history, disc(200, [200, 40, 60]), 10, 20),
        insert(&mut history, disc(151, [30, 90, 200]), 120, 70),
        insert(&mut history, disc(120, [240, 160, 20]), 250, -40),
        insert(&mut history, disc(90, [20, 160, 90]), 100, 100),
    ];
    history
        .apply(Edit::Set(ids[1], Property::Opacity(180)))
        .unwrap();
    history
        .apply(Edit::Set(ids[3], Property::Visible(false)))
        .unwrap();
    (history, ids)
}

#[test]
fn soft_layers_are_blended_as_the_compositor_does() {
    let (history, _) = soft_stack();
    assert_as_composited(&mut shown(history.document().clone(), 1.0), 2).unwrap();
}

#[test]
fn recoloured_layers_have_the_compositors_colours() {
    let (mut history, ids) = soft_stack();
    let recolors = [
        Recolor {
            hue: 100.0,
            ..Recolor::default()
        },
        Recolor {
            saturation: 0.7,
            lightness: -0.3,
            ..Recolor::default()
        },
        Recolor {
            hue: -60.0,
            lightness: 0.4,
            tint: Tint {
                color: [10, 200, 180],
                strength: 0.35,
            },
            saturation: -0.5,
        },
    ];
    for (id, recolor) in ids.iter().zip(recolors) {
        history
            .apply(Edit::Set(*id, Property::Recolor(recolor)))
            .unwrap();
    }
    assert_as_composited(&mut shown(history.document().clone(), 1.0), 2).unwrap();
}

#[test]
fn groups_are_composited_before_their_opacity_applies() {
    let (mut history, _) = soft_stack();
    let mut children = history.document().layers().to_vec();
    let above = children.split_off(2);
    let (inner, outer) = (history.new_layer_id(), history.new_layer_id());
    let mut inner = Layer::group(inner, "Inner", children);
    inner.opacity = 140;
    let mut outer = Layer::group(outer, "Outer", [vec![inner], above].concat());
    outer.opacity = 200;
    history
        .apply(Edit::SetLayers {
            layers: vec![outer],
        })
        .unwrap();
    let below = insert(&mut history, disc(220, [90, 90, 90]), 40, 10);
    history
        .apply(Edit::Move {
            id: below,
            parent: None,
            index: 0,
        })
        .unwrap();
    assert_as_composited(&mut shown(history.document().clone(), 1.0), 2).unwrap();
}

#[test]
fn flipped_and_turned_layers_lie_where_the_compositor_puts_them() {
    let (mut history, ids) = soft_stack();
    for (id, (scale, rotation)) in
        ids.iter()
            .zip([((-1.0, 1.0), 0.0), ((0.8, 1.3), 0.6), ((1.5, 1.5), 0.0)])
    {
        let mut transform = history
            .document()
            .layer(*id)
            .unwrap()
            .as_raster()
            .unwrap()
            .transform;
        transform.scale = scale.into();
        transform.rotation = rotation;
        history
            .apply(Edit::Set(*id, Property::Transform(transform)))
            .unwrap();
    }
    let mut harness = shown(history.document().clone(), 1.0);
    let expected = over_paper(&composite(harness.state().history.document()));
    let (most, mean) = difference(&canvas_pixels(&mut harness), &expected);
    // The compositor resamples with another filter; on these smooth layers that shows little.
    assert!(
        most <= 16 && mean < 0.5,
        "differs by up to {most}, {mean:.3} on average"
    );
}

#[test]
fn zoomed_in_pixels_are_squares() {
    let image = RgbaImage::from_fn(60, 50, |x, y| {
        Rgba([(x * 4) as u8, (y * 5) as u8, ((x ^ y) * 4) as u8, 255])
    });
    let mut harness = shown(with_source(image.clone()), 4.0);
    let expected = image::imageops::resize(&image, 240, 200, image::imageops::FilterType::Nearest);
    let (most, _) = difference(&canvas_pixels(&mut harness), &expected);
    assert!(most <= 1, "differs by {most}");
}

#[test]
fn zoomed_out_pictures_are_averaged() {
    // A fine checkerboard: any sampling without averaging shows black or white somewhere.
    let image = RgbaImage::from_fn(1200, 1200, |x, y| {
        let grey = if (x + y) % 2 == 0 { 255 } else { 0 };
        Rgba([grey, grey, grey, 255])
    });
    let mut harness = shown(with_source(image), 0.25);
    let drawn = canvas_pixels(&mut harness);
    assert_eq!(drawn.dimensions(), (300, 300));
    assert!(drawn.pixels().all(|pixel| pixel.0[0].abs_diff(128) <= 2));
}

#[test]
fn compare_shows_the_source_on_the_left_and_the_layers_on_the_right() {
    let source = RgbaImage::from_pixel(200, 100, Rgba([10, 20, 200, 255]));
    let mut history = History::new(with_source(source));
    let id = history.new_layer_id();
    let layer = Layer::raster(
        id,
        "Layer",
        RgbaImage::from_pixel(200, 100, Rgba([200, 20, 10, 255])),
        0,
        0,
    );
    history
        .apply(Edit::SetLayers {
            layers: vec![layer],
        })
        .unwrap();
    let mut harness = shown(history.document().clone(), 1.0);
    let (source, layer) = (Rgba([10, 20, 200, 255]), Rgba([200, 20, 10, 255]));
    let mut left_and_right = |compare| {
        harness.state_mut().compare = compare;
        harness.step();
        let drawn = canvas_pixels(&mut harness);
        [*drawn.get_pixel(20, 20), *drawn.get_pixel(180, 20)]
    };
    assert_eq!(left_and_right(Compare::After), [layer, layer]);
    assert_eq!(left_and_right(Compare::Before), [source, source]);
    assert_eq!(left_and_right(Compare::Split(0.5)), [source, layer]);
}

#[test]
fn the_difference_is_black_where_the_layers_are_the_source() {
    let source = RgbaImage::from_pixel(200, 100, Rgba([10, 120, 200, 255]));
    let mut history = History::new(with_source(source));
    let off = RgbaImage::from_pixel(100, 100, Rgba([15, 118, 200, 255]));
    let id = insert(&mut history, off, 0, 0);
    let mut harness = shown(history.document().clone(), 1.0);
    harness.state_mut().compare = Compare::Difference;
    harness.step();
    let drawn = canvas_pixels(&mut harness);
    assert_eq!(drawn.get_pixel(20, 20).0, [80, 32, 0, 255]);
    assert_eq!(drawn.get_pixel(180, 20).0, [0, 0, 0, 255]);
    let far = Edit::Set(id, Property::Opacity(0));
    harness.state_mut().history.apply(far).unwrap();
    harness.step();
    assert_eq!(
        canvas_pixels(&mut harness).get_pixel(20, 20).0,
        [0, 0, 0, 255]
    );
}

#[test]
fn a_preview_stands_where_the_layers_would() {
    let mut harness = shown(
        with_source(RgbaImage::from_pixel(64, 48, Rgba([0, 0, 200, 255]))),
        4.0,
    );
    let red = egui::ColorImage::filled([8, 6], egui::Color32::RED);
    let texture = harness
        .ctx
        .load_texture("preview", red, egui::TextureOptions::LINEAR);
    harness.state_mut().preview = Some(texture);
    for (compare, left, right) in [
        (Compare::After, [255, 0, 0, 255], [255, 0, 0, 255]),
        (Compare::Split(0.5), [0, 0, 200, 255], [255, 0, 0, 255]),
        (Compare::Before, [0, 0, 200, 255], [0, 0, 200, 255]),
    ] {
        harness.state_mut().compare = compare;
        wait_for_pictures(&mut harness);
        let drawn = canvas_pixels(&mut harness);
        let (width, height) = drawn.dimensions();
        assert_eq!(
            drawn.get_pixel(width / 4, height / 4).0,
            left,
            "{compare:?}"
        );
        assert_eq!(
            drawn.get_pixel(3 * width / 4, height / 4).0,
            right,
            "{compare:?}"
        );
    }
    harness.state_mut().preview = None;
    harness.state_mut().compare = Compare::After;
    wait_for_pictures(&mut harness);
    let drawn = canvas_pixels(&mut harness);
    assert_eq!(drawn.get_pixel(1, 1).0, [0, 0, 200, 255], "gone again");
}

#[test]
fn a_picture_larger_than_the_gpu_takes_is_still_shown() {
    let image = RgbaImage::from_pixel(9000, 40, Rgba([40, 160, 80, 255]));
    let mut harness = shown(with_source(image), 0.05);
    assert_eq!(canvas_pixels(&mut harness).dimensions(), (450, 2));
    assert_eq!(
        canvas_pixels(&mut harness).get_pixel(225, 0).0,
        [40, 160, 80, 255]
    );
}

#[test]
fn a_changed_document_is_drawn_anew() {
    let (history, ids) = soft_stack();
    let mut harness = shown(history.document().clone(), 1.0);
    let before = canvas_pixels(&mut harness);
    harness
        .state_mut()
        .history
        .apply(Edit::Set(ids[0], Property::Visible(false)))
        .unwrap();
    harness.step();
    assert_ne!(canvas_pixels(&mut harness), before);
    assert_as_composited(&mut harness, 2).unwrap();
    harness.state_mut().history.undo();
    harness.step();
    assert_eq!(canvas_pixels(&mut harness), before);
}

/// What takes the picture's place looks like it: until all of it is on the GPU, the picture as it was stands in.
#[test]
fn no_layer_is_missing_while_others_are_on_their_way() {
    let picture = RgbaImage::from_fn(300, 200, |x, y| Rgba([(x % 256) as u8, y as u8, 90, 255]));
    let mut harness = shown(with_source(picture.clone()), 1.0);
    let before = canvas_pixels(&mut harness);
    let mut upper = picture.clone();
    for (x, _, pixel) in upper.enumerate_pixels_mut() {
        pixel.0[3] = if x < 150 { 0 } else { 255 };
    }
    let history = &mut harness.state_mut().history;
    let ids = [history.new_layer_id(), history.new_layer_id()];
    let layers = vec![
        Layer::raster(ids[0], "lower", picture, 0, 0),
        Layer::raster(ids[1], "upper", upper, 0, 0),
    ];
    history.apply(Edit::SetLayers { layers }).unwrap();
    let mut waited = 0;
    loop {
        assert!(canvas_pixels(&mut harness) == before, "frame {waited}");
        harness.step();
        if !harness.state().canvas.is_loading() && waited > 2 {
            return;
        }
        waited += 1;
    }
}

/// Of Display P3: bright colours that sRGB has, some that it has not, and half of them over the paper.
#[test]
fn a_documents_colours_are_shown_as_its_profile_says() {
    let file = std::fs::read("../import/tests/fixtures/p3.png").unwrap();
    let profile = import::decode(&file).unwrap().profile.unwrap();
    let to_srgb = ToSrgb::new(&profile).unwrap();
    let (mut history, ids) = soft_stack();
    for blend in [BlendMode::Normal, BlendMode::Multiply] {
        history
            .apply(Edit::Set(ids[1], Property::Blend(blend)))
            .unwrap();
        let mut harness = shown(history.document().clone(), 1.0);
        let as_numbers = canvas_pixels(&mut harness);
        harness.state_mut().colors = ColorTable::new(ToSrgb::SIDE as u32, to_srgb.table());
        harness.step();
        let mut composed = composite(history.document());
        to_srgb.apply(&mut composed);
        let expected = over_paper(&composed);
        let (most, mean) = difference(&canvas_pixels(&mut harness), &expected);
        // Where colours leave sRGB the table's steps show most.
        assert!(most <= 12 && mean < 0.2, "{blend:?}: {most}, {mean:.3}");
        let (most, _) = difference(&as_numbers, &expected);
        assert!(most > 20, "the colours of the test are the same in sRGB");
        harness.state_mut().colors = None;
        harness.step();
        assert_eq!(canvas_pixels(&mut harness), as_numbers);
    }
}
