//! A sheet to be looked at: a picture and its layers on a chequered ground, each with its name below.

use ab_glyph::FontRef;
use anyhow::{Context, Result};
use image::{Rgba, RgbaImage, imageops};

use crate::draw;

const CELL: u32 = 300;
const GAP: u32 = 6;
const LABEL: u32 = 24;
const ACROSS: usize = 6;

/// Each row begins on a new line.
pub fn sheet(rows: &[Vec<(&RgbaImage, &str)>]) -> Result<RgbaImage> {
    let first = rows
        .first()
        .and_then(|r| r.first())
        .context("nothing to show")?
        .0;
    let high =
        (CELL as f32 * first.height() as f32 / first.width() as f32).clamp(1.0, 3000.0) as u32;
    let across = rows.iter().map(Vec::len).max().unwrap_or(1).min(ACROSS);
    let lines: Vec<_> = rows.iter().flat_map(|row| row.chunks(across)).collect();
    let (wide_step, high_step) = (CELL + GAP, high + LABEL + GAP);
    let size = (wide_step * across as u32, high_step * lines.len() as u32);
    let mut out = RgbaImage::from_pixel(size.0, size.1, Rgba([255; 4]));
    let mut fonts = draw::fonts()?;
    fonts.remove(0);
    fonts.push(FontRef::try_from_slice(include_bytes!(
        "../../../assets/fonts/DroidSansFallback.ttf"
    ))?);
    for (y, line) in lines.iter().enumerate() {
        for (x, (image, name)) in line.iter().enumerate() {
            let at = (
                i64::from(wide_step) * x as i64,
                i64::from(high_step) * y as i64,
            );
            imageops::replace(&mut out, &tile(image, high), at.0, at.1);
            let words = draw::text((CELL, LABEL), &fonts, &[name], (4.0, 2.0), 19.0);
            let label = draw::coloured(&words, [0.0; 3], 1.0);
            imageops::overlay(&mut out, &label, at.0, at.1 + i64::from(high));
        }
    }
    Ok(out)
}

fn tile(image: &RgbaImage, high: u32) -> RgbaImage {
    let mut tile = RgbaImage::from_fn(CELL, high, |x, y| {
        let light = if (x / 8 + y / 8) % 2 == 0 { 200 } else { 150 };
        Rgba([light, light, light, 255])
    });
    imageops::overlay(&mut tile, &imageops::thumbnail(image, CELL, high), 0, 0);
    tile
}
