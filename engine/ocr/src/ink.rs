use crate::crop::{Crop, HEIGHT};

/// What a line's letters look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// sRGB, 0..255.
    pub colour: [f32; 3],
    /// From the top to the foot of the letters, in pixels of the picture.
    pub height: f32,
}

/// Two colours part the crop: that of its upper and lower border is behind the letters.
pub fn of(crop: &Crop, strip_height: f32) -> Ink {
    const BORDER: usize = 4;
    let row = |y: usize| &crop.pixels[y * crop.width..(y + 1) * crop.width];
    let border = (0..BORDER).chain(HEIGHT - BORDER..HEIGHT).flat_map(row);
    let mut ground = middle(border.copied().collect());
    let inside = &crop.pixels[8 * crop.width..(HEIGHT - 8) * crop.width];
    let mut far: Vec<[f32; 3]> = inside.to_vec();
    far.sort_by(|a, b| distance(*b, ground).total_cmp(&distance(*a, ground)));
    far.truncate((far.len() / 12).max(1));
    let mut ink = middle(far);
    for _ in 0..6 {
        let (on_it, behind): (Vec<[f32; 3]>, Vec<[f32; 3]>) = inside
            .iter()
            .copied()
            .partition(|&p| distance(p, ink) < distance(p, ground));
        if on_it.is_empty() || behind.is_empty() {
            break;
        }
        (ink, ground) = (middle(on_it), middle(behind));
    }
    let is_ink = |p: &&[f32; 3]| distance(**p, ink) < 0.7 * distance(**p, ground);
    let rows: Vec<usize> = (0..HEIGHT)
        .map(|y| row(y).iter().filter(is_ink).count())
        .collect();
    let least = rows[8..HEIGHT - 8].iter().max().copied().unwrap_or(0) / 6;
    let first = (1..HEIGHT / 2)
        .find(|&y| rows[y] > least)
        .unwrap_or(HEIGHT / 2);
    let last = (HEIGHT / 2..HEIGHT - 1)
        .rfind(|&y| rows[y] > least)
        .unwrap_or(HEIGHT / 2);
    // Thin strokes are mixed with what is behind them: the furthest from it are the purest.
    let mut pure: Vec<[f32; 3]> = inside.iter().filter(is_ink).copied().collect();
    pure.sort_by(|a, b| distance(*b, ground).total_cmp(&distance(*a, ground)));
    pure.truncate((pure.len() / 3).max(1));
    Ink {
        colour: if pure.is_empty() { ink } else { middle(pure) },
        height: (last + 1 - first) as f32 / HEIGHT as f32 * strip_height,
    }
}

pub fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f32>().sqrt()
}

fn middle(colours: Vec<[f32; 3]>) -> [f32; 3] {
    [0, 1, 2].map(|c| {
        let mut values: Vec<f32> = colours.iter().map(|p| p[c]).collect();
        if values.is_empty() {
            return 0.0;
        }
        let half = values.len() / 2;
        *values.select_nth_unstable_by(half, f32::total_cmp).1
    })
}
