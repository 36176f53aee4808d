//! The layers' pixels, one stack after the other, so that each gives the source's.

use image::RgbaImage;
use pixels::source_over;
use rayon::prelude::*;

use super::correct_colors::Corrector;
use super::{Pixel, set_alpha, to_byte};

/// A row of the source and of each layer, bottom first.
struct Row<'a> {
    source: &'a [Pixel],
    layers: Vec<&'a mut [Pixel]>,
}

/// Settles up to `rows` rows from `top` on, in parallel. `images` are the layers' bytes. Only what changes is written, so
/// that what a layer does not reach costs no memory.
pub(super) fn settle(images: &mut [&mut [u8]], source: &RgbaImage, top: usize, rows: usize) {
    let width = source.width() as usize;
    let band = |pixels: usize| top * width..((top + rows) * width).min(pixels);
    let source = source.as_chunks().0;
    let count = images.len();
    let mut rows: Vec<_> = source[band(source.len())]
        .chunks(width)
        .map(|source| Row {
            source,
            layers: Vec::with_capacity(count),
        })
        .collect();
    for image in images {
        let pixels = image.as_chunks_mut().0;
        let range = band(pixels.len());
        for (row, layer) in rows.iter_mut().zip(pixels[range].chunks_mut(width)) {
            row.layers.push(layer);
        }
    }
    rows.par_iter_mut()
        .for_each_init(Stack::default, |stack, row| {
            for (x, &source) in row.source.iter().enumerate() {
                settle_pixel(&mut row.layers, x, source, stack);
            }
        });
}

fn settle_pixel(layers: &mut [&mut [Pixel]], x: usize, source: Pixel, stack: &mut Stack) {
    if source[3] < 255 {
        return stack.settle(layers, x, source);
    }
    // From the top down to what hides all below it; the bottom layer will be opaque in any case.
    let mut seen = layers
        .iter()
        .enumerate()
        .rev()
        .filter(|(index, layer)| *index == 0 || layer[x][3] > 0);
    if let Some((index, layer)) = seen.next() {
        if index == 0 || layer[x][3] == 255 {
            layers[index][x] = source;
            return;
        }
        let opaque = layers.iter().rposition(|layer| layer[x][3] == 255);
        stack.settle(&mut layers[opaque.unwrap_or(0)..], x, source);
    }
}

/// One pixel of each layer, bottom first; kept between pixels to save allocations, as is the corrector's memory.
#[derive(Default)]
struct Stack {
    pixels: Vec<Pixel>,
    corrector: Corrector,
}

impl Stack {
    fn settle(&mut self, layers: &mut [&mut [Pixel]], x: usize, source: Pixel) {
        self.pixels.clear();
        self.pixels.extend(layers.iter().map(|layer| layer[x]));
        // An exact stack is left alone, so that a second rebuild changes nothing.
        if self.pixels.iter().copied().fold([0; 4], source_over) == source {
            return;
        }
        match_alpha(&mut self.pixels, source);
        self.corrector.correct(&mut self.pixels, source);
        for (layer, &pixel) in layers.iter_mut().zip(&self.pixels) {
            if layer[x] != pixel {
                layer[x] = pixel;
            }
        }
    }
}

/// Changes the alphas of one pixel's stack, bottom first, so that `1 − Π (1 − a)` is the source's alpha.
///
/// The upper layers keep theirs as long as they fit under the source's; the first that would go beyond is reduced to it,
/// and nothing can be seen below it. If they leave something open, the bottom layer fills it. So where the source is
/// opaque only the bottom layer changes, and not even that one where it is hidden.
pub(super) fn match_alpha(stack: &mut [Pixel], source: Pixel) {
    let wanted = f32::from(source[3]) / 255.0;
    let open_in_the_end = 1.0 - wanted;
    // How much of what lies below can still be seen.
    let mut open = 1.0;
    let Some((bottom, upper)) = stack.split_first_mut() else {
        return;
    };
    for pixel in upper.iter_mut().rev() {
        let next = open * (1.0 - f32::from(pixel[3]) / 255.0);
        if next >= open_in_the_end {
            open = next;
        } else {
            pixel[3] = to_byte((1.0 - open_in_the_end / open) * 255.0);
            open = open_in_the_end;
        }
    }
    if open > 0.0 {
        set_alpha(bottom, 1.0 - open_in_the_end / open, source);
    }
}
