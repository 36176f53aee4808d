//! Dropping what a user would only have to delete: layers with nothing on them, a layer given twice, and the transparent
//! edges around one.

use image::RgbaImage;
use pixels::{Rect, source_over, visible_rect};
use rayon::prelude::*;

use crate::{Content, ModelLayer};

/// Fainter pixels, of 255, do not count: models leave such traces all over an empty layer.
const FAINT_ALPHA: u8 = 8;
/// A layer is near-empty when its alphas add up to less than this part of the canvas ...
const EMPTY_PART: f64 = 0.0002;
/// ... and to fewer opaque pixels than this: a small mark on a large canvas is still something.
const EMPTY_PIXELS: f64 = 64.0;
/// Two layers are equal when their premultiplied channels differ by at most this, of 255, in the mean where they show.
const EQUAL_DIFFERENCE: f64 = 2.0;

/// Drops near-empty layers, but never all, and merges each layer into the one below that equals it. Merging composites
/// them, so that what is seen stays the same.
pub(crate) fn prune(layers: Vec<ModelLayer>) -> Vec<ModelLayer> {
    let opaque: Vec<_> = layers
        .par_iter()
        .map(|layer| opaque_pixels(&layer.image))
        .collect();
    let fullest = (0..layers.len()).max_by(|&a, &b| opaque[a].total_cmp(&opaque[b]));
    let mut kept: Vec<ModelLayer> = Vec::with_capacity(layers.len());
    for (index, layer) in layers.into_iter().enumerate() {
        if is_near_empty(&layer.image, opaque[index]) && fullest != Some(index) {
            continue;
        }
        match kept.last_mut() {
            Some(below) if are_equal(&below.image, &layer.image) => merge(below, layer),
            _ => kept.push(layer),
        }
    }
    kept
}

fn is_near_empty(image: &RgbaImage, opaque: f64) -> bool {
    let canvas = f64::from(image.width()) * f64::from(image.height());
    opaque < (canvas * EMPTY_PART).min(EMPTY_PIXELS)
}

/// The sum of the alphas that are not faint, 1 for an opaque pixel.
fn opaque_pixels(image: &RgbaImage) -> f64 {
    let strong = |pixel: &[u8; 4]| match pixel[3] {
        0..FAINT_ALPHA => 0,
        alpha => u32::from(alpha),
    };
    let blocks = image.as_chunks().0.chunks(BLOCK);
    let sums = blocks.map(|pixels| u64::from(pixels.iter().map(strong).sum::<u32>()));
    sums.sum::<u64>() as f64 / 255.0
}

/// Stops where what differs is more than the rest could make up for.
fn are_equal(a: &RgbaImage, b: &RgbaImage) -> bool {
    let (a, b) = (a.as_chunks().0, b.as_chunks().0);
    let (mut difference, mut shown, mut left) = (0, 0, a.len());
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        difference += sum(a, b, difference_of);
        shown += sum(a, b, |a, b| a[3].max(b[3]).into());
        left -= a.len();
        let most_shown = shown + left as u64 * 255;
        if difference as f64 > EQUAL_DIFFERENCE * 4.0 * most_shown as f64 {
            return false;
        }
    }
    true
}

/// Pixels whose sums fit in 32 bits.
const BLOCK: usize = 4096;

fn sum(a: &[[u8; 4]], b: &[[u8; 4]], of: impl Fn(&[u8; 4], &[u8; 4]) -> u32) -> u64 {
    u64::from(a.iter().zip(b).map(|(a, b)| of(a, b)).sum::<u32>())
}

/// Over the premultiplied channels, 255 · 255 for all of one.
fn difference_of(a: &[u8; 4], b: &[u8; 4]) -> u32 {
    let premultiplied =
        |pixel: &[u8; 4], channel: usize| u32::from(pixel[channel]) * u32::from(pixel[3]);
    let colors: u32 = (0..3)
        .map(|channel| premultiplied(a, channel).abs_diff(premultiplied(b, channel)))
        .sum();
    colors + u32::from(a[3].abs_diff(b[3])) * 255
}

fn merge(below: &mut ModelLayer, above: ModelLayer) {
    for (below, above) in below
        .image
        .as_chunks_mut()
        .0
        .iter_mut()
        .zip(above.image.as_chunks().0)
    {
        *below = source_over(*below, *above);
    }
    if below.content == Content::Unknown {
        below.content = above.content;
    }
    below.text = below.text.take().or(above.text);
}

/// The part of an image that holds every pixel of alpha above 0, and its position. One transparent pixel if there is none.
pub(crate) fn trim(image: RgbaImage) -> (RgbaImage, u32, u32) {
    let Some(rect) = visible_rect(&image) else {
        return (RgbaImage::new(1, 1), 0, 0);
    };
    if (rect.width, rect.height) == image.dimensions() {
        return (image, 0, 0);
    }
    (cropped(&image, rect), rect.left, rect.top)
}

fn cropped(image: &RgbaImage, rect: Rect) -> RgbaImage {
    let mut part = RgbaImage::new(rect.width, rect.height);
    let row_bytes = image.width() as usize * 4;
    let (left, bytes) = (rect.left as usize * 4, rect.width as usize * 4);
    let rows = image.chunks(row_bytes).skip(rect.top as usize);
    for (to, from) in part.chunks_mut(bytes).zip(rows) {
        to.copy_from_slice(&from[left..][..bytes]);
    }
    part
}
