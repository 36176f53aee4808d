//! Source-over against real numbers, and what is visible against the definition.

use image::{Rgba, RgbaImage};
use pixels::{Rect, scaled, source_over, visible_rect};
use proptest::prelude::*;

/// Channels in 0…1, premultiplied.
fn real(pixel: [u8; 4]) -> [f64; 4] {
    let [r, g, b, a] = pixel.map(|byte| f64::from(byte) / 255.0);
    [r * a, g * a, b * a, a]
}

proptest! {
    #[test]
    fn one_pixel_over_another_is_within_one_255th_of_real_numbers(below: [u8; 4], above: [u8; 4]) {
        let found = source_over(below, above);
        let (lower, upper) = (real(below), real(above));
        for channel in 0..4 {
            let expected = upper[channel] + lower[channel] * (1.0 - upper[3]);
            prop_assert!((real(found)[channel] - expected).abs() <= 1.0 / 255.0, "{found:?}");
        }
    }

    #[test]
    fn full_opacity_changes_nothing_and_none_hides(alpha: u8, opacity: u8) {
        prop_assert_eq!(scaled(alpha, 255), alpha);
        prop_assert_eq!(scaled(alpha, 0), 0);
        let exact = f64::from(alpha) * f64::from(opacity) / 255.0;
        prop_assert!((f64::from(scaled(alpha, opacity)) - exact).abs() <= 0.5);
    }

    #[test]
    fn all_that_is_visible_lies_in_the_smallest_rectangle(
        width in 1..12_u32,
        height in 1..12_u32,
        dots in proptest::collection::vec((0..12_u32, 0..12_u32), 0..5),
    ) {
        let mut image = RgbaImage::new(width, height);
        let dots: Vec<_> = dots.into_iter().map(|(x, y)| (x % width, y % height)).collect();
        for (x, y) in &dots {
            image.put_pixel(*x, *y, Rgba([0, 0, 0, 1]));
        }
        let range = |values: &dyn Fn(&(u32, u32)) -> u32| {
            let (low, high) = (dots.iter().map(values).min()?, dots.iter().map(values).max()?);
            Some((low, high - low + 1))
        };
        let expected = range(&|dot| dot.0).zip(range(&|dot| dot.1));
        let expected = expected.map(|((left, width), (top, height))| Rect { left, top, width, height });
        prop_assert_eq!(visible_rect(&image), expected);
    }
}
