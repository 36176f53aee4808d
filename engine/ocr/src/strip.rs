use imageproc::geometry::convex_hull;
use imageproc::point::Point;

use crate::Quad;

pub type Vector = [f32; 2];

/// The place of a line of text: a rectangle in any direction whose middle may be bent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strip {
    pub centre: Vector,
    /// Unit vector in the reading's direction.
    pub along: Vector,
    pub length: f32,
    pub height: f32,
    /// How far below the centre line the letters' middle is at `t` (-1 at the start, 1 at the end): a + b t + c t².
    pub bend: [f32; 3],
}

impl Strip {
    /// The rectangle of least area around points, its direction the longer side's; none around less than a pixel.
    pub fn around(points: &[Point<i32>]) -> Option<Self> {
        let hull = convex_hull(points);
        let sides = hull.iter().zip(hull.iter().cycle().skip(1));
        let directions = sides
            .map(|(a, b)| [(b.x - a.x) as f32, (b.y - a.y) as f32])
            .filter(|d| *d != [0.0; 2])
            .map(|d| scaled(d, 1.0 / d[0].hypot(d[1])))
            .chain([[1.0, 0.0]]);
        directions
            .map(|along| Self::spanning(along, hull.iter().map(|p| [p.x as f32, p.y as f32])))
            .min_by(|a, b| (a.length * a.height).total_cmp(&(b.length * b.height)))
            .map(Self::lengthwise)
    }

    /// The rectangle in a direction that holds all points.
    pub fn spanning(along: Vector, points: impl Iterator<Item = Vector>) -> Self {
        let down = [-along[1], along[0]];
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for p in points {
            for (i, axis) in [along, down].into_iter().enumerate() {
                low[i] = low[i].min(dot(p, axis));
                high[i] = high[i].max(dot(p, axis));
            }
        }
        let middle = [0, 1].map(|i| (low[i] + high[i]) / 2.0);
        Self {
            centre: plus(scaled(along, middle[0]), scaled(down, middle[1])),
            along,
            length: high[0] - low[0],
            height: high[1] - low[1],
            bend: [0.0; 3],
        }
    }

    pub fn down(&self) -> Vector {
        [-self.along[1], self.along[0]]
    }

    /// Along the longer side, to the right; almost square ones as level as they can be.
    fn lengthwise(self) -> Self {
        let turned = self.length < self.height * 1.2
            && (self.height > self.length * 1.2 || self.along[1].abs() > self.along[0].abs());
        let strip = if turned { self.quarter() } else { self };
        let backwards = strip.along[0] < -1e-3 || (strip.along[0] < 1e-3 && strip.along[1] < 0.0);
        if backwards { strip.reversed() } else { strip }
    }

    /// The same rectangle along its other side.
    fn quarter(self) -> Self {
        Self {
            along: self.down(),
            length: self.height,
            height: self.length,
            ..self
        }
    }

    /// Read from the other end.
    pub fn reversed(self) -> Self {
        let [a, b, c] = self.bend;
        Self {
            along: scaled(self.along, -1.0),
            bend: [-a, b, -c],
            ..self
        }
    }

    /// Letters stand one under the other in a strip along the picture's height: the same place read level.
    pub fn upright(self) -> Self {
        let strip = Self {
            bend: [0.0; 3],
            ..self.quarter()
        };
        if strip.along[0] < 0.0 {
            strip.reversed()
        } else {
            strip
        }
    }

    pub fn is_steep(&self) -> bool {
        self.along[1].abs() > self.along[0].abs() && self.length > 1.5 * self.height
    }

    pub fn grown(self, by: f32) -> Self {
        Self {
            length: self.length + 2.0 * by,
            height: self.height + 2.0 * by,
            ..self
        }
    }

    /// In another scale.
    pub fn resized(self, factor: f32, offset: Vector) -> Self {
        Self {
            centre: plus(scaled(self.centre, factor), offset),
            length: self.length * factor,
            height: self.height * factor,
            bend: self.bend.map(|b| b * factor),
            ..self
        }
    }

    /// The picture's point at `u` along and `v` down the line, -0.5 to 0.5 each, following the bend.
    pub fn point(&self, u: f32, v: f32) -> Vector {
        let (t, [a, b, c]) = (2.0 * u, self.bend);
        let slope = (b + 2.0 * c * t) / (self.length / 2.0).max(1.0);
        let norm = slope.hypot(1.0);
        let x = u * self.length - v * self.height * slope / norm;
        let y = a + b * t + c * t * t + v * self.height / norm;
        plus(
            self.centre,
            plus(scaled(self.along, x), scaled(self.down(), y)),
        )
    }

    /// A point's place from the centre: along and down, in pixels.
    pub fn local(&self, p: Vector) -> Vector {
        let d = [p[0] - self.centre[0], p[1] - self.centre[1]];
        [dot(d, self.along), dot(d, self.down())]
    }

    /// Within the rectangle.
    pub fn holds(&self, p: Vector) -> bool {
        let [x, y] = self.local(p);
        x.abs() * 2.0 < self.length && y.abs() * 2.0 < self.height
    }

    /// The rectangle around all of it, the bend included.
    pub fn quad(&self) -> Quad {
        let [a, b, c] = self.bend;
        let ends = [a - b + c, a + b + c, a];
        let above = ends.into_iter().fold(0.0, f32::min) - self.height / 2.0;
        let below = ends.into_iter().fold(0.0, f32::max) + self.height / 2.0;
        let half = self.length / 2.0;
        [[-half, above], [half, above], [half, below], [-half, below]].map(|[x, y]| {
            plus(
                self.centre,
                plus(scaled(self.along, x), scaled(self.down(), y)),
            )
        })
    }

    /// Degrees clockwise.
    pub fn angle(&self) -> f32 {
        self.along[1].atan2(self.along[0]).to_degrees()
    }
}

pub fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

pub fn plus(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1]]
}

pub fn scaled(a: Vector, by: f32) -> Vector {
    [a[0] * by, a[1] * by]
}
