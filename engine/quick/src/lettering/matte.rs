use super::zone::Zone;
use crate::picture::{Colour, dot, minus};

/// How much of each pixel is lettering, and the lettering's own colour.
pub struct Matte {
    pub alpha: Vec<f32>,
    pub colour: Vec<Colour>,
}

impl Matte {
    /// Drops what does not hang together with letters: pieces that lie mostly beside the lines or reach out of the zone.
    pub fn keep_letters(&mut self, zone: &Zone) {
        const SEEN: f32 = 0.06;
        let names = pieces(
            zone.width,
            &self.alpha.iter().map(|&a| a > SEEN).collect::<Vec<_>>(),
        );
        let mut within = vec![0.0f32; names.len()];
        let mut beside = vec![0.0f32; names.len()];
        let mut solid = vec![0.0f32; names.len()];
        for (i, &name) in names.iter().enumerate() {
            if let Some(name) = name {
                let to = if zone.away[i] > 0.0 {
                    &mut beside
                } else {
                    &mut within
                };
                to[name] += self.alpha[i];
                solid[name] = solid[name].max(self.alpha[i]);
            }
        }
        for (i, &name) in names.iter().enumerate() {
            let letter = name.is_some_and(|n| within[n] > beside[n] && solid[n] > 0.35);
            if !letter {
                self.alpha[i] = 0.0;
            }
        }
    }
}

/// The connected piece each pixel of a mask belongs to, named by its first pixel.
pub fn pieces(width: usize, mask: &[bool]) -> Vec<Option<usize>> {
    let mut sets = Sets::new(mask.len());
    for i in (0..mask.len()).filter(|&i| mask[i]) {
        let x = i % width;
        let before = [
            (x > 0).then(|| i.wrapping_sub(1)),
            i.checked_sub(width),
            (x > 0).then(|| i.wrapping_sub(width + 1)),
            (x + 1 < width).then(|| i.wrapping_sub(width - 1)),
        ];
        for n in before.into_iter().flatten().filter(|&n| n < i && mask[n]) {
            sets.join(i as u32, n as u32);
        }
    }
    (0..mask.len())
        .map(|i| mask[i].then(|| sets.find(i as u32) as usize))
        .collect()
}

/// The nearest marked pixel's index for every pixel up to about `reach` away, by passing it on from neighbour to
/// neighbour.
pub fn nearest(width: usize, marked: &[bool], reach: usize) -> Vec<Option<usize>> {
    let height = marked.len() / width.max(1);
    let place = |i: usize| ((i % width) as u32, (i / width) as u32);
    let marked = marked.iter().enumerate();
    let mut nearest: Vec<Option<(u32, u32)>> = marked.map(|(i, &m)| m.then(|| place(i))).collect();
    let mut look = |x: usize, y: usize, steps: &[(isize, isize)]| {
        let far = |(u, v): (u32, u32)| {
            let (dx, dy) = (x.abs_diff(u as usize), y.abs_diff(v as usize));
            dx * dx + dy * dy
        };
        let mut best = nearest[y * width + x];
        for &(dx, dy) in steps {
            let (Some(nx), Some(ny)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else {
                continue;
            };
            if nx >= width || ny >= height {
                continue;
            }
            if let Some(from) = nearest[ny * width + nx]
                && far(from) <= reach * reach
                && best.is_none_or(|old| far(from) < far(old))
            {
                best = Some(from);
            }
        }
        nearest[y * width + x] = best;
    };
    for y in 0..height {
        for x in 0..width {
            look(x, y, &[(-1, 0), (-1, -1), (0, -1), (1, -1)]);
        }
        for x in (0..width).rev() {
            look(x, y, &[(1, 0)]);
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            look(x, y, &[(1, 0), (1, 1), (0, 1), (-1, 1)]);
        }
        for x in 0..width {
            look(x, y, &[(-1, 0)]);
        }
    }
    let index = |(x, y): (u32, u32)| y as usize * width + x as usize;
    nearest.into_iter().map(|place| place.map(index)).collect()
}

/// Where a colour lies between ground (0) and ink (1), and how far from the line between them.
pub fn between(seen: Colour, ground: Colour, ink: Colour) -> (f32, f32) {
    let (d, way) = (minus(seen, ground), minus(ink, ground));
    let t = dot(d, way) / dot(way, way).max(1e-4);
    let off = minus(d, way.map(|w| w * t));
    (t.clamp(0.0, 1.0), dot(off, off).sqrt())
}

/// The ink's colour where `alpha` of it over `ground` gives `seen`.
pub fn unmixed(seen: Colour, ground: Colour, alpha: f32) -> Colour {
    let alpha = alpha.max(0.02);
    [0, 1, 2].map(|c| ((seen[c] - ground[c] * (1.0 - alpha)) / alpha).clamp(0.0, 1.0))
}

/// Disjoint sets over 0..n; the smaller index is kept as the name of a set, so results do not depend on chance.
struct Sets(Vec<u32>);

impl Sets {
    pub fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    pub fn find(&mut self, i: u32) -> u32 {
        let mut i = i;
        while self.0[i as usize] != i {
            let up = self.0[self.0[i as usize] as usize];
            self.0[i as usize] = up;
            i = up;
        }
        i
    }

    /// The name of the joined set.
    pub fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.find(a), self.find(b));
        let (low, high) = (a.min(b), a.max(b));
        self.0[high as usize] = low;
        low
    }
}
