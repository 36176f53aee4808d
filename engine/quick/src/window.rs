/// A rectangle of pixels, right and bottom excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Bounds {
    pub const NONE: Self = Self {
        left: 0,
        top: 0,
        right: 0,
        bottom: 0,
    };

    pub fn whole(width: usize, height: usize) -> Self {
        Self {
            right: width,
            bottom: height,
            ..Self::NONE
        }
    }

    pub fn include(&mut self, x: usize, y: usize) {
        *self = if self.area() == 0 {
            Self {
                left: x,
                top: y,
                right: x + 1,
                bottom: y + 1,
            }
        } else {
            Self {
                left: self.left.min(x),
                top: self.top.min(y),
                right: self.right.max(x + 1),
                bottom: self.bottom.max(y + 1),
            }
        };
    }

    pub fn grown(self, by: usize, width: usize, height: usize) -> Self {
        Self {
            left: self.left.saturating_sub(by),
            top: self.top.saturating_sub(by),
            right: (self.right + by).min(width),
            bottom: (self.bottom + by).min(height),
        }
    }

    /// Empty where the two do not meet.
    pub fn shared(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            right: self.right.min(other.right).max(left),
            bottom: self.bottom.min(other.bottom).max(top),
        }
    }

    pub fn joined(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub fn width(self) -> usize {
        self.right - self.left
    }

    pub fn height(self) -> usize {
        self.bottom - self.top
    }

    pub fn area(self) -> usize {
        self.width() * self.height()
    }

    /// Empty space between the two, across and down; 0 where they overlap.
    pub fn gap(self, other: Self) -> (usize, usize) {
        (
            self.left
                .max(other.left)
                .saturating_sub(self.right.min(other.right)),
            self.top
                .max(other.top)
                .saturating_sub(self.bottom.min(other.bottom)),
        )
    }

    /// Picture indices of the window's pixels, row by row.
    pub fn indices(self, width: usize) -> impl Iterator<Item = usize> {
        (self.top..self.bottom).flat_map(move |y| y * width + self.left..y * width + self.right)
    }
}

/// The pixels left, right, above and below of one among `count` in rows of `width`.
pub fn neighbours(k: usize, width: usize, count: usize) -> impl Iterator<Item = usize> {
    let x = k % width;
    [
        (x > 0).then(|| k.wrapping_sub(1)),
        (x + 1 < width).then_some(k + 1),
        (k >= width).then(|| k.wrapping_sub(width)),
        (k + width < count).then_some(k + width),
    ]
    .into_iter()
    .flatten()
}

/// How far each pixel of a mask is from the nearest pixel outside it, in king's moves, at most 255; 0 outside. What lies
/// beyond the mask's own edge does not count as outside.
pub fn depth(width: usize, height: usize, inside: impl Fn(usize) -> bool) -> Vec<u8> {
    let furthest = |k| if inside(k) { u8::MAX } else { 0 };
    let mut depth: Vec<u8> = (0..width * height).map(furthest).collect();
    let mut above: &[u8] = &[];
    for row in depth.chunks_mut(width.max(1)) {
        come_nearer(row, above);
        along(row.iter_mut());
        above = row;
    }
    let mut below: &[u8] = &[];
    for row in depth.chunks_mut(width.max(1)).rev() {
        come_nearer(row, below);
        along(row.iter_mut().rev());
        below = row;
    }
    depth
}

/// One more than what is nearest of the three in the row beside.
fn come_nearer(row: &mut [u8], beside: &[u8]) {
    let step = |(depth, near): (&mut u8, &u8)| *depth = (*depth).min(near.saturating_add(1));
    row.iter_mut().zip(beside).for_each(step);
    row.iter_mut().skip(1).zip(beside).for_each(step);
    row.iter_mut().zip(beside.iter().skip(1)).for_each(step);
}

/// One more than what comes before in the row.
fn along<'a>(row: impl Iterator<Item = &'a mut u8>) {
    let mut before = u8::MAX;
    for depth in row {
        *depth = (*depth).min(before.saturating_add(1));
        before = *depth;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_depth_is_the_distance_to_the_nearest_pixel_outside(
            width in 1..14usize,
            mask in prop::collection::vec(prop::bool::weighted(0.9), 0..160),
        ) {
            let height = mask.len() / width;
            let place = |k: usize| (k % width, k / width);
            let found = depth(width, height, |k| mask[k]);
            for (k, &found) in found.iter().enumerate() {
                let far = |n: usize| {
                    let ((x, y), (u, v)) = (place(k), place(n));
                    x.abs_diff(u).max(y.abs_diff(v))
                };
                let outside = (0..width * height).filter(|&n| !mask[n]);
                let nearest = outside.map(far).min().unwrap_or(255);
                prop_assert_eq!(usize::from(found), nearest);
            }
        }
    }
}
