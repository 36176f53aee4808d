//! A profile's colours in sRGB, against the two standards' own numbers.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use image::{Rgba, RgbaImage};
use import::{FromSrgb, ToSrgb};

fn profile(name: &str) -> Option<Vec<u8>> {
    import::decode(&common::read(name)).unwrap().profile
}

/// Of the fixture's Display P3 with a gamma of 2.2: from its light to that of sRGB, which has the same white (SMPTE EG 432-1,
/// IEC 61966-2-1).
fn of_p3(rgb: [u8; 3]) -> [f64; 3] {
    const MATRIX: [[f64; 3]; 3] = [
        [1.224_940, -0.224_940, 0.0],
        [-0.042_057, 1.042_057, 0.0],
        [-0.019_638, -0.078_636, 1.098_274],
    ];
    let light = rgb.map(|value| (f64::from(value) / 255.0).powf(2.2));
    MATRIX.map(|row| {
        let sum: f64 = row
            .iter()
            .zip(light)
            .map(|(factor, light)| factor * light)
            .sum();
        let encoded = match sum.clamp(0.0, 1.0) {
            low if low <= 0.003_130_8 => low * 12.92,
            light => 1.055 * light.powf(1.0 / 2.4) - 0.055,
        };
        encoded * 255.0
    })
}

#[test]
fn display_p3_becomes_srgb() {
    let to_srgb = ToSrgb::new(&profile("p3.png").unwrap()).unwrap();
    const STEPS: [u8; 7] = [0, 31, 64, 127, 128, 200, 255];
    let colour = |index: usize| [index % 7, index / 7 % 7, index / 49].map(|step| STEPS[step]);
    let all: Vec<[u8; 3]> = (0..7 * 7 * 7).map(colour).collect();
    let mut image = RgbaImage::from_fn(all.len() as u32, 1, |x, _| {
        let [r, g, b] = all[x as usize];
        Rgba([r, g, b, x as u8])
    });
    to_srgb.apply(&mut image);
    for (x, (colour, pixel)) in all.iter().zip(image.pixels()).enumerate() {
        for (shown, expected) in pixel.0.into_iter().zip(of_p3(*colour)) {
            assert!(
                (f64::from(shown) - expected).abs() <= 1.5,
                "{colour:?}: {pixel:?}"
            );
        }
        assert_eq!(pixel.0[3], x as u8);
    }

    let table = to_srgb.table();
    assert_eq!(table.len(), ToSrgb::SIDE.pow(3) * 4);
    let entry = |r: usize, g: usize, b: usize| {
        let at = ((b * ToSrgb::SIDE + g) * ToSrgb::SIDE + r) * 4;
        [table[at], table[at + 1], table[at + 2], table[at + 3]]
    };
    // Each step is one of 256 within half of one.
    let step = |index: usize| (index as f64 * 255.0 / (ToSrgb::SIDE - 1) as f64).round() as u8;
    let most = ToSrgb::SIDE - 1;
    for (r, g, b) in [
        (0, 0, 0),
        (most, 0, 0),
        (0, most, 0),
        (16, 32, 48),
        (most, most, most),
        (40, 8, 56),
    ] {
        let [red, green, blue, opaque] = entry(r, g, b);
        for (shown, expected) in [red, green, blue]
            .into_iter()
            .zip(of_p3([r, g, b].map(step)))
        {
            assert!((f64::from(shown) - expected).abs() <= 2.5, "{r} {g} {b}");
        }
        assert_eq!(opaque, 255);
    }
}

/// All of sRGB is in Display P3 and in Adobe RGB; the dark is rounded there.
#[test]
fn what_is_picked_is_shown_again() {
    const STEPS: [u8; 6] = [0, 20, 64, 128, 200, 255];
    let adobe = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    for profile in [profile("p3.png").unwrap(), adobe] {
        let to_srgb = ToSrgb::new(&profile).unwrap();
        let from_srgb = FromSrgb::new(&profile).unwrap();
        for index in 0..6 * 6 * 6 {
            let picked = [index % 6, index / 6 % 6, index / 36].map(|step| STEPS[step]);
            let shown = to_srgb.colour(from_srgb.colour(picked));
            for (shown, picked) in shown.into_iter().zip(picked) {
                assert!(shown.abs_diff(picked) <= 6, "{picked}: {shown}");
            }
        }
    }
}

#[test]
fn what_is_srgb_or_no_profile_needs_no_table() {
    let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
    assert!(ToSrgb::new(&srgb).is_none());
    assert!(ToSrgb::new(b"no profile").is_none());
    assert!(FromSrgb::new(&srgb).is_none());
}
