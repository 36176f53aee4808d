use image::{GrayImage, Luma};
use imageproc::distance_transform::{Norm, distance_transform};

use crate::picture::Picture;

/// Pixels this near an edge are mixed with what is beyond it.
pub const EDGE: u8 = 2;

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

/// A figure's pixels laid out in its bounds, with a margin of one pixel where the picture goes on.
pub struct Window {
    pub bounds: Bounds,
    pub inside: Vec<bool>,
    pub depth: Vec<u8>,
}

impl Window {
    pub fn of(picture: &Picture, pixels: &[u32], bounds: Bounds) -> Self {
        let bounds = bounds.grown(1, picture.width, picture.height);
        let mut inside = vec![false; bounds.area()];
        for &p in pixels {
            let (x, y) = (p as usize % picture.width, p as usize / picture.width);
            inside[(y - bounds.top) * bounds.width() + x - bounds.left] = true;
        }
        let depth = depth(bounds.width(), bounds.height(), |k| inside[k]);
        Self {
            bounds,
            inside,
            depth,
        }
    }

    /// Picture index of the window's pixel k.
    pub fn at(&self, k: usize, width: usize) -> usize {
        let w = self.bounds.width();
        (self.bounds.top + k / w) * width + self.bounds.left + k % w
    }

    /// The picture indices of a part of the window, and the window around it.
    pub fn part(&self, picture: &Picture, part: &[usize]) -> (Vec<u32>, Self) {
        let at = |&k: &usize| self.at(k, picture.width) as u32;
        let pixels: Vec<u32> = part.iter().map(at).collect();
        let window = Self::of(picture, &pixels, Bounds::around(&pixels, picture.width));
        (pixels, window)
    }

    /// Twice the greatest distance of a pixel to the edge.
    pub fn thickness(&self) -> usize {
        2 * self.depth.iter().copied().max().map_or(0, usize::from)
    }

    /// The window's index of a picture index within its bounds.
    pub fn place(&self, i: usize, width: usize) -> usize {
        (i / width - self.bounds.top) * self.bounds.width() + i % width - self.bounds.left
    }

    /// The four neighbours within the window.
    pub fn around(&self, k: usize) -> impl Iterator<Item = usize> {
        neighbours(k, self.bounds.width(), self.inside.len())
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

/// Lets labels (0 is none) grow into what is free, a step at a time, in rows of `width`.
pub fn grow(labels: &mut [u32], width: usize, steps: usize, free: impl Fn(usize) -> bool) {
    let mut front: Vec<usize> = (0..labels.len()).filter(|&k| labels[k] > 0).collect();
    for _ in 0..steps {
        let mut next = Vec::new();
        for k in front {
            for n in neighbours(k, width, labels.len()) {
                if labels[n] == 0 && free(n) {
                    labels[n] = labels[k];
                    next.push(n);
                }
            }
        }
        front = next;
    }
}
