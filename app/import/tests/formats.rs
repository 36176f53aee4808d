//! Every kind of file opens with the pixels and the resolution that Pillow and the definitions give.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;

#[derive(serde::Deserialize)]
struct Expected {
    size: (u32, u32),
    pixels_per_inch: Option<f64>,
    /// Largest difference of a channel.
    tolerance: u8,
    /// x, y, RGBA.
    pixels: Vec<(u32, u32, [u8; 4])>,
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&common::read("expected.json")).unwrap()
}

/// What is wrong with the fixture, or nothing.
fn faults(name: &str, expected: &Expected) -> Vec<String> {
    let picture = match import::open(&common::fixture(name)) {
        Ok(picture) => picture,
        Err(error) => return vec![error.to_string()],
    };
    if picture.image.dimensions() != expected.size {
        return vec![format!("{name}: size {:?}", picture.image.dimensions())];
    }
    let mut faults = Vec::new();
    let ppi = picture.pixels_per_inch;
    let same = match (ppi, expected.pixels_per_inch) {
        (Some(found), Some(wanted)) => (found - wanted).abs() < 0.01,
        (found, wanted) => found.is_none() && wanted.is_none(),
    };
    if !same {
        faults.push(format!(
            "{name}: {ppi:?} pixels per inch, not {:?}",
            expected.pixels_per_inch
        ));
    }
    for (x, y, wanted) in &expected.pixels {
        let found = picture.image.get_pixel(*x, *y).0;
        // The colour of a pixel that cannot be seen does not matter.
        let unseen = found[3] == 0 && wanted[3] == 0;
        if !unseen && (0..4).any(|c| found[c].abs_diff(wanted[c]) > expected.tolerance) {
            faults.push(format!("{name}: at {x}, {y} {found:?}, not {wanted:?}"));
        }
    }
    faults
}

#[test]
fn every_fixture_opens_as_expected() {
    let faults: Vec<String> = expected()
        .iter()
        .flat_map(|(name, expected)| faults(name, expected))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_picture_among_the_fixtures_is_expected() {
    let expected = expected();
    for entry in fs::read_dir(common::fixture("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".py") && !name.ends_with(".json") {
            assert!(expected.contains_key(&name), "{name}");
        }
    }
}

#[test]
fn the_name_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["plain", "photo.jpg", "ünï.字"] {
        let path = folder.path().join(name);
        fs::copy(common::fixture("rgba8.png"), &path).unwrap();
        assert_eq!(import::open(&path).unwrap().image.dimensions(), (24, 16));
    }
}

#[test]
fn bytes_open_as_their_file_does() {
    for name in ["orientation6.jpg", "palette.png", "cmyk_profile.tiff"] {
        let from_bytes = import::decode(&common::read(name)).unwrap();
        let from_file = import::open(&common::fixture(name)).unwrap();
        assert_eq!(from_bytes.image, from_file.image);
        assert_eq!(from_bytes.pixels_per_inch, from_file.pixels_per_inch);
    }
}

#[test]
fn rgb_keeps_its_numbers_and_its_profile() {
    for name in [
        "p3.png",
        "p3_16.png",
        "p3_alpha.png",
        "swapped.png",
        "p3.jpg",
        "p3.tiff",
        "p3.webp",
        "p3.avif",
        "p3.jp2",
    ] {
        let picture = import::open(&common::fixture(name)).unwrap();
        let profile = picture.profile.expect(name);
        assert_eq!(&profile[16..20], b"RGB ", "{name}");
        let bits = if name == "p3_16.png" { 16 } else { 8 };
        assert_eq!(picture.bits, bits, "{name}");
        let notes = import::colour_notes(Some(&profile), picture.bits);
        assert_eq!(notes.len(), if bits == 16 { 2 } else { 1 }, "{notes:?}");
    }
    // What is sRGB already, of another kind of colour, or no profile says nothing.
    for name in [
        "srgb.png",
        "grey_linear.png",
        "cmyk_profile.tiff",
        "wrong_profile.png",
        "broken_profile.png",
    ] {
        assert_eq!(
            import::open(&common::fixture(name)).unwrap().profile,
            None,
            "{name}"
        );
    }
}
