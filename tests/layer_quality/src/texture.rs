use image::{Rgba, RgbaImage};

use crate::chance::Chance;

/// Value noise of several octaves, 0..1.
pub fn clouds(
    chance: &mut Chance,
    width: u32,
    height: u32,
    octaves: u32,
    largest: f32,
) -> Vec<f32> {
    let salt = chance.bits();
    let at = |x: i64, y: i64, octave: u32| {
        let key = (x as u64).wrapping_mul(0x8DA6_B343)
            ^ (y as u64).wrapping_mul(0xD816_3841)
            ^ (u64::from(octave) << 50);
        Chance::new(salt ^ key).between(0.0, 1.0)
    };
    let mut field = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
            for octave in 0..octaves {
                let cell = largest / 2f32.powi(octave as i32);
                let (u, v) = (x as f32 / cell, y as f32 / cell);
                let (i, j) = (u.floor() as i64, v.floor() as i64);
                let ease = |t: f32| t * t * (3.0 - 2.0 * t);
                let (a, b) = (ease(u.fract()), ease(v.fract()));
                let top = at(i, j, octave) * (1.0 - a) + at(i + 1, j, octave) * a;
                let low = at(i, j + 1, octave) * (1.0 - a) + at(i + 1, j + 1, octave) * a;
                sum += weight * (top * (1.0 - b) + low * b);
                total += weight;
                weight *= 0.5;
            }
            field.push(sum / total);
        }
    }
    field
}

/// Each pixel a mix of two colours.
pub fn mixed(
    width: u32,
    height: u32,
    a: [f32; 3],
    b: [f32; 3],
    share: impl Fn(u32, u32) -> f32,
) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let t = share(x, y);
        let c =
            [0, 1, 2].map(|i| ((a[i] + (b[i] - a[i]) * t).clamp(0.0, 1.0) * 255.0).round() as u8);
        Rgba([c[0], c[1], c[2], 255])
    })
}

/// Adds grain of that deviation (uniform), 0..1.
pub fn grain(chance: &mut Chance, image: &mut RgbaImage, amount: f32) {
    for p in image.pixels_mut() {
        let d = chance.between(-amount, amount) * 255.0;
        for c in 0..3 {
            p.0[c] = (f32::from(p.0[c]) + d).clamp(0.0, 255.0) as u8;
        }
    }
}
