//! Finds, reads and groups text, and finds none where there is none.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use image::{Rgb, RgbImage};
use ocr::{NetworkError, TextBlock, read};
use support::{Text, busy, flat, text, write};

const INK: [u8; 3] = [20, 30, 90];

fn found(picture: &RgbImage) -> Vec<TextBlock> {
    read(picture, &|| false, &mut |_, _| {}).expect("it reads")
}

fn words(picture: &RgbImage) -> Vec<String> {
    found(picture).iter().map(TextBlock::words).collect()
}

#[test]
fn a_heading_and_its_small_subtitle_are_two_blocks_and_lines_of_a_paragraph_one() {
    let mut picture = flat(720, 480, [240, 235, 220]);
    write(&mut picture, &text("Summer Market", 60.0, 110.0, 84.0, INK));
    write(
        &mut picture,
        &text("every Sunday in June", 62.0, 160.0, 30.0, INK),
    );
    for (n, line) in [
        "Fresh bread and cheese",
        "coffee, honey and flowers",
        "music in the afternoon",
    ]
    .iter()
    .enumerate()
    {
        write(
            &mut picture,
            &text(line, 60.0, 320.0 + 44.0 * n as f32, 36.0, [150, 40, 30]),
        );
    }
    let blocks = found(&picture);
    let said: Vec<String> = blocks.iter().map(TextBlock::words).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said[0], "Summer Market");
    assert_eq!(said[1], "every Sunday in June");
    assert_eq!(blocks[2].lines.len(), 3, "{said:?}");
    assert!(said[2].starts_with("Fresh bread and cheese"), "{said:?}");
    assert!(blocks[0].size > 1.8 * blocks[1].size);
    assert!(
        blocks
            .iter()
            .all(|b| b.confidence > 0.8 && b.angle.abs() < 2.0)
    );
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 40);
    assert!(near(blocks[0].colour, INK), "{:?}", blocks[0].colour);
    assert!(
        near(blocks[2].colour, [150, 40, 30]),
        "{:?}",
        blocks[2].colour
    );
}

#[test]
fn reads_chinese() {
    let mut picture = flat(640, 320, [180, 20, 30]);
    write(
        &mut picture,
        &text("万圣节快乐", 80.0, 180.0, 90.0, [255, 230, 120]),
    );
    assert_eq!(words(&picture), ["万圣节快乐"]);
}

#[test]
fn a_line_whose_middle_hardly_shows_is_one() {
    let mut picture = flat(1280, 400, [10, 125, 230]);
    for y in 0..400 {
        for x in 500..900 {
            picture.put_pixel(x, y, Rgb([185, 185, 185]));
        }
    }
    write(
        &mut picture,
        &text("拒绝二手烟", 60.0, 280.0, 230.0, [255; 3]),
    );
    assert_eq!(words(&picture), ["拒绝二手烟"]);
}

#[test]
fn reads_turned_text_and_says_how_it_is_turned() {
    for turned in [-30.0, 15.0, 90.0, 180.0] {
        let mut picture = flat(640, 640, [30, 60, 50]);
        let (sin, cos) = f32::to_radians(turned).sin_cos();
        let at = [
            320.0 - 170.0 * cos - 10.0 * sin,
            320.0 - 170.0 * sin + 10.0 * cos,
        ];
        let colour = [250, 250, 240];
        write(
            &mut picture,
            &Text {
                words: "Garden Party",
                at,
                size: 64.0,
                colour,
                turned,
            },
        );
        let blocks = found(&picture);
        assert_eq!(blocks.len(), 1, "turned by {turned}: {blocks:?}");
        assert_eq!(blocks[0].words(), "Garden Party");
        let off = (blocks[0].angle - turned).abs();
        assert!(off.min(360.0 - off) < 4.0, "{turned}: {}", blocks[0].angle);
        // The reading begins at the first corner.
        let [x, y] = blocks[0].quad[0];
        assert!(
            (x - at[0]).hypot(y - at[1]) < 90.0,
            "{:?}, {at:?}",
            blocks[0].quad
        );
    }
}

#[test]
fn small_print_in_a_large_picture_is_found() {
    let mut picture = flat(1328, 1328, [250, 250, 250]);
    write(
        &mut picture,
        &text(
            "printed on recycled paper",
            900.0,
            1290.0,
            15.0,
            [40, 40, 40],
        ),
    );
    let said = words(&picture).join(" ");
    assert!(said.contains("recycled"), "{said:?}");
}

#[test]
fn reads_on_a_busy_ground() {
    let mut picture = busy(640, 480);
    write(
        &mut picture,
        &text("Night Market", 90.0, 250.0, 80.0, [255, 255, 255]),
    );
    assert_eq!(words(&picture), ["Night Market"]);
}

#[test]
fn finds_none_where_there_is_none() {
    let noise = RgbImage::from_fn(400, 300, |x, y| {
        let n = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
        Rgb([(n >> 8) as u8, (n >> 16) as u8, (n >> 24) as u8])
    });
    let petals = RgbImage::from_fn(480, 480, |x, y| {
        let (dx, dy) = (x as f32 % 120.0 - 60.0, y as f32 % 120.0 - 60.0);
        let petal = dx.hypot(dy) < 35.0 + 18.0 * (5.0 * dy.atan2(dx)).cos();
        Rgb(if petal { [230, 90, 140] } else { [60, 130, 70] })
    });
    for picture in [noise, petals, busy(480, 360), flat(300, 300, [9, 90, 200])] {
        assert_eq!(words(&picture), Vec::<String>::new());
    }
}

#[test]
fn pictures_of_odd_sizes_have_no_text() {
    for (w, h) in [(0, 0), (1, 1), (1, 30000), (30000, 1), (5, 9000)] {
        assert_eq!(words(&flat(w, h, [200, 10, 10])), Vec::<String>::new());
    }
}

#[test]
fn the_same_picture_gives_the_same_on_1_and_16_threads() {
    let mut picture = busy(480, 320);
    write(
        &mut picture,
        &text("Coffee House", 40.0, 170.0, 70.0, [255, 240, 200]),
    );
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
            .install(|| found(&picture))
    };
    assert_eq!(on(1), on(16));
}

#[test]
fn it_can_be_cancelled() {
    let picture = flat(600, 600, [255, 255, 255]);
    let result = read(&picture, &|| true, &mut |_, _| {});
    assert!(matches!(result, Err(NetworkError::Cancelled)));
}
