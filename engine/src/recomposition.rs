use image::RgbaImage;
use pixels::source_over;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ModelLayer;

/// How far the stack is from the source, over the four premultiplied channels in 1/255 steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecompositionError {
    pub mean: f64,
    /// 99.9th percentile over the pixels of the largest channel difference.
    pub p999: f64,
}

impl RecompositionError {
    /// The stack gives the source back, as far as two digits of the mean tell.
    pub fn is_nothing(&self) -> bool {
        self.mean < 0.005 && self.p999 < 0.5
    }

    /// `None` when the layers are not of the source's size.
    pub(crate) fn measure(source: &RgbaImage, layers: &[ModelLayer]) -> Option<Self> {
        let (width, height) = source.dimensions();
        if layers
            .iter()
            .any(|layer| layer.image.dimensions() != (width, height))
        {
            return None;
        }
        let images: Vec<_> = layers.iter().map(|layer| &layer.image).collect();
        let row_pixels = (width as usize).max(1);
        let nothing = || (0, vec![0; PREMULTIPLIED_LEVELS]);
        let (sum, histogram) = source
            .as_chunks()
            .0
            .par_chunks(row_pixels)
            .enumerate()
            .with_min_len(MEASURED_ROWS)
            .fold(nothing, |(mut sum, mut histogram), (y, source)| {
                let mut stack = vec![[0; 4]; source.len()];
                recompose_row(&mut stack, &images, y);
                for (source, stack) in source.iter().zip(&stack) {
                    let differences = premultiplied_differences(*source, *stack);
                    sum += u64::from(differences.iter().sum::<u32>());
                    histogram[differences.into_iter().max().unwrap_or(0) as usize] += 1;
                }
                (sum, histogram)
            })
            .reduce(nothing, |(sum_a, mut a), (sum_b, b)| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                (sum_a + sum_b, a)
            });
        let pixels = u64::from(width) * u64::from(height);
        Some(Self {
            mean: sum as f64 / 255.0 / (pixels.max(1) * 4) as f64,
            p999: percentile_999(&histogram, pixels) / 255.0,
        })
    }
}

/// At least so many rows share a histogram.
const MEASURED_ROWS: usize = 128;
/// Products of two bytes, so that no difference is rounded.
const PREMULTIPLIED_LEVELS: usize = 255 * 255 + 1;

fn premultiplied_differences(a: [u8; 4], b: [u8; 4]) -> [u32; 4] {
    let premultiplied = |pixel: [u8; 4], channel: usize| {
        let alpha = u32::from(pixel[3]);
        if channel == 3 {
            alpha * 255
        } else {
            u32::from(pixel[channel]) * alpha
        }
    };
    std::array::from_fn(|channel| premultiplied(a, channel).abs_diff(premultiplied(b, channel)))
}

/// The smallest level that at least 99.9 % of the pixels do not exceed.
fn percentile_999(histogram: &[u64], pixels: u64) -> f64 {
    let mut seen = 0;
    let level = histogram.iter().position(|&count| {
        seen += count;
        seen * 1000 >= pixels * 999
    });
    level.unwrap_or(0) as f64
}

/// Source-over of full-canvas layers, bottom first, rounded to bytes after each layer. All layers must be `width` × `height`.
pub fn recompose(width: u32, height: u32, layers: &[&RgbaImage]) -> RgbaImage {
    let mut stack = RgbaImage::new(width, height);
    let row_bytes = (width as usize * 4).max(1);
    stack
        .par_chunks_mut(row_bytes)
        .enumerate()
        .for_each(|(y, row)| recompose_row(row.as_chunks_mut().0, layers, y));
    stack
}

/// Puts the layers' pixels of row `y` over `row`.
fn recompose_row(row: &mut [[u8; 4]], layers: &[&RgbaImage], y: usize) {
    for layer in layers {
        let above = &layer.as_chunks().0[y * row.len()..][..row.len()];
        for (below, above) in row.iter_mut().zip(above) {
            *below = source_over(*below, *above);
        }
    }
}
