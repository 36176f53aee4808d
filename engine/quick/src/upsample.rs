use crate::network::Maps;
use crate::picture::Picture;

/// Two neighbours on an axis of a map and how far between them something lies.
#[derive(Clone, Copy)]
pub struct Between {
    low: usize,
    high: usize,
    fraction: f32,
}

impl Between {
    fn at(place: f32, length: usize) -> Self {
        let place = place.clamp(0.0, (length - 1) as f32);
        let low = place as usize;
        Self {
            low,
            high: (low + 1).min(length - 1),
            fraction: place - low as f32,
        }
    }

    /// On the map of half the size, whose cell c lies at pixel 2 c.
    fn halved(self, length: usize) -> Self {
        Self::at((self.low as f32 + self.fraction) / 2.0, length)
    }

    /// Calls `f` for the four cells around, with their weights.
    fn corners(self, row: Self, width: usize, mut f: impl FnMut(usize, f32)) {
        for (y, v) in [(row.low, 1.0 - row.fraction), (row.high, row.fraction)] {
            f(y * width + self.low, v * (1.0 - self.fraction));
            f(y * width + self.high, v * self.fraction);
        }
    }

    fn nearest(self, row: Self, width: usize) -> usize {
        let near = |b: Self| if b.fraction < 0.5 { b.low } else { b.high };
        near(row) * width + near(self)
    }

    pub fn mix<const N: usize>(
        self,
        row: Self,
        width: usize,
        value: impl Fn(usize) -> [f32; N],
    ) -> [f32; N] {
        let mut sum = [0.0; N];
        self.corners(row, width, |i, weight| {
            sum.iter_mut()
                .zip(value(i))
                .for_each(|(s, v)| *s += weight * v);
        });
        sum
    }
}

/// Where each pixel of an axis lies on the network's.
pub fn positions(picture: usize, network: usize) -> Vec<Between> {
    let scale = network as f32 / picture as f32;
    (0..picture)
        .map(|x| Between::at((x as f32 + 0.5) * scale - 0.5, network))
        .collect()
}

/// Spreads the maps of half the network's size over the picture.
pub struct Upsampler {
    columns: Vec<Between>,
    rows: Vec<Between>,
    width: usize,
    height: usize,
}

impl Upsampler {
    pub fn new(picture: &Picture, maps: &Maps) -> Self {
        let half = &maps.ground;
        let axis = |side: usize, network: usize, half: usize| {
            let places = positions(side, network).into_iter();
            places.map(|p| p.halved(half)).collect()
        };
        Self {
            columns: axis(picture.width, maps.width, half.width),
            rows: axis(picture.height, maps.height, half.height),
            width: half.width,
            height: half.height,
        }
    }

    pub fn at(&self, map: &[f32], x: usize, y: usize) -> f32 {
        let [value] = self.columns[x].mix(self.rows[y], self.width, |c| [map[c]]);
        value
    }

    /// Calls `f` for the cells around a pixel, with their weights.
    pub fn corners(&self, x: usize, y: usize, f: impl FnMut(usize, f32)) {
        self.columns[x].corners(self.rows[y], self.width, f);
    }

    pub fn nearest(&self, x: usize, y: usize) -> usize {
        self.columns[x].nearest(self.rows[y], self.width)
    }

    /// The cells near whose middle it holds for a pixel.
    pub fn cells(&self, holds: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut cells = vec![false; self.width * self.height];
        for (y, row) in self.rows.iter().enumerate() {
            for (x, column) in self.columns.iter().enumerate() {
                let cell = column.nearest(*row, self.width);
                cells[cell] |= holds(y * self.columns.len() + x);
            }
        }
        cells
    }
}
