use rayon::prelude::*;

use crate::picture::{Colour, distance};
use crate::surface::{Sample, Surface, thinned};

/// A colour and how much it is likely to be off, as a variance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guess {
    pub colour: Colour,
    pub variance: f32,
}

/// Continues the known colours: along their gradient where they have one, smoothly everywhere. A guess is as uncertain as
/// the colours that it comes from differ.
pub fn complete(width: usize, colours: &[Colour], known: &[bool]) -> Vec<Guess> {
    let places: Vec<usize> = (0..known.len()).filter(|&k| known[k]).collect();
    let samples: Vec<Sample> = thinned(&places)
        .map(|k| Sample::at(k, width, colours[k]))
        .collect();
    let trend = Surface::fit(&samples).filter(|s| s.spread < 0.04);
    let along = |k: usize| match &trend {
        Some(trend) => trend.at((k % width) as f32, (k / width) as f32),
        None => [0.0; 3],
    };
    let cells = (0..colours.len()).map(|k| match known[k] {
        true => {
            let (c, a) = (colours[k], along(k));
            let rest = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
            let square = distance(rest, [0.0; 3]).powi(2);
            [rest[0], rest[1], rest[2], square, 1.0]
        }
        false => [0.0; CELL],
    });
    let filled = pull_push(width, cells.collect());
    let guess = |k: usize| {
        if known[k] {
            return Guess {
                colour: colours[k],
                variance: 0.0,
            };
        }
        let (rest, a) = (&filled[k], along(k));
        let mean = distance([rest[0], rest[1], rest[2]], [0.0; 3]).powi(2);
        Guess {
            colour: [0, 1, 2].map(|c| (a[c] + rest[c]).clamp(0.0, 1.0)),
            variance: (rest[3] - mean).max(0.0) / 3.0,
        }
    };
    (0..colours.len()).map(guess).collect()
}

/// What is averaged, and how much of it is known, 0..1.
const CELL: usize = 5;
const KNOWN: usize = CELL - 1;
type Cell = [f32; CELL];

/// Fills what is not known from what is, smoothly: pull-push (Gortler et al., "The Lumigraph", 1996). Averages of the
/// known values are taken on ever coarser grids and carried back down, with bilinear steps, where nothing is known.
fn pull_push(width: usize, cells: Vec<Cell>) -> Vec<Cell> {
    let height = cells.len() / width.max(1);
    let mut levels = vec![Level {
        width,
        height,
        cells,
    }];
    while let Some(last) = levels.last().filter(|l| l.width.max(l.height) > 1) {
        let next = last.halved();
        levels.push(next);
    }
    while levels.len() > 1 {
        if let (Some(coarse), Some(fine)) = (levels.pop(), levels.last_mut()) {
            fine.complete(&coarse);
        }
    }
    levels.pop().map_or(Vec::new(), |level| level.cells)
}

struct Level {
    width: usize,
    height: usize,
    cells: Vec<Cell>,
}

impl Level {
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut cells = vec![[0.0f32; CELL]; width * height];
        for y in 0..self.height {
            for x in 0..self.width {
                let from = self.cells[y * self.width + x];
                let to = &mut cells[(y / 2) * width + x / 2];
                for c in 0..KNOWN {
                    to[c] += from[c] * from[KNOWN];
                }
                to[KNOWN] += from[KNOWN];
            }
        }
        for cell in cells.iter_mut().filter(|c| c[KNOWN] > 0.0) {
            for c in 0..KNOWN {
                cell[c] /= cell[KNOWN];
            }
            cell[KNOWN] = cell[KNOWN].min(1.0);
        }
        Self {
            width,
            height,
            cells,
        }
    }

    /// Blends in the coarser level where this one knows little.
    fn complete(&mut self, coarse: &Self) {
        let width = self.width;
        self.cells
            .par_chunks_mut(width)
            .enumerate()
            .for_each(|(y, row)| {
                for (x, cell) in row.iter_mut().enumerate().filter(|(_, c)| c[KNOWN] < 1.0) {
                    let under = coarse.between(x as f32 / 2.0 - 0.25, y as f32 / 2.0 - 0.25);
                    for c in 0..KNOWN {
                        cell[c] = cell[c] * cell[KNOWN] + under[c] * (1.0 - cell[KNOWN]);
                    }
                    cell[KNOWN] = 1.0;
                }
            });
    }

    fn between(&self, x: f32, y: f32) -> Cell {
        let split = |p: f32, size: usize| {
            let p = p.clamp(0.0, (size - 1) as f32);
            let low = p as usize;
            (low, (low + 1).min(size - 1), p - low as f32)
        };
        let (x0, x1, fx) = split(x, self.width);
        let (y0, y1, fy) = split(y, self.height);
        let at = |x: usize, y: usize| &self.cells[y * self.width + x];
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        std::array::from_fn(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}
