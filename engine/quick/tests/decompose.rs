//! What the quick backend promises for any picture, through the `Backend` trait.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::{
    Backend, CancelToken, Content, DecomposeRequest, EngineError, ModelLayer, Progress, Stage,
};
use image::{Rgba, RgbaImage};
use quick::QuickBackend;

#[derive(Default)]
struct Heard(RefCell<Vec<(Stage, u32, u32)>>);

impl Progress for Heard {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        self.0.borrow_mut().push((stage, step, steps));
    }
}

fn decompose(source: &RgbaImage, layers: u32) -> Vec<ModelLayer> {
    let mut request = DecomposeRequest::new(Arc::new(source.clone()));
    request.layers = engine::Layers::AtMost(layers);
    QuickBackend.decompose(&request, &()).unwrap()
}

/// Two round things on a shaded ground, one before the other.
fn scene() -> RgbaImage {
    RgbaImage::from_fn(360, 280, |x, y| {
        let ball = |cx: f32, cy: f32, r: f32| {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let light = 1.0 - ((dx + r / 3.0).hypot(dy + r / 3.0) / (2.0 * r)).min(1.0);
            (dx.hypot(dy) < r).then_some(light)
        };
        let shade = |c: [f32; 3], light: f32| {
            let [r, g, b] = c.map(|v| (v * (0.4 + 0.6 * light)) as u8);
            Rgba([r, g, b, 255])
        };
        if let Some(light) = ball(210.0, 150.0, 70.0) {
            shade([250.0, 120.0, 30.0], light)
        } else if let Some(light) = ball(120.0, 120.0, 60.0) {
            shade([60.0, 170.0, 250.0], light)
        } else {
            Rgba([240, (235 - y / 8) as u8, (200 - y / 4) as u8, 255])
        }
    })
}

/// The ground of a scene with a ball and its soft shadow, and the scene.
fn shadowed(ground: impl Fn(f32, f32) -> [f32; 3]) -> (RgbaImage, RgbaImage) {
    let of = |ball: bool| {
        RgbaImage::from_fn(360, 280, |x, y| {
            let (x, y) = (x as f32, y as f32);
            let far = (x - 180.0).hypot(y - 140.0);
            let shadow = (x - 186.0).hypot(y - 148.0);
            let colour = match ball {
                true if far < 60.0 => {
                    let light = 1.0 - (x - 160.0).hypot(y - 120.0) / 180.0;
                    [250.0, 120.0, 30.0].map(|c| c * light)
                }
                true => {
                    ground(x, y).map(|c| c * (1.0 - 0.5 * ((80.0 - shadow) / 40.0).clamp(0.0, 1.0)))
                }
                false => ground(x, y),
            };
            let [r, g, b] = colour.map(|c| c.round() as u8);
            Rgba([r, g, b, 255])
        })
    };
    (of(false), of(true))
}

#[test]
fn a_graded_ground_goes_on_under_things_and_their_shadows() {
    let linear = |x: f32, y: f32| [230.0 - 0.2 * x, 180.0 + 0.1 * x, 250.0 - 0.3 * y];
    let radial = |x: f32, y: f32| {
        let t = (x - 150.0).hypot(y - 100.0) / 320.0;
        [250.0 - 90.0 * t, 240.0 - 60.0 * t, 190.0 + 40.0 * t]
    };
    // The radial one's centre is hidden: nothing tells how its peak goes on.
    for ((ground, scene), most) in [(shadowed(linear), 3), (shadowed(radial), 20)] {
        let layers = decompose(&scene, 8);
        assert!(layers.len() > 1);
        for (found, own) in layers[0].image.pixels().zip(ground.pixels()) {
            let off = (0..3).map(|c| found[c].abs_diff(own[c])).max();
            assert!(off < Some(most), "{found:?} is not {own:?}");
        }
    }
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

fn on_threads(count: usize, source: &RgbaImage) -> Vec<ModelLayer> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    pool.unwrap().install(|| decompose(source, 16))
}

#[test]
fn equal_pictures_give_equal_layers_on_any_number_of_threads() {
    let (a, b) = (on_threads(1, &scene()), on_threads(4, &scene()));
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert_eq!(a.content, b.content);
        assert!(a.image == b.image);
    }
}

#[test]
fn never_more_layers_than_asked_for_and_all_of_one_size() {
    for source in [scene(), noise(64, 48)] {
        for most in [1, 2, 3, 16] {
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
    for source in [scene(), noise(80, 60)] {
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
        plain(30_000, 1, [1, 2, 3, 255]),
        plain(2, 3000, [1, 2, 3, 128]),
        plain(1, 30_000, [1, 2, 3, 128]),
        noise(3000, 2),
        noise(100, 90),
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
    let request = DecomposeRequest::new(Arc::new(scene()));
    let result = QuickBackend.decompose(&request, &cancel);
    assert_eq!(result.err(), Some(EngineError::Cancelled));
}

/// Cancels a moment after the network has begun.
struct Impatient(CancelToken, Arc<Mutex<Option<Instant>>>);

impl Progress for Impatient {
    fn report(&self, stage: Stage, step: u32, _: u32) {
        if (stage, step) == (Stage::Segment, 1) {
            let (cancel, when) = (self.0.clone(), self.1.clone());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                *when.lock().unwrap() = Some(Instant::now());
                cancel.cancel();
            });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[test]
fn a_job_stops_while_the_network_runs() {
    let when = Arc::default();
    let request = DecomposeRequest::new(Arc::new(scene()));
    let impatient = Impatient(CancelToken::default(), Arc::clone(&when));
    let result = QuickBackend.decompose(&request, &impatient);
    let ended = Instant::now();
    assert_eq!(result.err(), Some(EngineError::Cancelled));
    let late = ended - when.lock().unwrap().expect("cancelled by then");
    // A fifth of a second is what is promised; a machine that runs all tests at once may be slower.
    assert!(late < Duration::from_secs(1), "{late:?}");
}

#[test]
fn every_stage_is_reported_from_its_start_to_its_end() {
    let heard = Heard::default();
    let request = DecomposeRequest::new(Arc::new(scene()));
    QuickBackend.decompose(&request, &heard).unwrap();
    for stage in [Stage::Segment, Stage::Inpaint] {
        let steps: Vec<_> = heard
            .0
            .borrow()
            .iter()
            .copied()
            .filter(|s| s.0 == stage)
            .collect();
        let last = steps.last().unwrap();
        assert_eq!(steps[0].1, 0);
        assert_eq!(last.1, last.2);
        assert!(steps.windows(2).all(|w| w[0].1 < w[1].1));
    }
}

fn poster() -> RgbaImage {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/example/poster.png"
    );
    image::open(path).unwrap().to_rgba8()
}

/// The layer seen there, at a place given by the source's pixels.
fn seen_at<'a>(layers: &'a [ModelLayer], source: &RgbaImage, (x, y): (u32, u32)) -> &'a ModelLayer {
    let there = |layer: &&ModelLayer| {
        let (w, h) = layer.image.dimensions();
        let (x, y) = (x * w / source.width(), y * h / source.height());
        layer.image.get_pixel(x, y).0[3] > 127
    };
    layers.iter().rev().find(there).unwrap()
}

#[test]
fn a_picture_without_text_gets_no_text_layer() {
    for source in [scene(), noise(200, 150)] {
        let layers = decompose(&source, 16);
        assert!(layers.iter().all(|l| l.content != Content::Text));
    }
}

#[test]
fn on_our_poster_the_orange_is_an_object_and_the_words_are_text() {
    let poster = poster();
    let layers = decompose(&poster, 16);
    let content = |at| seen_at(&layers, &poster, at).content;
    assert_eq!(content((372, 757)), Content::Object, "the orange");
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
}

/// A bear's head that fills the picture, before a clouded sky; and where it is.
fn portrait() -> (RgbaImage, Vec<bool>) {
    const SIDE: u32 = 640;
    // Middle and radii in parts of the picture; the first three are the head's outline.
    let parts: [(f32, f32, f32, f32, [f32; 3]); 7] = [
        (0.23, 0.212, 0.144, 0.144, [150.0, 100.0, 60.0]),
        (0.77, 0.212, 0.144, 0.144, [150.0, 100.0, 60.0]),
        (0.5, 0.52, 0.36, 0.36, [150.0, 100.0, 60.0]),
        (0.363, 0.446, 0.05, 0.061, [25.0, 20.0, 20.0]),
        (0.637, 0.446, 0.05, 0.061, [25.0, 20.0, 20.0]),
        (0.5, 0.644, 0.162, 0.13, [235.0, 215.0, 190.0]),
        (0.5, 0.59, 0.058, 0.043, [40.0, 25.0, 25.0]),
    ];
    let mut inside = vec![false; (SIDE * SIDE) as usize];
    let picture = RgbaImage::from_fn(SIDE, SIDE, |px, py| {
        let (x, y) = (px as f32, py as f32);
        let down = y / SIDE as f32;
        let clouds =
            12.0 * (x / 37.0 + (y / 53.0).sin() * 2.0).sin() + 9.0 * (y / 29.0 + x / 91.0).sin();
        let mut colour = [
            150.0 + 85.0 * down,
            190.0 + 10.0 * down,
            230.0 - 50.0 * down,
        ]
        .map(|v| v + clouds);
        for (n, (mx, my, rx, ry, paint)) in parts.into_iter().enumerate() {
            let (u, v) = ((x / SIDE as f32 - mx) / rx, (y / SIDE as f32 - my) / ry);
            if u.hypot(v) < 1.0 {
                let light = 1.0 - 0.175 * ((u + 0.33).powi(2) + (v + 0.33).powi(2)).min(2.0);
                colour = paint.map(|c: f32| c * light);
                inside[(py * SIDE + px) as usize] |= n < 3;
            }
        }
        let [r, g, b] = colour.map(|v| v.clamp(0.0, 255.0) as u8);
        Rgba([r, g, b, 255])
    });
    (picture, inside)
}

#[test]
fn a_figure_that_fills_the_picture_is_one_layer() {
    let (picture, figure) = portrait();
    let agreement = |layer: &ModelLayer| {
        let seen = layer.image.pixels().map(|p| p[3] > 127);
        let (mut both, mut either) = (0, 0);
        for (seen, &there) in seen.zip(&figure) {
            both += u32::from(seen && there);
            either += u32::from(seen || there);
        }
        f64::from(both) / f64::from(either)
    };
    let layers = decompose(&picture, 16);
    let best = layers.iter().map(agreement).fold(0.0, f64::max);
    assert!(best > 0.95, "{best}");
}
