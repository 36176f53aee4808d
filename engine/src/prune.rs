//! Dropping what a user would only have to delete: layers with nothing on them, and a layer given twice.

use image::RgbaImage;
use pixels::source_over;

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
    let mut kept: Vec<ModelLayer> = Vec::with_capacity(layers.len());
    let last_hope = layers
        .iter()
        .map(|layer| opaque_pixels(&layer.image))
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    for (index, layer) in layers.into_iter().enumerate() {
        if is_near_empty(&layer.image) && last_hope.is_none_or(|(fullest, _)| fullest != index) {
            continue;
        }
        match kept.last_mut() {
            Some(below) if are_equal(&below.image, &layer.image) => merge(below, layer),
            _ => kept.push(layer),
        }
    }
    kept
}

fn is_near_empty(image: &RgbaImage) -> bool {
    let canvas = f64::from(image.width()) * f64::from(image.height());
    opaque_pixels(image) < (canvas * EMPTY_PART).min(EMPTY_PIXELS)
        || image.pixels().all(|pixel| pixel[3] < FAINT_ALPHA)
}

/// The sum of the alphas that are not faint, 1 for an opaque pixel.
fn opaque_pixels(image: &RgbaImage) -> f64 {
    let alphas = image
        .pixels()
        .map(|pixel| pixel[3])
        .filter(|&alpha| alpha >= FAINT_ALPHA);
    alphas.map(u64::from).sum::<u64>() as f64 / 255.0
}

fn are_equal(a: &RgbaImage, b: &RgbaImage) -> bool {
    let (mut difference, mut shown) = (0_u64, 0_u64);
    for (a, b) in a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0) {
        let premultiplied =
            |pixel: &[u8; 4], channel: usize| u64::from(pixel[channel]) * u64::from(pixel[3]);
        let colours: u64 = (0..3)
            .map(|channel| premultiplied(a, channel).abs_diff(premultiplied(b, channel)))
            .sum();
        difference += colours + u64::from(a[3].abs_diff(b[3])) * 255;
        shown += u64::from(a[3].max(b[3]));
    }
    difference as f64 <= EQUAL_DIFFERENCE * 4.0 * shown as f64
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
