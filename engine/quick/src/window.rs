use image::{GrayImage, Luma};
use imageproc::distance_transform::{Norm, distance_transform};

/// A rectangle of pixels, right and bottom excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Bounds {
    /// Around pixels given by index in a picture of that width; empty for none.
    pub fn around(pixels: &[u32], width: usize) -> Self {
        let mut b = Self {
            left: usize::MAX,
            top: usize::MAX,
            right: 0,
            bottom: 0,
        };
        for &p in pixels {
            let (x, y) = (p as usize % width, p as usize / width);
            b.left = b.left.min(x);
            b.right = b.right.max(x + 1);
            b.top = b.top.min(y);
            b.bottom = b.bottom.max(y + 1);
        }
        Self {
            left: b.left.min(b.right),
            top: b.top.min(b.bottom),
            ..b
        }
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
    let outside = GrayImage::from_fn(width as u32, height as u32, |x, y| {
        Luma([if inside(y as usize * width + x as usize) {
            0
        } else {
            255
        }])
    });
    distance_transform(&outside, Norm::LInf).into_raw()
}

