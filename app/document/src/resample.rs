use std::ops::Range;

use glam::{DAffine2, DVec2, Vec4};
use image::RgbaImage;

use crate::Raster;

/// Looks up a transformed picture at document pixels.
///
/// Colours are averaged in premultiplied alpha, so that transparent pixels lend no colour. The weights are a tent
/// along each of the picture's axes: one picture pixel wide each way where the picture is enlarged (bilinear), one
/// document pixel where it is reduced (so that nothing is skipped). Beyond its edge the picture goes on with its edge
/// pixels, and counts as far as it covers the document pixel, so that edges are smooth at every angle.
pub(crate) struct Resampler<'a> {
    image: &'a RgbaImage,
    pixels_from_document: DAffine2,
    /// Document pixels per picture pixel.
    scale: DVec2,
    /// Half the width of the tent, in picture pixels.
    radius: DVec2,
}

impl<'a> Resampler<'a> {
    pub fn new(raster: &'a Raster) -> Self {
        let image = raster.pixels.image();
        let document_from_pixels = raster
            .transform
            .document_from_pixels(image.width(), image.height());
        let scale = raster.transform.scale.abs();
        Self {
            image,
            pixels_from_document: document_from_pixels.inverse(),
            scale,
            radius: scale.recip().max(DVec2::ONE),
        }
    }

    /// Fills `row` with the document pixels at `y`, from `left` on.
    pub fn fill_row(&self, y: i32, left: i32, row: &mut [u8]) {
        let (pixels, _) = row.as_chunks_mut::<4>();
        pixels.fill([0; 4]);
        let start = self
            .pixels_from_document
            .transform_point2(DVec2::new(f64::from(left), f64::from(y)) + 0.5);
        let step = self.pixels_from_document.matrix2.x_axis;
        for index in self.covered_part(start, step, pixels.len()) {
            pixels[index] = self.at(start + step * index as f64);
        }
    }

    /// The part of a row of `len` pixels outside which the picture covers nothing.
    fn covered_part(&self, start: DVec2, step: DVec2, len: usize) -> Range<usize> {
        let size = self.size();
        let margin = 0.5 / self.scale;
        let (mut from, mut to) = (0.0, len as f64);
        for axis in 0..2 {
            let (least, most) = (-margin[axis], size[axis] + margin[axis]);
            if step[axis].abs() * len as f64 > f64::EPSILON * size[axis] {
                let ends = [least, most].map(|end| (end - start[axis]) / step[axis]);
                from = ends[0].min(ends[1]).max(from);
                to = ends[0].max(ends[1]).min(to);
            } else if !(least..=most).contains(&start[axis]) {
                return 0..0;
            }
        }
        // Casts saturate, and an empty range stays empty.
        from.floor() as usize..(to.ceil() as usize).min(len)
    }

    /// The picture at a point in its own coordinates.
    fn at(&self, point: DVec2) -> [u8; 4] {
        let place = point * self.scale;
        let extent = self.size() * self.scale;
        let coverage = covered_length(place.x, extent.x) * covered_length(place.y, extent.y);
        if coverage <= 0.0 {
            return [0; 4];
        }
        let average = if self.radius == DVec2::ONE {
            self.bilinear_average(point)
        } else {
            self.tent_average(point)
        };
        let [r, g, b, _] = (average / average.w).to_array().map(to_byte);
        match to_byte(average.w * coverage as f32) {
            0 => [0; 4],
            a => [r, g, b, a],
        }
    }

    /// The average of alpha · colour, and of alpha, over the four pixels around a point: the tent of radius 1.
    fn bilinear_average(&self, point: DVec2) -> Vec4 {
        let (width, height) = (self.image.width() as usize, self.image.height() as usize);
        let middle = (point - 0.5).clamp(DVec2::ZERO, self.size() - 1.0);
        let (left, top) = (middle.x as usize, middle.y as usize);
        let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let across = (middle.x - left as f64) as f32;
        let down = (middle.y - top as f64) as f32;
        let (pixels, _) = self.image.as_raw().as_chunks::<4>();
        let between = |y: usize| {
            let [first, second] = [left, right].map(|x| premultiplied(pixels[y * width + x]));
            first + (second - first) * across
        };
        let (upper, lower) = (between(top), between(bottom));
        upper + (lower - upper) * down
    }

    /// As [`Resampler::bilinear_average`], with a tent that may be wider.
    fn tent_average(&self, point: DVec2) -> Vec4 {
        let across = Tent::new(point.x, self.radius.x, self.image.width());
        let down = Tent::new(point.y, self.radius.y, self.image.height());
        let stride = self.image.width() as usize * 4;
        let bytes = self.image.as_raw();
        let mut sum = Vec4::ZERO;
        for y in down.first..down.end {
            let row = &bytes[y * stride..][..stride];
            let (pixels, _) = row[across.first * 4..across.end * 4].as_chunks::<4>();
            let weighted = (across.first..)
                .zip(pixels)
                .map(|(x, &pixel)| premultiplied(pixel) * across.weight(x));
            sum += weighted.sum::<Vec4>() * down.weight(y);
        }
        sum / (across.total * down.total)
    }

    fn size(&self) -> DVec2 {
        DVec2::new(self.image.width().into(), self.image.height().into())
    }
}

/// Weights along one axis that fall from the middle to nothing at the radius.
struct Tent {
    first: usize,
    end: usize,
    /// In pixels, counted from the middle of the first.
    middle: f32,
    per_pixel: f32,
    /// Of all weights.
    total: f32,
}

impl Tent {
    /// `position` in pixels, where the first pixel reaches from 0 to 1; `radius` and `len` are at least 1.
    fn new(position: f64, radius: f64, len: u32) -> Self {
        let middle = (position - 0.5).clamp(0.0, f64::from(len) - 1.0);
        // Casts round down and saturate at 0.
        let first = (middle - radius + 1.0) as usize;
        let end = ((middle + radius) as usize + 1).min(len as usize);
        let mut tent = Self {
            first,
            end,
            middle: (middle - first as f64) as f32,
            per_pixel: radius.recip() as f32,
            total: 0.0,
        };
        tent.total = (first..end).map(|tap| tent.weight(tap)).sum();
        tent
    }

    fn weight(&self, tap: usize) -> f32 {
        (1.0 - ((tap - self.first) as f32 - self.middle).abs() * self.per_pixel).max(0.0)
    }
}

/// Alpha · colour, and alpha, in 255ths.
fn premultiplied([r, g, b, a]: [u8; 4]) -> Vec4 {
    Vec4::new(r.into(), g.into(), b.into(), 1.0) * f32::from(a)
}

/// How much of the unit interval around `place` lies between 0 and `extent`.
fn covered_length(place: f64, extent: f64) -> f64 {
    ((place + 0.5).min(extent) - (place - 0.5).max(0.0)).max(0.0)
}

/// Casts saturate, and NaN (0 / 0 where everything is transparent) becomes 0.
fn to_byte(value: f32) -> u8 {
    (value + 0.5) as u8
}
