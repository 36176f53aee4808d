use crate::picture::Colour;

/// Fills what is not known from what is, smoothly: pull-push (Gortler et al., "The Lumigraph", 1996). Averages of the
/// known values are taken on ever coarser grids and carried back down, with bilinear steps, where nothing is known.
/// Where `known` is false the given values are ignored. All zero when nothing is known.
pub fn pull_push(width: usize, height: usize, values: &mut [Colour], known: &[bool]) {
    let base = Level {
        width,
        height,
        cells: values
            .iter()
            .zip(known)
            .map(|(&v, &k)| if k { [v[0], v[1], v[2], 1.0] } else { [0.0; 4] })
            .collect(),
    };
    let mut levels = vec![base];
    while let Some(last) = levels.last().filter(|l| l.width.max(l.height) > 1) {
        let next = last.halved();
        levels.push(next);
    }
    while levels.len() > 1 {
        if let (Some(coarse), Some(fine)) = (levels.pop(), levels.last_mut()) {
            fine.complete(&coarse);
        }
    }
    for ((value, cell), _) in values
        .iter_mut()
        .zip(&levels[0].cells)
        .zip(known)
        .filter(|(_, k)| !**k)
    {
        *value = [cell[0], cell[1], cell[2]];
    }
}

/// Mean colours and how much is known of each, 0..1. Colours are premultiplied by it while averaging.
struct Level {
    width: usize,
    height: usize,
    cells: Vec<[f32; 4]>,
}

impl Level {
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut cells = vec![[0.0f32; 4]; width * height];
        for y in 0..self.height {
            for x in 0..self.width {
                let from = self.cells[y * self.width + x];
                let to = &mut cells[(y / 2) * width + x / 2];
                for c in 0..3 {
                    to[c] += from[c] * from[3];
                }
                to[3] += from[3];
            }
        }
        for cell in cells.iter_mut().filter(|c| c[3] > 0.0) {
            for c in 0..3 {
                cell[c] /= cell[3];
            }
            cell[3] = cell[3].min(1.0);
        }
        Self {
            width,
            height,
            cells,
        }
    }

    /// Blends in the coarser level where this one knows little.
    fn complete(&mut self, coarse: &Self) {
        for y in 0..self.height {
            for x in 0..self.width {
                let cell = &mut self.cells[y * self.width + x];
                if cell[3] >= 1.0 {
                    continue;
                }
                let under = coarse.between(x as f32 / 2.0 - 0.25, y as f32 / 2.0 - 0.25);
                for c in 0..3 {
                    cell[c] = cell[c] * cell[3] + under[c] * (1.0 - cell[3]);
                }
                cell[3] = 1.0;
            }
        }
    }

    fn between(&self, x: f32, y: f32) -> Colour {
        let split = |p: f32, size: usize| {
            let p = p.clamp(0.0, (size - 1) as f32);
            let low = p as usize;
            (low, (low + 1).min(size - 1), p - low as f32)
        };
        let (x0, x1, fx) = split(x, self.width);
        let (y0, y1, fy) = split(y, self.height);
        let at = |x: usize, y: usize| &self.cells[y * self.width + x];
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        [0, 1, 2].map(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}
