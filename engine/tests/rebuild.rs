//! Rules of the rebuild that hold for all stacks and sources.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use common::Counting;
use engine::{CancelToken, Content, EngineError, ModelLayer, Stage, rebuild, recompose};
use image::imageops::{FilterType, resize};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

fn layer(image: RgbaImage) -> ModelLayer {
    ModelLayer::new(image, Content::Unknown)
}

fn rebuilt(layers: Vec<RgbaImage>, source: &RgbaImage) -> Vec<RgbaImage> {
    let layers = layers.into_iter().map(layer).collect();
    let layers = rebuild(layers, source, &(), &CancelToken::default()).unwrap();
    layers.into_iter().map(|layer| layer.image).collect()
}

fn stacked(layers: &[RgbaImage]) -> RgbaImage {
    recompose(
        layers[0].width(),
        layers[0].height(),
        &layers.iter().collect::<Vec<_>>(),
    )
}

/// Any colour; alpha often clear or opaque, as in real layers.
fn pixel() -> impl Strategy<Value = [u8; 4]> {
    (
        any::<[u8; 3]>(),
        prop_oneof![Just(0), Just(255), any::<u8>()],
    )
        .prop_map(|([r, g, b], a)| [r, g, b, a])
}

fn image(width: u32, height: u32) -> impl Strategy<Value = RgbaImage> {
    prop::collection::vec(pixel(), (width * height) as usize)
        .prop_map(move |pixels| RgbaImage::from_raw(width, height, pixels.concat()).unwrap())
}

/// One to eight layers of a small size, and a source of another.
fn stack_and_source() -> impl Strategy<Value = (Vec<RgbaImage>, RgbaImage)> {
    (1..8_u32, 1..8_u32, 1..24_u32, 1..24_u32, 1..=8_usize).prop_flat_map(
        |(w, h, source_w, source_h, layers)| {
            (
                prop::collection::vec(image(w, h), layers),
                image(source_w, source_h),
            )
        },
    )
}

/// One to eight layers and a source, all of one size.
fn stack_and_source_of_one_size() -> impl Strategy<Value = (Vec<RgbaImage>, RgbaImage)> {
    (1..12_u32, 1..12_u32, 1..=8_usize)
        .prop_flat_map(|(w, h, layers)| (prop::collection::vec(image(w, h), layers), image(w, h)))
}

fn largest_premultiplied_difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let premultiplied = |pixel: &Rgba<u8>, channel: usize| {
        if channel == 3 {
            f64::from(pixel[3])
        } else {
            f64::from(pixel[channel]) * f64::from(pixel[3]) / 255.0
        }
    };
    let differences = a.pixels().zip(b.pixels()).flat_map(|(a, b)| {
        (0..4).map(move |channel| (premultiplied(a, channel) - premultiplied(b, channel)).abs())
    });
    differences.fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn the_stack_recomposes_to_the_source((layers, source) in stack_and_source()) {
        let layers = rebuilt(layers, &source);
        let difference = largest_premultiplied_difference(&source, &stacked(&layers));
        prop_assert!(difference <= 2.0, "off by {difference}");
    }

    #[test]
    fn the_stack_has_the_sources_alpha((layers, source) in stack_and_source()) {
        let layers = rebuilt(layers, &source);
        for (index, (stack, source)) in stacked(&layers).pixels().zip(source.pixels()).enumerate() {
            prop_assert!(stack[3].abs_diff(source[3]) <= 1, "{} for {}", stack[3], source[3]);
            if source[3] == 255 {
                prop_assert_eq!(stack[3], 255);
            }
            if source[3] == 0 {
                prop_assert!(layers.iter().all(|layer| layer.as_chunks::<4>().0[index][3] == 0));
            }
        }
    }

    #[test]
    fn hidden_pixels_stay_the_models((layers, mut source) in stack_and_source_of_one_size()) {
        source.pixels_mut().for_each(|pixel| pixel[3] = 255);
        let after = rebuilt(layers.clone(), &source);
        for index in 0..source.pixels().len() {
            let at = |image: &RgbaImage| image.as_chunks::<4>().0[index];
            let cover = layers.iter().rposition(|layer| at(layer)[3] == 255).unwrap_or(0);
            for (before, after) in layers[..cover].iter().zip(&after) {
                prop_assert_eq!(at(before), at(after));
            }
        }
    }

    #[test]
    fn layers_of_the_sources_size_keep_their_upper_alphas((layers, mut source) in stack_and_source_of_one_size()) {
        source.pixels_mut().for_each(|pixel| pixel[3] = 255);
        let after = rebuilt(layers.clone(), &source);
        for (before, after) in layers.iter().zip(&after).skip(1) {
            prop_assert!(before.pixels().zip(after.pixels()).all(|(before, after)| before[3] == after[3]));
        }
    }

    #[test]
    fn an_exact_stack_is_left_alone((layers, _) in stack_and_source_of_one_size()) {
        let source = stacked(&layers);
        prop_assert_eq!(rebuilt(layers.clone(), &source), layers);
    }
}

/// A poster with known layers: a textured background, a disc and stripes as thin as small text.
fn known_layers(side: u32) -> Vec<RgbaImage> {
    let scale = side as f32 / 512.0;
    let soft = |distance: f32| ((0.5 - distance).clamp(0.0, 1.0) * 255.0) as u8;
    let background = RgbaImage::from_fn(side, side, |x, y| {
        let wave =
            ((x as f32 * 0.11 / scale).sin() * (y as f32 * 0.07 / scale).cos() * 18.0) as i16;
        Rgba([
            (200 + wave) as u8,
            (180 + wave) as u8,
            (90 + (y * 60 / side) as i16) as u8,
            255,
        ])
    });
    let disc = RgbaImage::from_fn(side, side, |x, y| {
        let (dx, dy) = (x as f32 - 200.0 * scale, y as f32 - 260.0 * scale);
        Rgba([
            40,
            90,
            170,
            soft((dx * dx + dy * dy).sqrt() - 120.0 * scale),
        ])
    });
    let stripes = RgbaImage::from_fn(side, side, |x, y| {
        let (u, v) = (x as f32 / scale, y as f32 / scale);
        let inside = (60.0..450.0).contains(&v) && u > 300.0 && u < 470.0;
        let distance = ((u + v * 0.3).rem_euclid(24.0) - 12.0).abs() - 5.0;
        Rgba([20, 20, 25, if inside { soft(distance * scale) } else { 0 }])
    });
    vec![background, disc, stripes]
}

fn mean_alpha_difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let sum: u64 = a
        .pixels()
        .zip(b.pixels())
        .map(|(a, b)| u64::from(a[3].abs_diff(b[3])))
        .sum();
    sum as f64 / a.pixels().len() as f64
}

#[test]
fn refined_alphas_are_nearer_to_the_truth_than_resampled_ones() {
    let (side, reduced) = (1024, 256);
    let truth = known_layers(side);
    let source = stacked(&truth);
    let small: Vec<_> = truth
        .iter()
        .map(|layer| resize(layer, reduced, reduced, FilterType::Triangle))
        .collect();
    let layers = rebuilt(small.clone(), &source);
    for index in 1..truth.len() {
        let resampled = resize(&small[index], side, side, FilterType::CatmullRom);
        let before = mean_alpha_difference(&truth[index], &resampled);
        let after = mean_alpha_difference(&truth[index], &layers[index]);
        println!("layer {index}: mean alpha difference {before:.3} resampled, {after:.3} refined");
        assert!(
            after < before * 0.6,
            "layer {index}: {after} refined, {before} resampled"
        );
    }
}

#[test]
fn refinement_does_not_leak_away_from_edges() {
    let (side, reduced, reach) = (256, 64, 4 * 6);
    let mut noise = 1_u32;
    let source = RgbaImage::from_fn(side, side, |_, _| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgba([
            (noise >> 24) as u8,
            (noise >> 16) as u8,
            (noise >> 8) as u8,
            255,
        ])
    });
    let background = RgbaImage::from_pixel(reduced, reduced, Rgba([10, 20, 30, 255]));
    let half = RgbaImage::from_fn(reduced, reduced, |x, _| {
        Rgba([200, 0, 0, if x < reduced / 2 { 255 } else { 0 }])
    });
    let layers = rebuilt(vec![background, half], &source);
    for (x, _, pixel) in layers[1].enumerate_pixels() {
        if x + reach < side / 2 {
            assert_eq!(pixel[3], 255, "a hole at {x}");
        } else if x > side / 2 + reach {
            assert_eq!(pixel[3], 0, "a leak at {x}");
        }
    }
}

#[test]
fn each_step_is_reported_once_and_in_order() {
    let source = common::picture(40, 300);
    let layers = vec![
        layer(common::picture(20, 150)),
        layer(RgbaImage::new(20, 150)),
    ];
    let counting = Counting::default();
    rebuild(layers, &source, &counting, &CancelToken::default()).unwrap();
    let steps = counting.reports.borrow().len() as u32 - 1;
    let expected: Vec<_> = (0..=steps)
        .map(|step| (Stage::Rebuild, step, steps))
        .collect();
    assert_eq!(counting.reports.into_inner(), expected);
}

#[test]
fn cancelling_between_two_bands_stops() {
    let cancel = CancelToken::default();
    let counting = Counting {
        cancel_at: Some((1, cancel.clone())),
        ..Counting::default()
    };
    let source = common::picture(40, 300);
    let result = rebuild(vec![layer(source.clone())], &source, &counting, &cancel);
    assert_eq!(result.unwrap_err(), EngineError::Cancelled);
    assert_eq!(counting.reports.borrow().len(), 2);
}
