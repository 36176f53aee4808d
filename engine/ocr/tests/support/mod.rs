//! Pictures with text, drawn in the test.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use ab_glyph::{Font, FontRef, ScaleFont, point};
use image::{Rgb, RgbImage};

const LATIN: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;
const CHINESE: &[u8] = include_bytes!("../../../../assets/fonts/DroidSansFallback.ttf");

/// A line of text: where it begins (its baseline's left end), how large, in which colour, turned clockwise by degrees.
pub struct Text<'a> {
    pub words: &'a str,
    pub at: [f32; 2],
    pub size: f32,
    pub colour: [u8; 3],
    pub turned: f32,
}

pub fn text(words: &str, x: f32, y: f32, size: f32, colour: [u8; 3]) -> Text<'_> {
    Text {
        words,
        at: [x, y],
        size,
        colour,
        turned: 0.0,
    }
}

pub fn flat(w: u32, h: u32, colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(w, h, Rgb(colour))
}

/// A soft landscape of waves and grain, like a photograph out of focus.
pub fn busy(w: u32, h: u32) -> RgbImage {
    RgbImage::from_fn(w, h, |x, y| {
        let (fx, fy) = (x as f32, y as f32);
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) >> 27;
        let wave =
            |a: f32, b: f32, c: f32| (fx * a + fy * b).sin() * c + (fx * b - fy * a).cos() * c;
        let value = [
            90.0 + wave(0.021, 0.013, 30.0) + wave(0.09, 0.05, 10.0),
            110.0 + wave(0.017, 0.029, 25.0) + wave(0.11, 0.03, 9.0),
            70.0 + wave(0.011, 0.023, 25.0),
        ];
        Rgb(value.map(|v| (v + grain as f32 / 2.0).clamp(0.0, 255.0) as u8))
    })
}

pub fn write(picture: &mut RgbImage, text: &Text) {
    let bytes = if text.words.is_ascii() {
        LATIN
    } else {
        CHINESE
    };
    let font = FontRef::try_from_slice(bytes).expect("a font");
    let scaled = font.as_scaled(text.size);
    // Drawn level at four times the size, then laid down turned.
    const FINE: f32 = 4.0;
    let (mut x, mut ink) = (0.0, std::collections::HashMap::<(i32, i32), f32>::new());
    for c in text.words.chars() {
        let id = font.glyph_id(c);
        let glyph = id.with_scale_and_position(text.size * FINE, point(x * FINE, 0.0));
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            outline.draw(|gx, gy, cover| {
                let place = (
                    bounds.min.x as i32 + gx as i32,
                    bounds.min.y as i32 + gy as i32,
                );
                let cell = ink.entry(place).or_default();
                *cell = cell.max(cover);
            });
        }
        x += scaled.h_advance(id);
    }
    let (sin, cos) = text.turned.to_radians().sin_cos();
    let mut cover = std::collections::HashMap::<(i64, i64), f32>::new();
    for ((gx, gy), part) in ink {
        let (lx, ly) = ((gx as f32 + 0.5) / FINE, (gy as f32 + 0.5) / FINE);
        let x = text.at[0] + lx * cos - ly * sin;
        let y = text.at[1] + lx * sin + ly * cos;
        *cover
            .entry((x.floor() as i64, y.floor() as i64))
            .or_default() += part / (FINE * FINE);
    }
    for ((x, y), part) in cover {
        let inside = (0..i64::from(picture.width())).contains(&x)
            && (0..i64::from(picture.height())).contains(&y);
        if inside {
            let pixel = picture.get_pixel_mut(x as u32, y as u32);
            for c in 0..3 {
                let mixed = f32::from(pixel.0[c]) * (1.0 - part.min(1.0))
                    + f32::from(text.colour[c]) * part.min(1.0);
                pixel.0[c] = mixed.round() as u8;
            }
        }
    }
}
