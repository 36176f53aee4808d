//! The layers' pixels, one stack after the other, so that each gives the source's.

use image::RgbaImage;
use pixels::source_over;
use rayon::prelude::*;

use super::Pixel;
use super::correct_colors::Corrector;
use super::coverage::match_alpha;

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
