use std::borrow::Cow;

use glam::Vec4;
use image::RgbaImage;
use pixels::{scaled, source_over};

use crate::drawing::{Drawing, DrawingContent, drawings};
use crate::render::{Paint, for_each_row};
use crate::{BlendMode, Bounds, Document, Layer};

/// All visible layers over transparency, cropped to the canvas, in sRGB values.
///
/// A stack of normal layers gives the very bytes of the engine's source-over; one with other blend modes is computed in
/// real numbers and rounded once, as these can blow a rounding error up.
pub fn composite(document: &Document) -> RgbaImage {
    composite_layers(document.layers(), document.canvas())
}

/// As [`composite`], of some layers as far as they lie in `bounds`.
pub fn composite_layers(layers: &[Layer], bounds: Bounds) -> RgbaImage {
    let drawings = drawings(layers);
    let is_plain = drawings.iter().all(Drawing::is_plain);
    let parts = parts_of(&drawings);
    let mut image = RgbaImage::new(bounds.width(), bounds.height());
    for_each_row(&mut image, bounds.top, |y, row| {
        let (row, _) = row.as_chunks_mut::<4>();
        if is_plain {
            parts
                .iter()
                .for_each(|part| part.lay_over(y, bounds.left, row));
        } else {
            let mut exact = vec![Vec4::ZERO; row.len()];
            parts
                .iter()
                .for_each(|part| part.blend_over(y, bounds.left, &mut exact));
            for (pixel, exact) in row.iter_mut().zip(exact) {
                *pixel = straight_bytes(exact);
            }
        }
    });
    image
}

/// A drawing ready to be drawn row by row.
struct Part<'a> {
    bounds: Bounds,
    opacity: u8,
    blend: BlendMode,
    content: PartContent<'a>,
}

enum PartContent<'a> {
    Raster(Paint<'a>),
    Isolated(Vec<Part<'a>>),
    PassThrough(Vec<Part<'a>>),
}

/// Those that cover anything.
fn parts_of<'a>(drawings: &[Drawing<'a>]) -> Vec<Part<'a>> {
    drawings
        .iter()
        .map(Part::new)
        .filter(|part| !part.bounds.is_empty())
        .collect()
}

impl<'a> Part<'a> {
    fn new(drawing: &Drawing<'a>) -> Self {
        let around = |parts: &[Part]| {
            let bounds = parts.iter().map(|part| part.bounds);
            bounds.fold(Bounds::default(), |all, bounds| all.union(&bounds))
        };
        let (bounds, content) = match &drawing.content {
            DrawingContent::Raster(raster) => {
                (raster.bounds(), PartContent::Raster(Paint::new(raster)))
            }
            DrawingContent::Isolated(inside) => {
                let parts = parts_of(inside);
                (around(&parts), PartContent::Isolated(parts))
            }
            DrawingContent::PassThrough(inside) => {
                let parts = parts_of(inside);
                (around(&parts), PartContent::PassThrough(parts))
            }
        };
        Self {
            bounds,
            opacity: drawing.opacity,
            blend: drawing.blend,
            content,
        }
    }

    /// The part's span of row `y` of the document, and the pixels of `row`, which starts at `left`, within it.
    fn span<'r, T>(&self, y: i32, left: i32, row: &'r mut [T]) -> Option<(Bounds, &'r mut [T])> {
        let row_bounds = Bounds::new(left, y, row.len() as u32, 1);
        let span = self.bounds.intersection(&row_bounds);
        let start = span.left.abs_diff(left) as usize;
        (!span.is_empty()).then(|| (span, &mut row[start..start + span.width() as usize]))
    }

    /// Lays a plain part over a row of the document that starts at (`left`, `y`).
    fn lay_over(&self, y: i32, left: i32, row: &mut [[u8; 4]]) {
        let Some((span, row)) = self.span(y, left, row) else {
            return;
        };
        let above = match &self.content {
            PartContent::Raster(paint) => paint.row(y, span.left, span.right),
            PartContent::Isolated(parts) | PartContent::PassThrough(parts) => {
                let mut inside = vec![[0; 4]; row.len()];
                parts
                    .iter()
                    .for_each(|part| part.lay_over(y, span.left, &mut inside));
                Cow::Owned(inside.into_flattened())
            }
        };
        let above = above.as_chunks::<4>().0;
        if self.opacity == 255 {
            lay_pixels_over(row, above);
        } else {
            row.iter_mut()
                .zip(above)
                .for_each(|(below, &[r, g, b, a])| {
                    *below = source_over(*below, [r, g, b, scaled(a, self.opacity)]);
                });
        }
    }

    /// As [`Part::lay_over`], for parts of any kind and premultiplied colours.
    fn blend_over(&self, y: i32, left: i32, row: &mut [Vec4]) {
        let Some((span, row)) = self.span(y, left, row) else {
            return;
        };
        let opacity = f32::from(self.opacity) / 255.0;
        match &self.content {
            PartContent::Raster(paint) => {
                let above = paint.row(y, span.left, span.right);
                let (above, _) = above.as_chunks::<4>();
                for (below, &above) in row.iter_mut().zip(above) {
                    *below = self.blend.over(*below, premultiplied(above) * opacity);
                }
            }
            PartContent::Isolated(parts) => {
                let mut inside = vec![Vec4::ZERO; row.len()];
                parts
                    .iter()
                    .for_each(|part| part.blend_over(y, span.left, &mut inside));
                for (below, above) in row.iter_mut().zip(inside) {
                    *below = self.blend.over(*below, above * opacity);
                }
            }
            PartContent::PassThrough(parts) => {
                let mut inside = row.to_vec();
                parts
                    .iter()
                    .for_each(|part| part.blend_over(y, span.left, &mut inside));
                for (below, changed) in row.iter_mut().zip(inside) {
                    *below += (changed - *below) * opacity;
                }
            }
        }
    }
}

/// Pixels over others. Most are opaque or clear together with those beside them.
fn lay_pixels_over(below: &mut [[u8; 4]], above: &[[u8; 4]]) {
    const TOGETHER: usize = 16;
    let pixels = |below: &mut [[u8; 4]], above: &[[u8; 4]]| {
        let pairs = below.iter_mut().zip(above);
        pairs.for_each(|(below, &above)| *below = source_over(*below, above));
    };
    let (below, below_rest) = below.as_chunks_mut::<TOGETHER>();
    let (above, above_rest) = above.as_chunks::<TOGETHER>();
    for (below, above) in below.iter_mut().zip(above) {
        let least = above.iter().fold(255, |least, pixel| least & pixel[3]);
        let most = above.iter().fold(0, |most, pixel| most | pixel[3]);
        match (least, most) {
            (255, _) => *below = *above,
            (_, 0) => {}
            _ => pixels(below, above),
        }
    }
    pixels(below_rest, above_rest);
}

fn premultiplied([r, g, b, a]: [u8; 4]) -> Vec4 {
    let alpha = f32::from(a) / 255.0;
    Vec4::new(r.into(), g.into(), b.into(), 255.0) * (alpha / 255.0)
}

fn straight_bytes(color: Vec4) -> [u8; 4] {
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    match byte(color.w) {
        0 => [0; 4],
        alpha => {
            let straight = color / color.w;
            [byte(straight.x), byte(straight.y), byte(straight.z), alpha]
        }
    }
}
