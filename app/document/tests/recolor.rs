//! The recolour formula.

mod common;

use common::recolor;
use document::{Recolor, Tint};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

fn close(a: [f32; 3], b: [f32; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
}

fn color() -> impl Strategy<Value = [f32; 3]> {
    any::<[u8; 3]>().prop_map(|rgb| rgb.map(|c| f32::from(c) / 255.0))
}

proptest! {
    #[test]
    fn results_are_colours(recolor in recolor(), rgb in color()) {
        prop_assert!(recolor.apply(rgb).iter().all(|c| (-1e-5..=1.0 + 1e-5).contains(c)));
    }

    #[test]
    fn hue_turns_add_up_to_a_full_circle(rgb in color(), hue in 0.0..180.0_f32) {
        let turn = |hue| Recolor { hue, ..Recolor::default() };
        prop_assert!(close(turn(-hue).apply(turn(hue).apply(rgb)), rgb));
        prop_assert!(close(turn(180.0).apply(rgb), turn(-180.0).apply(rgb)));
        let third = turn(120.0).apply(rgb);
        prop_assert!(close(third, [rgb[2], rgb[0], rgb[1]]));
    }

    #[test]
    fn the_ends_of_each_range(rgb in color(), tint: [u8; 3]) {
        let least = rgb.into_iter().fold(1.0, f32::min);
        let most = rgb.into_iter().fold(0.0, f32::max);
        let grey = Recolor { saturation: -1.0, ..Recolor::default() }.apply(rgb);
        prop_assert!(close(grey, [(least + most) / 2.0; 3]));
        let black = Recolor { lightness: -1.0, ..Recolor::default() }.apply(rgb);
        prop_assert!(close(black, [0.0; 3]));
        let white = Recolor { lightness: 1.0, ..Recolor::default() }.apply(rgb);
        prop_assert!(close(white, [1.0; 3]));
        let full = Recolor { tint: Tint { color: tint, strength: 1.0 }, ..Recolor::default() };
        prop_assert!(close(full.apply(rgb), tint.map(|c| f32::from(c) / 255.0)));
    }

    /// The picture is recoloured as its pixels are, and keeps its alpha and what lies under alpha 0.
    #[test]
    fn pictures_follow_the_formula(recolor in recolor(), pixels in proptest::collection::vec(any::<[u8; 4]>(), 12)) {
        let mut image = RgbaImage::from_raw(4, 3, pixels.concat()).unwrap();
        recolor.apply_to_image(&mut image);
        for (&Rgba([r, g, b, a]), before) in image.pixels().zip(pixels) {
            let [x, y, z, alpha] = before;
            prop_assert_eq!(a, alpha);
            let expected = recolor.apply([x, y, z].map(|c| f32::from(c) / 255.0)).map(|c| (c * 255.0).round() as u8);
            prop_assert_eq!([r, g, b], if alpha == 0 { [x, y, z] } else { expected });
        }
    }
}

#[test]
fn the_default_changes_nothing() {
    assert!(Recolor::default().is_identity());
    let tinted_nothing = Recolor {
        tint: Tint {
            color: [9, 9, 9],
            strength: 0.0,
        },
        ..Recolor::default()
    };
    assert!(tinted_nothing.is_identity());
    assert_eq!(tinted_nothing.apply([0.2, 0.4, 0.6]), [0.2, 0.4, 0.6]);
}

/// rgb(191, 64, 64) is hsl(0, 50 %, 50 %); 50 % more saturation make pure red of it, and 60° on is pure yellow.
#[test]
fn a_known_colour() {
    let recolor = Recolor {
        hue: 60.0,
        saturation: 0.5,
        ..Recolor::default()
    };
    assert!(close(recolor.apply([0.75, 0.25, 0.25]), [1.0, 1.0, 0.0]));
}

/// Pure red at 60 % is hsl(0, 100 %, 30 %); turned by 120° and half as saturated it is hsl(120, 50 %, 30 %).
#[test]
fn lightness_comes_before_hue_and_saturation() {
    let recolor = Recolor {
        hue: 120.0,
        saturation: -0.5,
        lightness: -0.4,
        ..Recolor::default()
    };
    assert!(close(recolor.apply([1.0, 0.0, 0.0]), [0.15, 0.45, 0.15]));
}

proptest! {
    #[test]
    fn full_saturation_leaves_no_colour_between(rgb: [u8; 3]) {
        let full = Recolor { saturation: 1.0, ..Recolor::default() };
        let [r, g, b] = full.apply(rgb.map(|c| f32::from(c) / 255.0));
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let is_grey = rgb[0] == rgb[1] && rgb[1] == rgb[2];
        let is_right = if is_grey { most - least < 1e-4 } else { most > 0.999 || least < 0.001 };
        prop_assert!(is_right, "{r} {g} {b}");
    }
}
