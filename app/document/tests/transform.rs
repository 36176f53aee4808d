//! Transforms and the bounds they give.

mod common;

use common::transform;
use document::{Bounds, Pixels, Transform};
use glam::DVec2;
use image::RgbaImage;
use proptest::prelude::*;

proptest! {
    #[test]
    fn there_and_back_is_the_same_place(transform in transform(), x in -50.0..50.0, y in -50.0..50.0) {
        let map = transform.document_from_pixels(7, 5);
        let point = DVec2::new(x, y);
        prop_assert!(map.inverse().transform_point2(map.transform_point2(point)).abs_diff_eq(point, 1e-9));
    }

    #[test]
    fn bounds_hold_the_corners_and_no_more(transform in transform(), width in 1..30_u32, height in 1..30_u32) {
        let bounds = transform.bounds(width, height);
        let corners = transform.corners(width, height);
        for corner in corners {
            prop_assert!(f64::from(bounds.left) <= corner.x + 1e-5 && corner.x - 1e-5 <= f64::from(bounds.right));
            prop_assert!(f64::from(bounds.top) <= corner.y + 1e-5 && corner.y - 1e-5 <= f64::from(bounds.bottom));
        }
        prop_assert!(corners.iter().any(|corner| corner.x < f64::from(bounds.left) + 1.0));
        prop_assert!(corners.iter().any(|corner| corner.x > f64::from(bounds.right) - 1.0));
        prop_assert!(corners.iter().any(|corner| corner.y < f64::from(bounds.top) + 1.0));
        prop_assert!(corners.iter().any(|corner| corner.y > f64::from(bounds.bottom) - 1.0));
    }

    #[test]
    fn the_middle_stays(transform in transform(), width in 1..30_u32, height in 1..30_u32) {
        let middle = DVec2::new(width.into(), height.into()) / 2.0;
        let placed = transform.document_from_pixels(width, height).transform_point2(middle);
        prop_assert!(placed.abs_diff_eq(transform.center, 1e-9));
    }

    #[test]
    fn flips_swap_the_corners(transform in transform()) {
        let [a, b, c, d] = transform.corners(9, 4);
        let flipped = Transform { scale: transform.scale * DVec2::new(-1.0, 1.0), ..transform };
        for (ours, mirrored) in flipped.corners(9, 4).into_iter().zip([b, a, d, c]) {
            prop_assert!(ours.abs_diff_eq(mirrored, 1e-9));
        }
    }

    #[test]
    fn whole_offsets_are_told_from_others(
        left in -9999..9999_i32, top in -9999..9999_i32, width in 1..99_u32, height in 1..99_u32, turns in -3..3,
    ) {
        let placed = Transform::at(left.into(), top.into(), width, height);
        let turned = Transform { rotation: f64::from(turns) * std::f64::consts::TAU, ..placed };
        prop_assert_eq!(turned.integer_offset(width, height), Some((left, top)));
        prop_assert_eq!(turned.bounds(width, height), Bounds::new(left, top, width, height));
        prop_assert_eq!(placed.translated(DVec2::new(0.5, 0.0)).integer_offset(width, height), None);
        let flipped = Transform { scale: DVec2::new(-1.0, 1.0), ..placed };
        prop_assert_eq!(flipped.integer_offset(width, height), None);
        prop_assert_eq!(flipped.bounds(width, height), Bounds::new(left, top, width, height));
    }

    #[test]
    fn trimming_keeps_what_is_visible(picture in common::picture(), left in -99..99_i32, top in -99..99_i32) {
        let (pixels, bounds) = Pixels::trimmed(picture.clone(), left, top);
        prop_assert_eq!((pixels.width(), pixels.height()), (bounds.width(), bounds.height()));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let (x, y) = (left + x as i32 - bounds.left, top + y as i32 - bounds.top);
            let kept = pixels.image().get_pixel_checked(x as u32, y as u32);
            prop_assert!(kept.map_or(pixel.0[3] == 0, |kept| kept == pixel));
        }
        let is_visible = |x, y| pixels.image().get_pixel(x, y).0[3] > 0;
        let (width, height) = (pixels.width(), pixels.height());
        for edge_row in [0, height.wrapping_sub(1)].into_iter().filter(|_| height > 0) {
            prop_assert!((0..width).any(|x| is_visible(x, edge_row)));
        }
        for edge_column in [0, width.wrapping_sub(1)].into_iter().filter(|_| width > 0) {
            prop_assert!((0..height).any(|y| is_visible(edge_column, y)));
        }
    }
}

#[test]
fn a_quarter_turn_is_clockwise_on_screen() {
    let turned = Transform {
        rotation: std::f64::consts::FRAC_PI_2,
        ..Transform::at(0.0, 0.0, 4, 2)
    };
    let [top_left, top_right, ..] = turned.corners(4, 2);
    assert!(top_left.abs_diff_eq(DVec2::new(3.0, -1.0), 1e-9));
    assert!(top_right.abs_diff_eq(DVec2::new(3.0, 3.0), 1e-9));
    assert_eq!(turned.bounds(4, 2), Bounds::new(1, -1, 2, 4));
}

#[test]
fn an_invisible_picture_has_no_size() {
    let (pixels, bounds) = Pixels::trimmed(RgbaImage::new(5, 4), 3, 2);
    assert!(bounds.is_empty());
    assert_eq!((pixels.width(), pixels.height()), (0, 0));
}
