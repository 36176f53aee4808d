use imageproc::geometry::convex_hull;
use imageproc::point::Point;

/// The convex outline of where a layer is seen: for each row the first and last column within it.
pub struct Hull {
    rows: Vec<(f32, f32)>,
}

impl Hull {
    pub fn around(seen: &[u8], width: usize, layer: u8) -> Self {
        let mut ends = Vec::new();
        for (y, row) in seen.chunks_exact(width).enumerate() {
            let first = row.iter().position(|&s| s == layer);
            let last = row.iter().rposition(|&s| s == layer);
            ends.extend(
                first
                    .into_iter()
                    .chain(last)
                    .map(|x| Point::new(x as i32, y as i32)),
            );
        }
        let mut rows = vec![(f32::MAX, f32::MIN); seen.len() / width];
        let corners = if ends.len() > 2 {
            convex_hull(ends)
        } else {
            ends
        };
        for (k, a) in corners.iter().enumerate() {
            let b = corners[(k + 1) % corners.len()];
            let (top, low) = if a.y <= b.y { (*a, b) } else { (b, *a) };
            let fall = (low.y - top.y).max(1) as f32;
            for y in top.y..=low.y {
                let x = top.x as f32 + (low.x - top.x) as f32 * (y - top.y) as f32 / fall;
                let row = &mut rows[y as usize];
                *row = (row.0.min(x), row.1.max(x));
            }
            for end in [*a, b] {
                let row = &mut rows[end.y as usize];
                *row = (row.0.min(end.x as f32), row.1.max(end.x as f32));
            }
        }
        Self { rows }
    }

    pub fn contains(&self, x: usize, y: usize) -> bool {
        let (first, last) = self.rows[y];
        first <= x as f32 && x as f32 <= last
    }
}
