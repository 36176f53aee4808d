use std::collections::BTreeMap;

use crate::picture::{Colour, Picture};
use crate::stack::Stack;
use crate::window::{Bounds, depth};

/// How far from the border on either side colours are compared: beyond what is mixed.
const AWAY: usize = 4;
/// Comparisons along so many pixels of the border are taken together, which takes grain and fine texture away.
const ALONG: usize = 8;
/// Fewer pixels of them tell nothing, nor do fewer of these.
const LEAST_ALONG: usize = 4;
const LEAST: usize = 12;
/// The least variance of what is below along the border, and how well it must explain what is seen through the layer.
const VARIED: f32 = 0.03 * 0.03;
const EXPLAINED: f32 = 0.75;
/// This part of what must be below has to be a colour at all, but for what compression changes in the picture.
const POSSIBLE: f32 = 0.9;
const SLACK: f32 = 0.02;
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
    pub fn find(picture: &Picture, stack: &Stack, layer: u8, bounds: Bounds) -> Option<Self> {
        let own = || {
            let indices = bounds.indices(picture.width);
            indices.filter(|&i| stack.seen[i] == layer)
        };
        let pairs = across(picture, stack, layer, own());
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
        let sheet = RANGE.contains(&opacity).then(|| Self {
            opacity,
            colour: [0, 1, 2]
                .map(|c| ((within[c] - through * outside[c]) / opacity).clamp(0.0, 1.0)),
        })?;
        let slack = SLACK / through;
        let (mut all, mut possible) = (0, 0);
        for i in own() {
            let below = sheet.below(picture.rgb[i]);
            all += 1;
            possible += usize::from(below.iter().all(|c| (-slack..1.0 + slack).contains(c)));
        }
        (possible as f32 >= POSSIBLE * all as f32).then_some(sheet)
    }

    /// What has to be below where this is seen.
    fn below(&self, seen: Colour) -> Colour {
        let part = |c: usize| (seen[c] - self.opacity * self.colour[c]) / (1.0 - self.opacity);
        [0, 1, 2].map(part)
    }
}

/// The picture without these sheets, each the layer of its number: what they let through is the ground's. `None` where there
/// are none.
pub fn without_sheets(
    picture: &Picture,
    seen: &[u8],
    sheets: &[Option<Sheet>],
) -> Option<(Picture, Vec<u8>)> {
    let mut result = None;
    for (layer, sheet) in sheets.iter().enumerate() {
        let Some(sheet) = sheet else { continue };
        let (picture, ground) = result.get_or_insert_with(|| (picture.clone(), seen.to_vec()));
        let inside = depth(picture.width, picture.height, |i| {
            usize::from(seen[i]) == layer
        });
        for i in (0..seen.len()).filter(|&i| usize::from(inside[i]) >= AWAY) {
            picture.rgb[i] = sheet.below(picture.rgb[i]).map(|c| c.clamp(0.0, 1.0));
            ground[i] = 0;
        }
    }
    result
}

/// Colours just within the border and just outside it, on opposite sides of it, each the mean along a piece of it.
fn across(
    picture: &Picture,
    stack: &Stack,
    layer: u8,
    own: impl Iterator<Item = usize>,
) -> Vec<(Colour, Colour)> {
    let (w, h) = (picture.width as isize, picture.height as isize);
    let at = |x: isize, y: isize| {
        let inside = (0..w).contains(&x) && (0..h).contains(&y);
        inside.then(|| (y * w + x) as usize)
    };
    let is_own = |i: usize| stack.seen[i] == layer;
    let is_free = |i: usize| stack.seen[i] < layer && stack.shade(i) < 0.03;
    let mut pieces = BTreeMap::<_, (Colour, Colour, usize)>::new();
    for i in own {
        let (x, y) = (i as isize % w, i as isize / w);
        for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            let step = |n: isize| at(x + n * dx, y + n * dy);
            let away = AWAY as isize;
            let is_border = step(1).is_some_and(is_free)
                && (1..away).all(|n| step(-n).is_some_and(is_own))
                && (1..=away).all(|n| step(n).is_some_and(is_free));
            if let (true, Some(inner), Some(outer)) = (is_border, step(1 - away), step(away)) {
                let (along, beside) = if dx == 0 { (x, y) } else { (y, x) };
                let piece = (dx, dy, beside, along / ALONG as isize);
                let (within, outside, count) = pieces.entry(piece).or_default();
                for c in 0..3 {
                    within[c] += picture.rgb[inner][c];
                    outside[c] += picture.rgb[outer][c];
                }
                *count += 1;
            }
        }
    }
    let pieces = pieces.into_values().filter(|p| p.2 >= LEAST_ALONG);
    let mean = |sum: Colour, count: usize| sum.map(|c| c / count as f32);
    pieces
        .map(|(within, outside, count)| (mean(within, count), mean(outside, count)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests {
    use engine::Content;
    use image::{Rgba, RgbaImage};

    use super::*;

    const SIDE: usize = 240;
    const PANEL: Bounds = Bounds {
        left: 40,
        top: 90,
        right: 200,
        bottom: 170,
    };
    const COLOUR: Colour = [0.9, 0.85, 0.7];

    fn waves(i: usize) -> Colour {
        let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
        let wave = (x * 0.04 + y * 0.02).sin() * (y * 0.03 - x * 0.01).cos();
        [
            0.5 + 0.4 * wave,
            0.45 - 0.3 * wave,
            0.4 + 0.2 * (x * 0.06).cos(),
        ]
    }

    /// A panel of this opacity on waves, and what is found of it.
    fn panel(opacity: f32) -> (Picture, Stack, Option<Sheet>) {
        let within: Vec<usize> = PANEL.indices(SIDE).collect();
        let mut colours: Vec<Colour> = (0..SIDE * SIDE).map(waves).collect();
        for &i in &within {
            for (seen, own) in colours[i].iter_mut().zip(COLOUR) {
                *seen += opacity * (own - *seen);
            }
        }
        let picture = Picture::new(&RgbaImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
            let [r, g, b] = colours[y as usize * SIDE + x as usize].map(|c| (255.0 * c) as u8);
            Rgba([r, g, b, 255])
        }));
        let mut stack = Stack::empty(&picture);
        stack.contents.push(Content::Shape);
        within.iter().for_each(|&i| stack.seen[i] = 1);
        let bounds = PANEL.grown(8, SIDE, SIDE);
        let sheet = Sheet::find(&picture, &stack, 1, bounds);
        (picture, stack, sheet)
    }

    #[test]
    fn what_a_panel_lets_through_is_the_grounds() {
        let (picture, stack, sheet) = panel(0.8);
        let sheet = sheet.expect("a sheet");
        assert!((sheet.opacity - 0.8).abs() < 0.03, "{}", sheet.opacity);
        let (ground, seen) =
            without_sheets(&picture, &stack.seen, &[None, Some(sheet)]).expect("what it shows");
        let shown: Vec<usize> = PANEL.indices(SIDE).filter(|&i| seen[i] == 0).collect();
        assert!(10 * shown.len() > 8 * PANEL.area());
        let off = |&i: &usize| crate::picture::distance(ground.rgb[i], waves(i));
        let mean = shown.iter().map(off).sum::<f32>() / shown.len() as f32;
        assert!(mean < 0.06, "{mean}");
    }

    #[test]
    fn an_opaque_panel_is_no_sheet() {
        assert!(panel(1.0).2.is_none());
    }
}
