use std::io;

use document::Metadata;
use image::RgbaImage;
use proptest::prelude::*;

use super::huffman::{MAX_LENGTH, codes};
use super::*;

/// With all checksums.
fn decoded(bytes: &[u8]) -> RgbaImage {
    let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
    decoder.ignore_checksums(false);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    reader.finish().unwrap();
    RgbaImage::from_raw(frame.width, frame.height, pixels).unwrap()
}

fn encoded(image: &RgbaImage) -> Vec<u8> {
    png_bytes(image, &Metadata::default()).unwrap()
}

fn quickly(image: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_quick_png(&mut bytes, image, &Metadata::default()).unwrap();
    bytes
}

fn noise(seed: u32) -> u8 {
    let mixed = seed.wrapping_mul(0x9E37_79B1);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
    (mixed >> 13) as u8
}

/// The kinds of areas that pictures have.
fn drawn(width: u32, height: u32, kind: u8, seed: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let at = seed ^ (y * width + x);
        image::Rgba(match kind {
            0 => [0; 4],
            1 => [seed as u8, 7, 90, 255],
            2 => [x as u8, y as u8, (x + y) as u8, 255],
            3 => [noise(at), noise(at + 1), noise(at + 2), noise(at + 3)],
            _ if noise(at) < 9 => [255; 4],
            _ => [(x / 40) as u8 * 30, 200, 10, (y / 30) as u8 * 20],
        })
    })
}

proptest! {
    #[test]
    fn every_picture_is_read_as_it_was(
        width in 1..1500_u32, height in 1..400_u32, kind in 0..5_u8, seed in any::<u16>(),
    ) {
        let image = drawn(width, height, kind, seed.into());
        prop_assert_eq!(&decoded(&encoded(&image)), &image);
        prop_assert_eq!(decoded(&quickly(&image)), image);
    }

    #[test]
    fn a_picture_is_placed_on_its_canvas(
        left in -50..50_i32, top in -50..50_i32, canvas_width in 1..60_u32, canvas_height in 1..60_u32,
    ) {
        let image = drawn(30, 20, 3, 5);
        let placed = Placed { image: &image, left, top, canvas_width, canvas_height };
        let mut never_stops = |_| true;
        let mut bytes = Vec::new();
        let progress = Progress::new(0, &mut never_stops);
        prop_assert!(encode(&mut bytes, &placed, &Metadata::default(), Filter::ALL, &progress).is_ok());
        let mut canvas = RgbaImage::new(canvas_width, canvas_height);
        image::imageops::replace(&mut canvas, &image, left.into(), top.into());
        prop_assert_eq!(decoded(&bytes), canvas);
    }

    #[test]
    fn codes_are_whole_and_none_begins_another(counts in prop::collection::vec(0..40_u32, 40)) {
        // Powers of two make codes as long as can be.
        let counts: [u32; 40] = std::array::from_fn(|at| 1_u32.checked_shl(counts[at]).unwrap_or(u32::MAX));
        let codes = codes(&counts);
        let taken: usize = codes.iter().map(|code| 1 << (MAX_LENGTH - usize::from(code.length))).sum();
        prop_assert_eq!(taken, 1 << MAX_LENGTH);
        for (at, code) in codes.iter().enumerate() {
            let begins = |other: &huffman::Code| other.bits & ((1 << code.length) - 1) == code.bits;
            prop_assert!(codes[at + 1..].iter().all(|o| o.length < code.length || !begins(o)));
        }
    }

    #[test]
    fn a_filter_takes_away_what_the_specification_predicts(
        rows in prop::collection::vec(any::<[u8; 2]>(), 0..80),
    ) {
        let [row, above] = [0, 1].map(|at| rows.iter().map(|pair| pair[at]).collect::<Vec<u8>>());
        let before = |row: &[u8], at: usize| at.checked_sub(4).map_or(0, |at| i32::from(row[at]));
        for &filter in Filter::ALL {
            let mut out = vec![0; row.len() + 1];
            filter.apply(&row, &above, &mut out);
            prop_assert_eq!(out[0], filter as u8);
            for at in 0..row.len() {
                let (a, b, c) = (before(&row, at), i32::from(above[at]), before(&above, at));
                let paeth = [a, b, c].into_iter().min_by_key(|near| (a + b - c - near).abs());
                let predicted = match filter {
                    Filter::Sub => a,
                    Filter::Up => b,
                    Filter::Average => (a + b) / 2,
                    Filter::Paeth => paeth.unwrap(),
                };
                prop_assert_eq!(out[at + 1], row[at].wrapping_sub(predicted as u8));
            }
        }
    }
}

#[test]
fn runs_of_every_length_are_read_as_they_were() {
    for width in 1..600 {
        let image = drawn(width, 3, 1, width);
        assert_eq!(decoded(&quickly(&image)), image, "{width}");
    }
}

#[test]
fn a_picture_unlike_its_counted_rows_hardly_grows() {
    let image = RgbaImage::from_fn(500, 300, |x, y| {
        let at = y * 2000 + x * 4;
        image::Rgba([0, 1, 2, 3].map(|band| if y % 4 == 0 { 0 } else { noise(at + band) }))
    });
    let bytes = quickly(&image);
    assert_eq!(decoded(&bytes), image);
    assert!(bytes.len() < image.as_raw().len() * 21 / 20);
}

#[test]
fn a_full_disk_is_told_from_other_failures() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let image = drawn(10, 10, 3, 1);
    let error = write_quick_png(&mut Full, &image, &Metadata::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
