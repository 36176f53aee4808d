//! What the quick backend promises for any picture, through the `Backend` trait.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::sync::Arc;

use engine::{
    Backend, CancelToken, Content, DecomposeRequest, EngineError, ModelLayer, Progress, Stage,
};
use image::{Rgba, RgbaImage};
use quick::QuickBackend;

#[derive(Default)]
struct Heard(Vec<(Stage, u32, u32)>);

impl Progress for Heard {
    fn report(&mut self, stage: Stage, step: u32, steps: u32) {
        self.0.push((stage, step, steps));
    }
}

fn decompose(source: &RgbaImage, layers: u32) -> Vec<ModelLayer> {
    let mut request = DecomposeRequest::new(Arc::new(source.clone()));
    request.layers = engine::Layers::AtMost(layers);
    QuickBackend
        .decompose(&request, &mut Heard::default(), &CancelToken::default())
        .unwrap()
}

/// Blue ground, a red square with a white square on it, and a green bar apart from them.
fn flag() -> RgbaImage {
    RgbaImage::from_fn(120, 90, |x, y| match (x, y) {
        (40..60, 40..60) => Rgba([255, 255, 255, 255]),
        (20..80, 20..75) => Rgba([220, 30, 30, 255]),
        (95..110, 10..80) => Rgba([20, 200, 60, 255]),
        _ => Rgba([20, 40, 160, 255]),
    })
}

/// Hash noise: no surface anywhere.
fn noise(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let mut h = x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B);
        h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
        h ^= h >> 13;
        Rgba([h as u8, (h >> 8) as u8, (h >> 16) as u8, 255])
    })
}

fn centre_distance(layer: &RgbaImage, expected: [u8; 3]) -> u8 {
    let p = layer.get_pixel(layer.width() / 2, layer.height() / 2).0;
    (0..3).map(|c| p[c].abs_diff(expected[c])).max().unwrap()
}

#[test]
fn flat_shapes_are_told_apart_and_continue_under_each_other() {
    let layers = decompose(&flag(), 4);
    assert_eq!(layers.len(), 4, "the ground and three shapes");
    let ground = &layers[0];
    assert_eq!(ground.content, Content::Background);
    for p in ground.image.pixels() {
        assert!(
            p.0[0].abs_diff(20) < 3
                && p.0[1].abs_diff(40) < 3
                && p.0[2].abs_diff(160) < 3
                && p.0[3] == 255
        );
    }
    let red = &layers[1].image;
    assert_eq!(red.get_pixel(50, 50).0[3], 255, "red goes on under white");
    assert!(centre_distance(red, [220, 30, 30]) < 3);
    let solid = |image: &RgbaImage| image.pixels().filter(|p| p.0[3] > 127).count();
    assert_eq!(solid(red), 60 * 55);
    let mut others: Vec<usize> = layers[2..].iter().map(|l| solid(&l.image)).collect();
    others.sort_unstable();
    assert_eq!(others, [20 * 20, 15 * 70]);
}

#[test]
fn the_same_request_gives_the_same_layers() {
    for source in [flag(), noise(90, 70)] {
        let (a, b) = (decompose(&source, 6), decompose(&source, 6));
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(a.content, b.content);
            assert!(a.image == b.image);
        }
    }
}

#[test]
fn never_more_layers_than_asked_for_and_all_of_one_size() {
    for source in [flag(), noise(64, 48)] {
        for most in 1..=16 {
            let layers = decompose(&source, most);
            assert!(
                (1..=most as usize).contains(&layers.len()),
                "{most} asked, {} given",
                layers.len()
            );
            assert!(
                layers
                    .iter()
                    .all(|l| l.image.dimensions() == source.dimensions())
            );
        }
    }
}

#[test]
fn nothing_shows_through_the_ground_of_an_opaque_picture() {
    for source in [flag(), noise(80, 60)] {
        let layers = decompose(&source, 5);
        assert!(layers[0].image.pixels().all(|p| p.0[3] == 255));
    }
}

#[test]
fn odd_pictures_give_layers_too() {
    let plain = |w, h, c| RgbaImage::from_pixel(w, h, Rgba(c));
    let cut_out = RgbaImage::from_fn(60, 60, |x, y| {
        let inside = (15..45).contains(&x) && (10..50).contains(&y);
        Rgba(if inside {
            [200, 80, 10, 255]
        } else {
            [0, 0, 0, 0]
        })
    });
    for source in [
        plain(1, 1, [9, 9, 9, 255]),
        plain(1, 1, [9, 9, 9, 0]),
        plain(300, 200, [255, 255, 255, 255]),
        plain(50, 50, [0, 0, 0, 0]),
        plain(4000, 1, [1, 2, 3, 255]),
        plain(2, 3000, [1, 2, 3, 128]),
        noise(3000, 2),
        cut_out.clone(),
    ] {
        let layers = decompose(&source, 4);
        assert!((1..=4).contains(&layers.len()));
    }
    let layers = decompose(&cut_out, 4);
    for (x, y, p) in cut_out.enumerate_pixels() {
        let most = layers.iter().map(|l| l.image.get_pixel(x, y).0[3]).max();
        assert_eq!(most, Some(p.0[3]), "at {x}, {y}");
    }
}

#[test]
fn a_large_picture_is_worked_at_a_smaller_size_of_the_same_shape() {
    let source = RgbaImage::from_fn(3000, 1500, |x, _| {
        Rgba(if x < 1000 {
            [200, 10, 10, 255]
        } else {
            [240; 4]
        })
    });
    let layers = decompose(&source, 4);
    let (w, h) = layers[0].image.dimensions();
    assert!(w < 3000 && w.abs_diff(2 * h) <= 2, "{w} x {h}");
}

#[test]
fn a_cancelled_job_stops() {
    let cancel = CancelToken::default();
    cancel.cancel();
    let request = DecomposeRequest::new(Arc::new(flag()));
    let result = QuickBackend.decompose(&request, &mut Heard::default(), &cancel);
    assert_eq!(result.err(), Some(EngineError::Cancelled));
}

#[test]
fn every_stage_is_reported_from_its_start_to_its_end() {
    let mut heard = Heard::default();
    let request = DecomposeRequest::new(Arc::new(flag()));
    QuickBackend
        .decompose(&request, &mut heard, &CancelToken::default())
        .unwrap();
    for stage in [Stage::Segment, Stage::Inpaint] {
        let steps: Vec<_> = heard.0.iter().filter(|s| s.0 == stage).collect();
        let last = steps.last().unwrap();
        assert_eq!(steps[0].1, 0);
        assert_eq!(last.1, last.2);
        assert!(steps.windows(2).all(|w| w[0].1 < w[1].1));
    }
}

/// Strokes of letters, 5 wide and 7 high, a bit each.
const H: [u8; 7] = [
    0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001,
];
const E: [u8; 7] = [
    0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111,
];
const L: [u8; 7] = [
    0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111,
];
const I: [u8; 7] = [
    0b00000, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100,
];

/// Writes letters in blocks of `unit` pixels, the first at (left, top), and what stands above each: a dot or accent.
fn write(image: &mut RgbaImage, (left, top): (u32, u32), unit: u32, ink: [u8; 4]) {
    let mut block = |x: u32, y: u32| {
        for (v, u) in (0..unit).flat_map(|v| (0..unit).map(move |u| (v, u))) {
            image.put_pixel(x + u, y + v, Rgba(ink));
        }
    };
    for (n, letter) in [H, E, L, I, L, E].into_iter().enumerate() {
        let x = left + n as u32 * 7 * unit;
        for (row, bits) in letter.into_iter().enumerate() {
            for column in (0..5).filter(|c| bits >> (4 - c) & 1 == 1) {
                block(x + column * unit, top + row as u32 * unit);
            }
        }
        match n {
            1 | 5 => (0..2).for_each(|k| block(x + (2 + k) * unit, top - (2 + k) * unit)),
            3 => block(x + 2 * unit, top - unit),
            _ => {}
        }
    }
}

#[test]
fn text_stays_whole_with_its_dots_and_accents() {
    for unit in [2, 4, 7] {
        let (w, h) = (60 * unit, 50 * unit);
        let mut source = RgbaImage::from_fn(w, h, |x, y| {
            Rgba(if (40 * unit..55 * unit).contains(&x) && y > 30 * unit {
                [220, 40, 60, 255]
            } else {
                [245, 240, 225, 255]
            })
        });
        let plain = source.clone();
        write(&mut source, (5 * unit, 10 * unit), unit, [30, 30, 90, 255]);
        let layers = decompose(&source, 4);
        let texts: Vec<&ModelLayer> = layers
            .iter()
            .filter(|l| l.content == Content::Text)
            .collect();
        assert_eq!(texts.len(), 1, "unit {unit}");
        for (x, y, p) in source.enumerate_pixels() {
            let written = p != plain.get_pixel(x, y);
            let alpha = texts[0].image.get_pixel(x, y).0[3];
            assert_eq!(alpha > 127, written, "unit {unit} at {x}, {y}");
        }
    }
}

/// Thin spindles of all sizes and directions over a gradient, and specks.
fn petals(seed: u32) -> RgbaImage {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut chance = move |n: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % n
    };
    let mut image = RgbaImage::from_fn(400, 300, |x, y| {
        Rgba([(150 + x / 5) as u8, 190, (230 - y / 4) as u8, 255])
    });
    for _ in 0..60 {
        let (cx, cy) = (chance(400) as f32, chance(300) as f32);
        let (length, angle) = (3.0 + chance(25) as f32, chance(628) as f32 / 100.0);
        let breadth = length * (0.15 + chance(40) as f32 / 100.0);
        let ink = [200 + chance(56) as u8, chance(160) as u8, chance(200) as u8];
        for (x, y, p) in image.enumerate_pixels_mut() {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let along = (dx * angle.cos() + dy * angle.sin()) / length;
            let across = (dy * angle.cos() - dx * angle.sin()) / breadth;
            if along * along + across * across < 1.0 {
                *p = Rgba([ink[0], ink[1], ink[2], 255]);
            }
        }
    }
    image
}

#[test]
fn a_picture_without_text_gets_no_text_layer() {
    for seed in 1..=12 {
        let layers = decompose(&petals(seed), 5);
        assert!(layers.len() > 1);
        assert!(
            layers.iter().all(|l| l.content != Content::Text),
            "seed {seed}"
        );
    }
}

#[test]
fn an_outline_stays_with_its_shape() {
    // A disc, a thin gap of the ground, and a ring around it, broken in two places.
    let source = RgbaImage::from_fn(240, 200, |x, y| {
        let (dx, dy) = (x as f32 - 110.0, y as f32 - 95.0);
        let r = dx.hypot(dy);
        let broken = dy.abs() < 6.0;
        Rgba(match r {
            ..60.0 => [230, 120, 30, 255],
            63.0..66.0 if !broken => [40, 20, 10, 255],
            _ => [210, 225, 235, 255],
        })
    });
    let layers = decompose(&source, 6);
    assert_eq!(layers.len(), 2);
    let opaque = |x, y| layers[1].image.get_pixel(x, y).0[3] > 200;
    assert!(opaque(110, 95) && opaque(110, 95 - 64) && opaque(110, 95 + 64));
}

#[test]
fn of_two_discs_the_one_that_is_whole_is_on_top() {
    for red_above in [false, true] {
        let source = RgbaImage::from_fn(300, 200, |x, y| {
            let within = |cx: f32| (x as f32 - cx).hypot(y as f32 - 100.0) < 70.0;
            let (red, green) = ([200, 30, 40, 255], [30, 160, 70, 255]);
            Rgba(match (within(105.0), within(195.0)) {
                (true, true) if red_above => red,
                (true, true) => green,
                (true, _) => red,
                (_, true) => green,
                _ => [250, 245, 235, 255],
            })
        });
        let layers = decompose(&source, 3);
        assert_eq!(layers.len(), 3);
        let top = &layers[2].image;
        let solid = top.pixels().filter(|p| p.0[3] > 127).count();
        assert!(solid > 15_000, "the upper one is whole: {solid}");
        assert_eq!(top.get_pixel(80, 100).0[3] > 127, red_above);
    }
}

#[test]
fn a_shade_from_a_corner_is_no_trouble() {
    let source = RgbaImage::from_fn(240, 160, |x, y| {
        let near = ((x * x + y * y) as f32 / -800.0).exp();
        let grey = (230.0 - 90.0 * near) as u8;
        Rgba([grey, grey, grey, 255])
    });
    assert!(decompose(&source, 4).len() <= 4);
}

#[test]
fn words_in_a_script_are_text() {
    let poster = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/example/poster.png"
    );
    let poster = image::open(poster).unwrap().to_rgba8();
    let layers = decompose(&poster, 4);
    let content = |(x, y): (u32, u32)| {
        let there = |layer: &&ModelLayer| {
            let (w, h) = layer.image.dimensions();
            let (x, y) = (x * w / poster.width(), y * h / poster.height());
            layer.image.get_pixel(x, y).0[3] > 127
        };
        layers.iter().rev().find(there).unwrap().content
    };
    // In "Week of Juice": W, the rest of the word, o, J, the rest of the word.
    for letter in [
        (258, 1237),
        (411, 1254),
        (584, 1254),
        (758, 1243),
        (955, 1253),
    ] {
        assert_eq!(content(letter), Content::Text, "at {letter:?}");
    }
    assert_eq!(content((372, 757)), Content::Object, "the orange");
}
