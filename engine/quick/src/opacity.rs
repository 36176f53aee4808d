use crate::picture::{Colour, Picture};
use crate::stack::Place;

/// How far from the border on either side colours are compared: beyond what is mixed.
const AWAY: usize = 4;
/// Fewer comparisons tell nothing.
const LEAST: usize = 40;
/// The least variance of what is below along the border, and how well it must explain what is seen through the layer.
const VARIED: f32 = 0.05 * 0.05;
const EXPLAINED: f32 = 0.85;
/// Fainter, or nearly opaque, is not believed.
const RANGE: std::ops::Range<f32> = 0.2..0.93;

/// A layer that lets through what is below it: its opacity, and its own colour.
pub struct Sheet {
    pub opacity: f32,
    pub colour: Colour,
}

impl Sheet {
    /// Along its border a sheet of one colour shows the changes of what it lies on, weakened by its opacity: the slope of a
    /// regression of the colours just within on those just outside. `None` for what is opaque, or cannot be told.
    pub fn find(picture: &Picture, place: &Place) -> Option<Self> {
        let pairs = across(picture, place);
        if pairs.len() < LEAST {
            return None;
        }
        let n = pairs.len() as f32;
        let mean = |side: fn(&(Colour, Colour)) -> Colour| {
            [0, 1, 2].map(|c| pairs.iter().map(|p| side(p)[c]).sum::<f32>() / n)
        };
        let (within, outside) = (mean(|p| p.0), mean(|p| p.1));
        let (mut both, mut seen, mut below) = (0.0, 0.0, 0.0);
        for (s, b) in &pairs {
            for c in 0..3 {
                let (s, b) = (s[c] - within[c], b[c] - outside[c]);
                both += s * b / n;
                seen += s * s / n;
                below += b * b / n;
            }
        }
        if below < VARIED || both <= 0.0 || both * both < EXPLAINED * seen * below {
            return None;
        }
        let through = both / below;
        let opacity = 1.0 - through;
        RANGE.contains(&opacity).then(|| Self {
            opacity,
            colour: [0, 1, 2]
                .map(|c| ((within[c] - through * outside[c]) / opacity).clamp(0.0, 1.0)),
        })
    }
}

/// Colours just within the border and just outside it, on opposite sides of it.
fn across(picture: &Picture, place: &Place) -> Vec<(Colour, Colour)> {
    let (w, h) = (picture.width as isize, picture.height as isize);
    let at = |x: isize, y: isize| {
        let inside = (0..w).contains(&x) && (0..h).contains(&y);
        inside.then(|| (y * w + x) as usize)
    };
    let own = |i: usize| place.seen[i] == place.layer;
    let free = |i: usize| place.seen[i] < place.layer && place.shade(i) < 0.03;
    let mut pairs = Vec::new();
    for &i in place.at.iter().filter(|&&i| own(i)) {
        let (x, y) = (i as isize % w, i as isize / w);
        for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            let step = |n: isize| at(x + n * dx, y + n * dy);
            let away = AWAY as isize;
            let is_border = step(1).is_some_and(free)
                && (1..away).all(|n| step(-n).is_some_and(own))
                && (1..=away).all(|n| step(n).is_some_and(free));
            if let (true, Some(inner), Some(outer)) = (is_border, step(1 - away), step(away)) {
                pairs.push((picture.rgb[inner], picture.rgb[outer]));
            }
        }
    }
    pairs
}
