use image::{RgbaImage, imageops};
use imageproc::filter::gaussian_blur_f32;
use palette::{IntoColor, LinSrgb, Oklab, Srgb};
use rayon::prelude::*;

use crate::quantile::median;

/// Three channels: sRGB in 0..1, or OKLab with L in 0..1.
pub type Colour = [f32; 3];

/// Above this many pixels the work is done on a smaller copy; the engine brings the layers back to full size.
const MOST_PIXELS: f64 = 1.9e6;

/// Below this alpha a source pixel has no colour to speak of.
const VISIBLE_ALPHA: u8 = 12;

/// The source at working size, in the two colour spaces the rest needs.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// sRGB, the space layers are composed in.
    pub rgb: Vec<Colour>,
    /// OKLab of a slightly smoothed copy when the source is noisy: distances in it are what an eye sees.
    pub lab: Vec<Colour>,
    pub visible: Vec<bool>,
    /// Standard deviation of the grain in OKLab.
    pub noise: f32,
}

impl Picture {
    pub fn new(source: &RgbaImage) -> Self {
        let small = shrink(source);
        let source = small.as_ref().unwrap_or(source);
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
        let sharp: Vec<Colour> = rgb.par_iter().map(|&c| to_lab(c)).collect();
        let noise = grain(width, &sharp, &visible);
        let lab = if noise > 0.006 && visible.iter().all(|&v| v) {
            smooth(width, height, &rgb, (noise * 60.0).clamp(0.5, 1.4))
        } else {
            sharp
        };
        Self {
            width,
            height,
            rgb,
            lab,
            visible,
            noise,
        }
    }

    pub fn len(&self) -> usize {
        self.rgb.len()
    }

    /// The OKLab difference below which two colours count as one surface: what an eye hardly sees, more in grain.
    pub fn tolerance(&self) -> f32 {
        (0.016 + 3.0 * self.noise).min(0.1)
    }
}

/// OKLab as seen with a little stray light on the screen, without which differences no eye sees between near-blacks
/// would count like those between greys.
pub fn to_lab(c: Colour) -> Colour {
    const STRAY: f32 = 0.01;
    let light = Srgb::new(c[0], c[1], c[2]).into_linear();
    let lab: Oklab =
        LinSrgb::new(light.red + STRAY, light.green + STRAY, light.blue + STRAY).into_color();
    [lab.l, lab.a, lab.b]
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
    let mut small = RgbaImage::new(side(w), side(h));
    let done = fast_image_resize::Resizer::new().resize(source, &mut small, None);
    Some(match done {
        Ok(()) => small,
        Err(_) => imageops::thumbnail(source, side(w), side(h)),
    })
}

fn smooth(width: usize, height: usize, rgb: &[Colour], sigma: f32) -> Vec<Colour> {
    let flat = rgb.iter().flatten().copied().collect();
    match image::Rgb32FImage::from_raw(width as u32, height as u32, flat) {
        Some(image) => gaussian_blur_f32(&image, sigma)
            .as_raw()
            .par_chunks_exact(3)
            .map(|c| to_lab([c[0], c[1], c[2]]))
            .collect(),
        None => rgb.par_iter().map(|&c| to_lab(c)).collect(),
    }
}

/// From the median second difference of lightness along rows, which edges and gradients hardly move. For white noise
/// of deviation s that median is 0.6745 · √1.5 · s.
fn grain(width: usize, lab: &[Colour], visible: &[bool]) -> f32 {
    let bends: Vec<f32> = (1..lab.len().saturating_sub(1))
        .step_by(7)
        .filter(|i| (1..width.saturating_sub(1)).contains(&(i % width)))
        .filter(|&i| visible[i - 1] && visible[i] && visible[i + 1])
        .map(|i| (lab[i][0] - (lab[i - 1][0] + lab[i + 1][0]) / 2.0).abs())
        .collect();
    median(bends) / 0.826
}
