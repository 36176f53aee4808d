//! What is known of a text beside its pixels.

use ocr::{TextBlock, TextLine};

fn block(angle: f32) -> TextBlock {
    let quad = [[10.0, 20.0], [30.0, 20.0], [30.0, 28.0], [10.0, 28.0]];
    let line = |words: &str| TextLine {
        words: words.into(),
        quad,
        confidence: 0.9,
    };
    TextBlock {
        lines: vec![line("HAPPY"), line("HALLOWEEN")],
        quad,
        angle,
        size: 8.0,
        colour: [255, 120, 0],
        confidence: 0.9,
    }
}

#[test]
fn words_stand_line_by_line() {
    assert_eq!(block(0.0).words(), "HAPPY\nHALLOWEEN");
}

#[test]
fn text_grows_with_its_picture() {
    let scaled = block(0.0).scaled(2.0, 3.0);
    assert_eq!(scaled.quad[2], [60.0, 84.0]);
    assert_eq!(scaled.lines[1].quad[0], [20.0, 60.0]);
    assert_eq!((scaled.angle, scaled.size), (0.0, 24.0));
    assert_eq!(scaled.words(), block(0.0).words());

    let upright = block(90.0).scaled(2.0, 3.0);
    assert!((upright.angle - 90.0).abs() < 1e-3 && (upright.size - 16.0).abs() < 1e-3);
    let slanted = block(30.0).scaled(2.0, 2.0);
    assert!((slanted.angle - 30.0).abs() < 1e-3 && (slanted.size - 16.0).abs() < 1e-3);
}
