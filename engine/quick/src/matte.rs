use image::{Rgba, RgbaImage};

use crate::inpaint::fill;
use crate::picture::{Colour, Picture, distance};
use crate::quantile::quantile;
use crate::stack::NOWHERE;
use crate::surface::{Sample, Surface, thinned};
use crate::window::{Bounds, depth};

/// Pixels this near another layer are mixed with it.
const MIXED: u8 = 2;
/// How far beyond its pixels a layer's soft edge is looked for.
const REACH: u8 = 3;
/// Below it, sRGB, two colours are too alike to tell how much of each is in a third.
const TOO_ALIKE: f32 = 0.05;

/// Where one layer is.
pub struct Place<'a> {
    pub layer: u8,
    /// The layer seen at each pixel.
    pub seen: &'a [u8],
    pub present: &'a [bool],
    /// Fades at its edges: alpha is measured everywhere, against one colour.
    pub soft: bool,
}

/// Cuts one layer out: its own colours where it is seen, a continuation of them where it is hidden, and the alpha that
/// explains the source as the layer over `under`. Then lays it over `under`, the picture of all layers below.
pub fn cut(picture: &Picture, place: &Place, under: &mut [Colour]) -> RgbaImage {
    let mut image = RgbaImage::new(picture.width as u32, picture.height as u32);
    let pixels: Vec<u32> = (0..picture.len() as u32)
        .filter(|&i| place.present[i as usize])
        .collect();
    if pixels.is_empty() {
        return image;
    }
    let margin = if place.soft {
        24
    } else {
        usize::from(REACH) + 1
    };
    let bounds =
        Bounds::around(&pixels, picture.width).grown(margin, picture.width, picture.height);
    let cutting = Cutting::new(picture, place, bounds, under);
    for (k, i) in bounds.indices(picture.width).enumerate() {
        let alpha = cutting.alpha(k, i, under[i]);
        if alpha <= 0.0 {
            continue;
        }
        let colour = cutting.colour(k, i, alpha);
        for c in 0..3 {
            under[i][c] += alpha * (colour[c] - under[i][c]);
        }
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        let [r, g, b] = colour.map(byte);
        let (x, y) = (i % picture.width, i / picture.width);
        image.put_pixel(x as u32, y as u32, Rgba([r, g, b, byte(alpha)]));
    }
    image
}

struct Cutting<'a> {
    picture: &'a Picture,
    place: &'a Place<'a>,
    /// The layer's own colour everywhere in the bounds.
    own: Vec<Colour>,
    /// How deep a pixel is in the layer, and how far out of it.
    inside: Vec<u8>,
    outside: Vec<u8>,
    known: Vec<bool>,
}

impl<'a> Cutting<'a> {
    fn new(picture: &'a Picture, place: &'a Place<'a>, bounds: Bounds, under: &[Colour]) -> Self {
        let (w, h) = (bounds.width(), bounds.height());
        let at: Vec<usize> = bounds.indices(picture.width).collect();
        let inside = depth(w, h, |k| place.present[at[k]]);
        let outside = depth(w, h, |k| !place.present[at[k]]);
        let clear = depth(w, h, |k| place.seen[at[k]] == place.layer);
        let strength: Vec<f32> = at
            .iter()
            .map(|&i| distance(picture.rgb[i], under[i]))
            .collect();
        let known = if place.layer == 0 {
            ground_known(&clear)
        } else if place.soft {
            strongest(&clear, &strength)
        } else {
            surely_own(w, &clear, &strength)
        };
        let mut own: Vec<Colour> = at.iter().map(|&i| picture.rgb[i]).collect();
        complete(w, h, &mut own, &known);
        let mut cutting = Self {
            picture,
            place,
            own,
            inside,
            outside,
            known,
        };
        if place.soft {
            cutting.one_colour(&at, under);
        }
        cutting
    }

    fn alpha(&self, k: usize, i: usize, under: Colour) -> f32 {
        let present = self.place.present[i];
        let whole = if present { 1.0 } else { 0.0 };
        if self.place.layer == 0 {
            return whole;
        }
        let seen = self.place.seen[i];
        let hidden = seen != NOWHERE && seen > self.place.layer;
        if self.place.soft && !hidden {
            return self.share(k, i, under).unwrap_or(0.0);
        }
        let deep = self.inside[k] > MIXED || self.outside[k] > REACH;
        if deep || hidden || seen == NOWHERE {
            return whole;
        }
        self.share(k, i, under).unwrap_or(whole)
    }

    /// How much of the layer's own colour is in the source, the rest being what is below: the nearest point on the line
    /// between the two. `None` when they are too alike.
    fn share(&self, k: usize, i: usize, under: Colour) -> Option<f32> {
        let (own, seen) = (self.own[k], self.picture.rgb[i]);
        let mut along = 0.0;
        let mut length = 0.0;
        for c in 0..3 {
            along += (seen[c] - under[c]) * (own[c] - under[c]);
            length += (own[c] - under[c]).powi(2);
        }
        if length < TOO_ALIKE * TOO_ALIKE {
            return None;
        }
        let share = (along / length).clamp(0.0, 1.0);
        Some(match share {
            s if s < 0.03 => 0.0,
            s if s > 0.97 => 1.0,
            s => s,
        })
    }

    fn colour(&self, k: usize, i: usize, alpha: f32) -> Colour {
        let seen = self.picture.rgb[i];
        let own = self.own[k];
        let visible = self.place.seen[i] == self.place.layer && alpha >= 1.0;
        let alike = distance(seen, own) < 0.04 + 3.0 * self.picture.noise;
        if visible && (self.known[k] || alike) {
            seen
        } else {
            own
        }
    }

    /// A fading layer is one colour: black or white where the source is what is below darkened or lightened, otherwise
    /// the colour at its strongest.
    fn one_colour(&mut self, at: &[usize], under: &[Colour]) {
        let known: Vec<usize> = (0..at.len()).filter(|&k| self.known[k]).collect();
        let mean = |value: &dyn Fn(usize, usize) -> f32| {
            [0, 1, 2].map(|c| {
                known.iter().map(|&k| value(k, c)).sum::<f32>() / known.len().max(1) as f32
            })
        };
        let seen = mean(&|k, c| self.picture.rgb[at[k]][c]);
        let below = mean(&|k, c| under[at[k]][c]);
        let colour = [0.0, 1.0]
            .into_iter()
            .find_map(|end| {
                let shares = [0, 1, 2].map(|c| {
                    let room: f32 = end - below[c];
                    (room.abs() > 0.15).then(|| (seen[c] - below[c]) / room)
                });
                let usable: Vec<f32> = shares.into_iter().flatten().collect();
                let low = usable.iter().copied().fold(f32::MAX, f32::min);
                let high = usable.iter().copied().fold(f32::MIN, f32::max);
                (usable.len() >= 2 && low > 0.05 && high < 0.75 && high - low < 0.06)
                    .then_some([end; 3])
            })
            .unwrap_or(seen);
        self.own.fill(colour);
        self.known.fill(false);
    }
}

/// Far enough from other layers, as far as there is such a place.
fn ground_known(clear: &[u8]) -> Vec<bool> {
    [MIXED + 1, MIXED - 1, 0]
        .into_iter()
        .map(|least| clear.iter().map(|&d| d > least).collect::<Vec<bool>>())
        .find(|known| known.contains(&true))
        .unwrap_or_else(|| vec![false; clear.len()])
}

fn strongest(clear: &[u8], strength: &[f32]) -> Vec<bool> {
    let all = (0..clear.len())
        .filter(|&k| clear[k] > 0)
        .map(|k| strength[k]);
    let limit = quantile(all.collect(), 0.95);
    (0..clear.len())
        .map(|k| clear[k] > 0 && strength[k] >= limit)
        .collect()
}

/// Away from the layer's edges; where strokes are too thin for that, the pixels that differ most from what is below.
fn surely_own(width: usize, clear: &[u8], strength: &[f32]) -> Vec<bool> {
    let height = clear.len() / width;
    (0..clear.len())
        .map(|k| {
            if clear[k] == 0 {
                return false;
            }
            if clear[k] > MIXED {
                return true;
            }
            let (x, y) = (k % width, k / width);
            let mut strongest = 0.0f32;
            let mut thin = true;
            for v in y.saturating_sub(2)..(y + 3).min(height) {
                for u in x.saturating_sub(2)..(x + 3).min(width) {
                    let n = v * width + u;
                    if clear[n] > 0 {
                        strongest = strongest.max(strength[n]);
                        thin &= clear[n] <= MIXED;
                    }
                }
            }
            thin && strength[k] >= 0.93 * strongest
        })
        .collect()
}

/// Continues the known colours: along their gradient where they have one, smoothly everywhere.
fn complete(width: usize, height: usize, values: &mut [Colour], known: &[bool]) {
    let places: Vec<usize> = (0..known.len()).filter(|&k| known[k]).collect();
    let samples: Vec<Sample> = thinned(&places)
        .map(|k| Sample::at(k, width, values[k]))
        .collect();
    let trend = Surface::fit(&samples).filter(|s| s.spread < 0.04);
    let Some(trend) = trend else {
        return fill(width, height, values, known);
    };
    let along: Vec<Colour> = (0..values.len())
        .map(|k| trend.at((k % width) as f32, (k / width) as f32))
        .collect();
    let mut rest: Vec<Colour> = values
        .iter()
        .zip(&along)
        .map(|(v, a)| [v[0] - a[0], v[1] - a[1], v[2] - a[2]])
        .collect();
    fill(width, height, &mut rest, known);
    for (k, value) in values.iter_mut().enumerate().filter(|(k, _)| !known[*k]) {
        *value = [0, 1, 2].map(|c| (along[k][c] + rest[k][c]).clamp(0.0, 1.0));
    }
}
