//! A stack as a designer has it: an opaque noisy photograph below soft-edged objects.

use document::{Document, Edit, History, Layer, Pixels};
use image::RgbaImage;
use rayon::prelude::*;

/// `layers` layers, each as large as the canvas, and a source of that size.
pub fn document(width: u32, height: u32, layers: u32) -> Document {
    let mut history = History::new(Document::from_source(
        Pixels::new(photograph(width, height)),
        Some(300.0),
    ));
    let stack = (0..layers)
        .map(|index| {
            let image = if index == 0 {
                photograph(width, height)
            } else {
                object(width, height, index)
            };
            Layer::raster(
                history.new_layer_id(),
                format!("Object {index}"),
                image,
                0,
                0,
            )
        })
        .collect();
    history.apply(Edit::SetLayers { layers: stack }).unwrap();
    history.document().clone()
}

/// Slow gradients with a camera's grain.
fn photograph(width: u32, height: u32) -> RgbaImage {
    draw(width, height, |x, y| {
        let grain = (hash(x, y, 0) % 13) as f32 - 6.0;
        let wave = ((x as f32 / 211.0).sin() + (y as f32 / 173.0).cos()) * 40.0 + 128.0;
        let level = |shift: f32| (wave + shift + grain).clamp(0.0, 255.0) as u8;
        [level(0.0), level(12.0), level(-20.0), 255]
    })
}

/// A ring of grainy colour with soft edges that touches all four sides, transparent elsewhere.
fn object(width: u32, height: u32, seed: u32) -> RgbaImage {
    let inner = 0.5 + 0.05 * seed as f32;
    draw(width, height, |x, y| {
        let across = |at: u32, length: u32| (at as f32 + 0.5) / length as f32 * 2.0 - 1.0;
        let radius = across(x, width).hypot(across(y, height));
        let soft = |distance: f32| (distance * 100.0).clamp(0.0, 1.0);
        let alpha = (soft(1.005 - radius) * soft(radius - inner) * 255.0) as u8;
        if alpha == 0 {
            return [0; 4];
        }
        let grain = (hash(x, y, seed) % 7) as u8;
        [
            40 * (seed % 6) as u8 + grain,
            90 + grain,
            200 - grain,
            alpha,
        ]
    })
}

fn draw(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4] + Sync) -> RgbaImage {
    let mut image = RgbaImage::new(width, height);
    image
        .par_chunks_exact_mut(width as usize * 4)
        .zip(0..height)
        .for_each(|(row, y)| {
            for (bytes, x) in row.chunks_exact_mut(4).zip(0..width) {
                bytes.copy_from_slice(&pixel(x, y));
            }
        });
    image
}

fn hash(x: u32, y: u32, seed: u32) -> u32 {
    let mixed =
        x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
    mixed ^ (mixed >> 12)
}
