use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{ResizeOptions, Resizer};
use image::{RgbaImage, imageops};
use rayon::prelude::*;

use crate::quantile::median;

/// sRGB in 0..1, the space layers are composed in.
pub type Colour = [f32; 3];

/// Above this many pixels the work is done on a smaller copy; the engine brings the layers back to full size.
const MOST_PIXELS: f64 = 1.9e6;

/// Below this alpha a source pixel has no colour to speak of.
const VISIBLE_ALPHA: u8 = 12;

/// The source at working size.
#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// As the networks are shown it.
    pub image: RgbaImage,
    pub rgb: Vec<Colour>,
    pub visible: Vec<bool>,
    /// Standard deviation of the grain, of 1.
    pub noise: f32,
}

impl Picture {
    pub fn new(source: &RgbaImage) -> Self {
        let image = shrink(source).unwrap_or_else(|| source.clone());
        let source = &image;
        let (width, height) = (source.width() as usize, source.height() as usize);
        let rgb: Vec<Colour> = source
            .as_raw()
            .par_chunks_exact(4)
            .map(|p| [p[0], p[1], p[2]].map(|c| f32::from(c) / 255.0))
            .collect();
        let visible = source
            .pixels()
            .map(|p| p.0[3] >= VISIBLE_ALPHA)
            .collect::<Vec<_>>();
        let noise = grain(width, &rgb, &visible);
        Self {
            width,
            height,
            rgb,
            image,
            visible,
            noise,
        }
    }

    pub fn len(&self) -> usize {
        self.rgb.len()
    }
}

pub fn distance(a: Colour, b: Colour) -> f32 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}

fn shrink(source: &RgbaImage) -> Option<RgbaImage> {
    let (w, h) = (f64::from(source.width()), f64::from(source.height()));
    let scale = (MOST_PIXELS / (w * h)).sqrt();
    if scale >= 1.0 {
        return None;
    }
    let side = |s: f64| (s * scale).round().max(1.0) as u32;
    Some(resized(source, side(w), side(h), &ResizeOptions::new()))
}

/// The picture at another size.
pub fn resized(picture: &RgbaImage, width: u32, height: u32, options: &ResizeOptions) -> RgbaImage {
    let resize = || {
        let mut sized = RgbaImage::new(width, height);
        let source = TypedImageRef::<U8x4>::from_buffer(picture.width(), picture.height(), picture);
        let mut target = TypedImage::from_buffer(width, height, &mut sized).ok()?;
        // The resizer's untyped entrance is compiled for each type of pixel there is.
        let done = Resizer::new().resize_typed(&source.ok()?, &mut target, options);
        done.ok().map(|()| sized)
    };
    resize().unwrap_or_else(|| imageops::thumbnail(picture, width, height))
}

/// From the median second difference of lightness along rows, which edges and gradients hardly move. For white noise
/// of deviation s that median is 0.6745 · √1.5 · s.
fn grain(width: usize, rgb: &[Colour], visible: &[bool]) -> f32 {
    let light = |i: usize| rgb[i].iter().sum::<f32>() / 3.0;
    let bends: Vec<f32> = (1..rgb.len().saturating_sub(1))
        .step_by(7)
        .filter(|i| (1..width.saturating_sub(1)).contains(&(i % width)))
        .filter(|&i| visible[i - 1] && visible[i] && visible[i + 1])
        .map(|i| (light(i) - (light(i - 1) + light(i + 1)) / 2.0).abs())
        .collect();
    median(bends) / 0.826
}

/// The least alpha at which some colour over this one changes it by `off`.
pub fn thinnest(off: Colour, below: Colour) -> f32 {
    let needed = |c: usize| match off[c] {
        up if up > 0.0 => up / (1.0 - below[c]).max(0.02),
        down => -down / below[c].max(0.02),
    };
    (0..3).map(needed).fold(0.0, f32::max).min(1.0)
}

pub fn minus(a: Colour, b: Colour) -> Colour {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub fn dot(a: Colour, b: Colour) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
