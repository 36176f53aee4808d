use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use ocr::{TextBlock, TextLine};

use super::{Lettering, Source, cut};
use crate::picture::Colour;

const WIDTH: usize = 420;
const HEIGHT: usize = 160;

/// How much of each pixel the word covers, grown by `outline` pixels.
fn word(size: f32, outline: i32) -> Vec<f32> {
    let font = FontRef::try_from_slice(epaint_default_fonts::HACK_REGULAR).expect("a font");
    let mut cover = vec![0.0f32; WIDTH * HEIGHT];
    let mut x = 30.0;
    for c in "Bodega".chars() {
        let id = font.glyph_id(c);
        let glyph = id.with_scale_and_position(PxScale::from(size), point(x, 105.0));
        x += font.as_scaled(size).h_advance(id);
        let Some(outlined) = font.outline_glyph(glyph) else {
            continue;
        };
        let bounds = outlined.px_bounds();
        outlined.draw(|gx, gy, part| {
            let (px, py) = (
                bounds.min.x as i32 + gx as i32,
                bounds.min.y as i32 + gy as i32,
            );
            for dy in -outline..=outline {
                for dx in -outline..=outline {
                    if dx * dx + dy * dy <= outline * outline {
                        let at = &mut cover[(py + dy) as usize * WIDTH + (px + dx) as usize];
                        *at = at.max(part.min(1.0));
                    }
                }
            }
        });
    }
    cover
}

fn block(size: f32, colour: [u8; 3]) -> TextBlock {
    let quad = [
        [22.0, 105.0 - 0.95 * size],
        [400.0, 105.0 - 0.95 * size],
        [400.0, 105.0 + 0.3 * size],
        [22.0, 105.0 + 0.3 * size],
    ];
    TextBlock {
        lines: vec![TextLine {
            words: "Bodega".into(),
            quad,
            confidence: 1.0,
        }],
        quad,
        angle: 0.0,
        size: 0.75 * size,
        colour,
        confidence: 1.0,
    }
}

fn over(ground: &mut [Colour], cover: &[f32], colour: Colour) {
    for (pixel, &part) in ground.iter_mut().zip(cover) {
        for c in 0..3 {
            pixel[c] = pixel[c] * (1.0 - part) + colour[c] * part;
        }
    }
}

fn found(rgb: &[Colour], block: &TextBlock) -> (Lettering, Vec<f32>) {
    found_before(None, rgb, block)
}

fn found_before(
    backdrop: Option<&[Colour]>,
    rgb: &[Colour],
    block: &TextBlock,
) -> (Lettering, Vec<f32>) {
    let source = Source {
        width: WIDTH,
        height: HEIGHT,
        rgb,
        text: None,
        backdrop,
    };
    let lettering = cut(&source, block, &[]);
    let mut alpha = vec![0.0; WIDTH * HEIGHT];
    for (i, &a) in lettering.alpha.iter().enumerate() {
        let (x, y) = (
            lettering.left + i % lettering.width,
            lettering.top + i / lettering.width,
        );
        alpha[y * WIDTH + x] = a;
    }
    (lettering, alpha)
}

fn iou(a: &[f32], b: &[f32]) -> f32 {
    let both: f32 = a.iter().zip(b).map(|(a, b)| a.min(*b)).sum();
    let any: f32 = a.iter().zip(b).map(|(a, b)| a.max(*b)).sum();
    both / any
}

fn gradient() -> Vec<Colour> {
    (0..WIDTH * HEIGHT)
        .map(|i| {
            let (x, y) = (
                (i % WIDTH) as f32 / WIDTH as f32,
                (i / WIDTH) as f32 / HEIGHT as f32,
            );
            [0.2 + 0.4 * x, 0.3 + 0.3 * y, 0.7 - 0.3 * x]
        })
        .collect()
}

fn busy() -> Vec<Colour> {
    (0..WIDTH * HEIGHT)
        .map(|i| {
            let (x, y) = ((i % WIDTH) as f32, (i / WIDTH) as f32);
            let wave = (x * 0.11 + y * 0.07).sin() * (y * 0.13 - x * 0.05).cos();
            [
                0.35 + 0.25 * wave,
                0.4 + 0.2 * (x * 0.09).cos(),
                0.3 + 0.15 * wave,
            ]
        })
        .collect()
}

#[test]
fn letters_on_flat_colour_and_gradients_have_their_very_edges() {
    for mut rgb in [vec![[0.9, 0.85, 0.7]; WIDTH * HEIGHT], gradient()] {
        let truth = word(90.0, 0);
        over(&mut rgb, &truth, [0.1, 0.05, 0.3]);
        let (lettering, alpha) = found(&rgb, &block(90.0, [25, 13, 76]));
        assert!(iou(&alpha, &truth) > 0.95, "{}", iou(&alpha, &truth));
        // What is seen at the edges is not in the letters' own colour.
        let edge = lettering
            .alpha
            .iter()
            .zip(&lettering.colour)
            .filter(|(a, _)| (0.4..0.9).contains(*a));
        for (_, colour) in edge {
            assert!((colour[2] - 0.3).abs() < 0.12, "{colour:?}");
        }
    }
}

#[test]
fn outlines_and_soft_shadows_belong_to_the_letters() {
    let mut rgb = gradient();
    let shadow: Vec<f32> = word(80.0, 5).iter().map(|a| a * 0.5).collect();
    let (outline, fill) = (word(80.0, 3), word(80.0, 0));
    over(&mut rgb, &shadow, [0.0; 3]);
    over(&mut rgb, &outline, [1.0, 1.0, 1.0]);
    over(&mut rgb, &fill, [0.8, 0.1, 0.1]);
    let truth: Vec<f32> = shadow
        .iter()
        .zip(&outline)
        .map(|(s, o)| 1.0 - (1.0 - s) * (1.0 - o))
        .collect();
    let (_, alpha) = found(&rgb, &block(80.0, [204, 26, 26]));
    assert!(iou(&alpha, &truth) > 0.85, "{}", iou(&alpha, &truth));
}

/// The outline covers more than what is left of the ground between the letters, and stands out little from it.
#[test]
fn a_broad_faint_outline_on_a_known_backdrop_belongs_to_the_letters() {
    let backdrop = gradient();
    let mut rgb = backdrop.clone();
    let (outline, fill) = (word(90.0, 8), word(90.0, 0));
    over(&mut rgb, &outline, [0.55, 0.6, 0.62]);
    over(&mut rgb, &fill, [0.1, 0.0, 0.1]);
    let block = block(90.0, [26, 0, 26]);
    let (_, alpha) = found_before(Some(&backdrop), &rgb, &block);
    assert!(iou(&alpha, &outline) > 0.9, "{}", iou(&alpha, &outline));
}

#[test]
fn what_goes_on_beyond_the_letters_in_a_colour_of_its_own_is_not_theirs() {
    let backdrop = vec![[0.05, 0.5, 0.9]; WIDTH * HEIGHT];
    let mut rgb = backdrop.clone();
    let smoke: Vec<f32> = (0..WIDTH * HEIGHT)
        .map(|i| f32::from((150..230).contains(&(i % WIDTH))))
        .collect();
    let truth = word(70.0, 0);
    over(&mut rgb, &smoke, [0.7, 0.7, 0.7]);
    over(&mut rgb, &truth, [1.0; 3]);
    let (_, alpha) = found_before(Some(&backdrop), &rgb, &block(70.0, [255; 3]));
    assert!(iou(&alpha, &truth) > 0.8, "{}", iou(&alpha, &truth));
}

#[test]
fn letters_on_a_busy_ground_are_found() {
    let mut rgb = busy();
    let truth = word(90.0, 0);
    over(&mut rgb, &truth, [1.0, 0.95, 0.8]);
    let (_, alpha) = found(&rgb, &block(90.0, [255, 242, 204]));
    assert!(iou(&alpha, &truth) > 0.85, "{}", iou(&alpha, &truth));
}

#[test]
fn nothing_of_a_flat_picture_is_lettering() {
    let rgb = vec![[0.5; 3]; WIDTH * HEIGHT];
    let (lettering, _) = found(&rgb, &block(90.0, [128, 128, 128]));
    assert!(lettering.alpha.iter().all(|&a| a == 0.0));
}
