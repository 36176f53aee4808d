use ocr::Quad;

/// A line of text, and what is around it as far as a part of its height.
pub struct Strip {
    middle: [f32; 2],
    /// Along the line and down it: the direction, its length, and how far the strip reaches from the middle.
    sides: [([f32; 2], f32, f32); 2],
}

impl Strip {
    pub fn around(quad: &Quad, reach: f32) -> Self {
        let side = |to: usize| {
            let way = [0, 1].map(|axis| quad[to][axis] - quad[0][axis]);
            (way, way[0].hypot(way[1]).max(1e-3))
        };
        let ((along, length), (down, height)) = (side(1), side(3));
        let reach = reach * height;
        Self {
            middle: [0, 1].map(|axis| quad.iter().map(|p| p[axis]).sum::<f32>() / 4.0),
            sides: [
                (along, length, length / 2.0 + reach),
                (down, height, height / 2.0 + reach),
            ],
        }
    }

    pub fn holds(&self, x: usize, y: usize) -> bool {
        let p = [
            x as f32 + 0.5 - self.middle[0],
            y as f32 + 0.5 - self.middle[1],
        ];
        let mut sides = self.sides.iter();
        sides.all(|(way, length, far)| (p[0] * way[0] + p[1] * way[1]).abs() / length < *far)
    }

    /// The pixels of a picture that it holds.
    pub fn pixels(&self, width: usize, height: usize) -> impl Iterator<Item = usize> {
        let far = self.sides[0].2 + self.sides[1].2;
        let range = |axis: usize, limit: usize| {
            let at = |v: f32| v.clamp(0.0, limit as f32) as usize;
            at(self.middle[axis] - far)..at(self.middle[axis] + far)
        };
        let columns = range(0, width);
        let places = range(1, height).flat_map(move |y| columns.clone().map(move |x| (x, y)));
        places
            .filter(|&(x, y)| self.holds(x, y))
            .map(move |(x, y)| y * width + x)
    }
}
