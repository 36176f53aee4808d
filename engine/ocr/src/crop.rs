use image::RgbImage;

use crate::strip::{Strip, Vector};

/// The height the recognition network reads at.
pub const HEIGHT: usize = 48;
const WIDEST: usize = 1920;
const NARROWEST: usize = 48;

/// A line straightened out, sRGB 0..255.
pub struct Crop {
    pub width: usize,
    pub pixels: Vec<[f32; 3]>,
}

/// The strip laid level.
pub fn level(picture: &RgbImage, strip: &Strip) -> Crop {
    let ratio = strip.length / strip.height.max(1.0);
    sampled(picture, ratio, strip.height, |u, v| strip.point(u, v))
}

/// Letters that stand one under the other, cut into `cells` squares and laid side by side.
pub fn unstacked(picture: &RgbImage, upright: &Strip, cells: usize) -> Crop {
    let high = upright.height / cells as f32;
    let ratio = cells as f32 * (upright.length / high).min(1.5);
    sampled(picture, ratio, high, |u, v| {
        let place = (u + 0.5) * cells as f32;
        let cell = (place as usize).min(cells - 1) as f32;
        upright.point(place - cell - 0.5, (cell + 0.5 + v) / cells as f32 - 0.5)
    })
}

/// Means over as many picture pixels as fall onto one.
fn sampled(
    picture: &RgbImage,
    ratio: f32,
    height: f32,
    place: impl Fn(f32, f32) -> Vector,
) -> Crop {
    let width = ((ratio * HEIGHT as f32).round() as usize).clamp(NARROWEST, WIDEST);
    let fine = ((height / HEIGHT as f32).ceil() as usize).clamp(1, 4);
    let share = 1.0 / (fine * fine) as f32;
    let mut pixels = vec![[0.0; 3]; width * HEIGHT];
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        for n in 0..fine * fine {
            let (dx, dy) = ((n % fine) as f32 + 0.5, (n / fine) as f32 + 0.5);
            let u = (x + dx / fine as f32) / width as f32 - 0.5;
            let v = (y + dy / fine as f32) / HEIGHT as f32 - 0.5;
            let colour = between(picture, place(u, v));
            for c in 0..3 {
                pixel[c] += colour[c] * share;
            }
        }
    }
    Crop { width, pixels }
}

/// Bilinear, the picture's border going on outside.
fn between(picture: &RgbImage, at: Vector) -> [f32; 3] {
    let split = |p: f32, size: u32| {
        let p = (p - 0.5).clamp(0.0, (size - 1) as f32);
        (p as u32, (p as u32 + 1).min(size - 1), p.fract())
    };
    let (x0, x1, fx) = split(at[0], picture.width());
    let (y0, y1, fy) = split(at[1], picture.height());
    let at = |x, y, c: usize| f32::from(picture.get_pixel(x, y).0[c]);
    [0, 1, 2].map(|c| {
        let above = at(x0, y0, c) * (1.0 - fx) + at(x1, y0, c) * fx;
        let below = at(x0, y1, c) * (1.0 - fx) + at(x1, y1, c) * fx;
        above * (1.0 - fy) + below * fy
    })
}
