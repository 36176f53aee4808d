//! The small JPEG that file managers show.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage, RgbaImage};
use rayon::prelude::*;

use super::bytes::PutBytes;
use super::planes::over_white;

/// Longest side in pixels, as Photoshop makes it.
const MAX_SIDE: u32 = 160;
const JPEG_QUALITY: u8 = 85;
const BITS_PER_PIXEL: u16 = 24;

/// The body of a thumbnail resource (1036), or `None` when the picture is empty or cannot be encoded.
pub fn thumbnail(merged: &RgbaImage) -> Option<Vec<u8>> {
    let small = shrink(merged)?;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&small)
        .ok()?;

    let row_bytes = (small.width() * u32::from(BITS_PER_PIXEL)).div_ceil(32) * 4;
    let mut out = Vec::new();
    out.put_u32(1); // JPEG
    out.put_u32(small.width());
    out.put_u32(small.height());
    out.put_u32(row_bytes);
    out.put_u32(row_bytes * small.height());
    out.put_len(jpeg.len());
    out.put_u16(BITS_PER_PIXEL);
    out.put_u16(1); // planes
    out.put(&jpeg);
    Some(out)
}

/// Box-averaged over white to at most [`MAX_SIDE`]; a smaller picture keeps its size.
fn shrink(merged: &RgbaImage) -> Option<RgbImage> {
    let (width, height) = merged.dimensions();
    let factor = f64::from(width.max(height)) / f64::from(MAX_SIDE);
    let side = |length: u32| ((f64::from(length) / factor.max(1.0)).round() as u32).max(1);
    let (small_width, small_height) = (side(width), side(height));
    let rows: Vec<Vec<u8>> = (0..small_height)
        .into_par_iter()
        .map(|y| {
            let from = span(y, small_height, height);
            (0..small_width)
                .flat_map(|x| average(merged, span(x, small_width, width), from.clone()).0)
                .collect()
        })
        .collect();
    RgbImage::from_raw(small_width, small_height, rows.concat())
}

/// The pixels of `length` that pixel `index` of `small_length` stands for; at least one.
fn span(index: u32, small_length: u32, length: u32) -> std::ops::Range<u32> {
    let edge = |index: u32| (u64::from(index) * u64::from(length) / u64::from(small_length)) as u32;
    edge(index)..edge(index + 1)
}

fn average(
    merged: &RgbaImage,
    columns: std::ops::Range<u32>,
    rows: std::ops::Range<u32>,
) -> Rgb<u8> {
    let width = merged.width() as usize;
    let (pixels, _) = merged.as_raw().as_chunks::<4>();
    let mut sum = [0_u64; 3];
    let mut count = 0;
    for y in rows {
        let start = y as usize * width;
        for &[r, g, b, a] in &pixels[start + columns.start as usize..start + columns.end as usize] {
            for (sum, color) in sum.iter_mut().zip([r, g, b]) {
                *sum += u64::from(over_white(color, a));
            }
            count += 1;
        }
    }
    Rgb(sum.map(|sum| ((sum + count / 2) / count.max(1)) as u8))
}
