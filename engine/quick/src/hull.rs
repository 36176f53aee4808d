use imageproc::geometry::convex_hull;
use imageproc::point::Point;

use crate::window::Bounds;

/// The convex outline of a figure: for each row the first and last column within it.
pub struct Hull {
    top: usize,
    rows: Vec<(f32, f32)>,
    /// How much of the outline the figure fills, 0..1.
    pub filled: f32,
}

impl Hull {
    /// Of pixels given by index in a picture of that width, in order. `None` without pixels.
    pub fn around(pixels: &[u32], width: usize) -> Option<Self> {
        if pixels.is_empty() {
            return None;
        }
        let mut ends = Vec::new();
        for row in pixels.chunk_by(|a, b| *a as usize / width == *b as usize / width) {
            let ends_of_row = row.first().into_iter().chain(row.last());
            ends.extend(
                ends_of_row
                    .map(|&p| Point::new((p as usize % width) as i32, (p as usize / width) as i32)),
            );
        }
        let bounds = Bounds::around(pixels, width);
        let mut hull = Self {
            top: bounds.top,
            rows: vec![(f32::MAX, f32::MIN); bounds.height()],
            filled: 0.0,
        };
        ends.iter()
            .for_each(|&end| hull.include(end.x as f32, end.y));
        if ends.len() > 2 {
            let corners = convex_hull(ends);
            for (k, &a) in corners.iter().enumerate() {
                hull.edge(a, corners[(k + 1) % corners.len()]);
            }
        }
        let area: f32 = hull.rows.iter().map(|r| (r.1 - r.0 + 1.0).max(0.0)).sum();
        hull.filled = pixels.len() as f32 / area.max(1.0);
        Some(hull)
    }

    fn edge(&mut self, a: Point<i32>, b: Point<i32>) {
        let (top, low) = if a.y <= b.y { (a, b) } else { (b, a) };
        let fall = (low.y - top.y).max(1) as f32;
        for y in top.y..=low.y {
            self.include(
                top.x as f32 + (low.x - top.x) as f32 * (y - top.y) as f32 / fall,
                y,
            );
        }
    }

    fn include(&mut self, x: f32, y: i32) {
        if let Some(row) = self.rows.get_mut((y as usize).wrapping_sub(self.top)) {
            *row = (row.0.min(x), row.1.max(x));
        }
    }

    pub fn contains(&self, x: usize, y: usize) -> bool {
        let row = self.rows.get(y.wrapping_sub(self.top));
        row.is_some_and(|&(first, last)| first <= x as f32 && x as f32 <= last)
    }
}
