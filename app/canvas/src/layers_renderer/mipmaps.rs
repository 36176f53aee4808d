//! Ever smaller versions of a picture, so that it does not flicker or fray when seen from afar.

use std::ops::Range;

use image::RgbaImage;

/// 8-bit RGBA, premultiplied, rows from the top.
pub struct Level {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// How often a picture is halved until it is a single pixel.
pub fn halvings(width: u32, height: u32) -> u32 {
    width.max(height).max(1).ilog2()
}

/// The side of a picture that was halved `times`; never 0.
pub fn halved(side: u32, times: u32) -> u32 {
    side.checked_shr(times).unwrap_or(0).max(1)
}

/// Row `y` of `image`, premultiplied.
pub fn premultiply_row(image: &RgbaImage, y: u32, out: &mut [u8]) {
    let start = y as usize * out.len();
    out.copy_from_slice(&image.as_raw()[start..start + out.len()]);
    let (pixels, _) = out.as_chunks_mut::<4>();
    for [r, g, b, a] in pixels {
        if *a < 255 {
            [*r, *g, *b] = [*r, *g, *b].map(|value| times(value, *a));
        }
    }
}

/// `value · alpha / 255`, rounded.
fn times(value: u8, alpha: u8) -> u8 {
    let product = u32::from(value) * u32::from(alpha) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

impl Level {
    pub fn rows(&self, rows: Range<u32>) -> &[u8] {
        let row_bytes = self.width as usize * 4;
        &self.rgba[rows.start as usize * row_bytes..rows.end as usize * row_bytes]
    }

    /// The next smaller level.
    pub fn half(&self) -> Self {
        half_of(self.width, self.height, |y, row| {
            row.copy_from_slice(self.rows(y..y + 1))
        })
    }
}

/// A picture of `width` × `height` at half the size: each pixel is the mean of the area it covers.
/// `read_row` fills in a row's premultiplied bytes.
pub fn half_of(width: u32, height: u32, mut read_row: impl FnMut(u32, &mut [u8])) -> Level {
    let mut level = Level {
        width: halved(width, 1),
        height: halved(height, 1),
        rgba: Vec::new(),
    };
    level
        .rgba
        .reserve_exact(level.width as usize * level.height as usize * 4);
    let columns = taps(width, level.width);
    let mut row = vec![0_u8; width as usize * 4];
    let mut weighted_row = vec![0_u32; width as usize * 4];
    for taps in taps(height, level.height) {
        weighted_row.fill(0);
        for (y, weight) in taps.weighted() {
            read_row(y as u32, &mut row);
            for (sum, value) in weighted_row.iter_mut().zip(&row) {
                *sum += u32::from(*value) * weight;
            }
        }
        let (pixels, _) = weighted_row.as_chunks::<4>();
        for taps in &columns {
            let mut sums = [1_u32 << (2 * WEIGHT_BITS - 1); 4];
            for (x, weight) in taps.weighted() {
                for (sum, value) in sums.iter_mut().zip(pixels[x]) {
                    *sum += value * weight;
                }
            }
            level
                .rgba
                .extend(sums.map(|sum| (sum >> (2 * WEIGHT_BITS)) as u8));
        }
    }
    level
}

/// Weights are fractions of `1 << WEIGHT_BITS`. A byte with a weight across and one down still fits 32 bits.
const WEIGHT_BITS: u32 = 11;

/// Up to three neighbours that one smaller pixel covers; three where the larger side is odd.
struct Taps {
    first: usize,
    weights: [u32; 3],
}

impl Taps {
    fn weighted(&self) -> impl Iterator<Item = (usize, u32)> {
        self.weights
            .into_iter()
            .enumerate()
            .filter(|(_, weight)| *weight > 0)
            .map(|(i, weight)| (self.first + i, weight))
    }
}

fn taps(from: u32, to: u32) -> Vec<Taps> {
    let one = 1_u32 << WEIGHT_BITS;
    let covered = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * covered, f64::from(i + 1) * covered);
            let first = start.floor();
            let mut weights = [0, 1, 2].map(|tap| {
                let pixel = first + f64::from(tap);
                let overlap = (end.min(pixel + 1.0) - start.max(pixel)).max(0.0);
                (overlap / covered * f64::from(one)).round() as u32
            });
            // Exactly one in all, or plain areas would drift.
            let [a, _, c] = weights;
            weights[1] = one - a - c;
            Taps {
                first: first as usize,
                weights,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(width: u32, height: u32, rgba: Vec<u8>) -> Level {
        Level {
            width,
            height,
            rgba,
        }
    }

    proptest! {
        #[test]
        fn a_plain_picture_stays_plain(width in 1_u32..40, height in 1_u32..40, color: [u8; 4]) {
            let mut level = level(width, height, color.repeat((width * height) as usize));
            for _ in 0..halvings(width, height) {
                level = level.half();
                prop_assert!(level.rgba.as_chunks::<4>().0.iter().all(|pixel| *pixel == color));
                prop_assert_eq!(level.rgba.len(), (level.width * level.height * 4) as usize);
            }
            prop_assert_eq!((level.width, level.height), (1, 1));
        }

        #[test]
        fn halving_keeps_the_mean(width in 1_u32..33, height in 1_u32..33, seed: u32) {
            let bytes: Vec<u8> = (0..width * height * 4).map(|i| (i.wrapping_mul(2_654_435_761) ^ seed).to_le_bytes()[2]).collect();
            let mean = |rgba: &[u8]| rgba.iter().map(|value| f64::from(*value)).sum::<f64>() / rgba.len() as f64;
            let half = level(width, height, bytes.clone()).half();
            prop_assert!((mean(&half.rgba) - mean(&bytes)).abs() < 0.6);
        }
    }

    #[test]
    fn an_even_picture_is_averaged_in_blocks_of_four() {
        let grey = |value: u8| [value; 4];
        let rgba = [
            grey(0),
            grey(100),
            grey(20),
            grey(40),
            grey(200),
            grey(100),
            grey(60),
            grey(80),
        ]
        .concat();
        assert_eq!(
            level(4, 2, rgba).half().rgba,
            [grey(100), grey(50)].concat()
        );
    }

    #[test]
    fn rows_are_premultiplied_with_rounding() {
        let image = RgbaImage::from_raw(1, 2, vec![255, 100, 0, 128, 9, 9, 9, 255]).unwrap();
        let mut row = [0; 4];
        premultiply_row(&image, 0, &mut row);
        assert_eq!(row, [128, 50, 0, 128]);
        premultiply_row(&image, 1, &mut row);
        assert_eq!(row, [9, 9, 9, 255]);
    }
}
