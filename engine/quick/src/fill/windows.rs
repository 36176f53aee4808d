use crate::picture::Colour;

/// Half the side of a patch.
pub const REACH: usize = 3;
const SIDE: usize = 2 * REACH + 1;
/// As many numbers are worked on at once; the last is none of the patch's.
const LANES: usize = SIDE + 1;

/// A picture laid out for comparing patches: a plane for each channel and one for how much a pixel's colour says, with a border
/// of which nothing is said, so that the patch around each pixel is whole.
pub struct Windows {
    stride: usize,
    colours: [Vec<f32>; 3],
    trust: Vec<f32>,
}

impl Windows {
    pub fn new(width: usize, pixels: &[Colour], trust: impl Fn(usize) -> f32) -> Self {
        let stride = width + 2 * REACH;
        let rows = pixels.len() / width.max(1) + 2 * REACH;
        let plane = || vec![0.0; rows * stride + LANES];
        let mut windows = Self {
            stride,
            colours: [plane(), plane(), plane()],
            trust: plane(),
        };
        for (y, row) in pixels.chunks(width.max(1)).enumerate() {
            for (x, &colour) in row.iter().enumerate() {
                windows.set(x, y, colour);
                let middle = windows.middle(x, y);
                windows.trust[middle] = trust(y * width + x);
            }
        }
        windows
    }

    pub fn set(&mut self, x: usize, y: usize, colour: Colour) {
        let middle = self.middle(x, y);
        for (plane, value) in self.colours.iter_mut().zip(colour) {
            plane[middle] = value;
        }
    }

    /// How much all of a pixel's patch says.
    pub fn said(&self, x: usize, y: usize) -> f32 {
        let rows = (0..SIDE).map(|row| {
            let first = (y + row) * self.stride + x;
            self.trust[first..first + SIDE].iter().sum::<f32>()
        });
        rows.sum()
    }

    /// Mean squared difference of the patches around two places, as far as the first is trusted, of which `said` is the sum;
    /// gives up above `most`.
    pub fn cost(
        &self,
        (x, y): (usize, usize),
        (u, v): (usize, usize),
        said: f32,
        most: f32,
    ) -> f32 {
        let limit = most * said;
        let mut sum = 0.0;
        for row in 0..SIDE {
            let own = (y + row) * self.stride + x;
            let other = (v + row) * self.stride + u;
            let trust = lanes(&self.trust, own);
            let pairs = self.colours.each_ref();
            let [r, g, b] = pairs.map(|plane| (lanes(plane, own), lanes(plane, other)));
            let term = |i: usize| {
                let off = [r, g, b].map(|(p, q)| (p[i] - q[i]) * (p[i] - q[i]));
                trust[i] * (off[0] + off[1] + off[2])
            };
            let terms: [f32; LANES] = std::array::from_fn(term);
            terms[..SIDE].iter().for_each(|term| sum += term);
            if sum >= limit {
                return f32::MAX;
            }
        }
        sum / said
    }

    fn middle(&self, x: usize, y: usize) -> usize {
        (y + REACH) * self.stride + x + REACH
    }
}

fn lanes(plane: &[f32], first: usize) -> &[f32; LANES] {
    &plane[first..first + LANES].as_chunks().0[0]
}
