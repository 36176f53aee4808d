use rayon::prelude::*;

/// Fills what is not known from what is, smoothly: pull-push (Gortler et al., "The Lumigraph", 1996). Averages of the
/// known values are taken on ever coarser grids and carried back down, with bilinear steps, where nothing is known.
/// Where `known` is false the given values are ignored. All zero when nothing is known.
pub fn pull_push<const N: usize>(width: usize, values: &mut [[f32; N]], known: &[bool]) {
    let cell = |(&value, &known): (&[f32; N], &bool)| Cell {
        value: if known { value } else { [0.0; N] },
        known: f32::from(u8::from(known)),
    };
    let mut levels = vec![Level {
        width,
        height: values.len() / width.max(1),
        cells: values.par_iter().zip(known).map(cell).collect(),
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
    let filled = values.par_iter_mut().zip(&levels[0].cells).zip(known);
    let filled = filled.filter(|(_, known)| !**known);
    filled.for_each(|((value, cell), _)| *value = cell.value);
}

/// A mean, and how much of it is known, 0..1.
#[derive(Clone, Copy)]
struct Cell<const N: usize> {
    value: [f32; N],
    known: f32,
}

struct Level<const N: usize> {
    width: usize,
    height: usize,
    cells: Vec<Cell<N>>,
}

impl<const N: usize> Level<N> {
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let nothing = Cell {
            value: [0.0; N],
            known: 0.0,
        };
        let mut cells = vec![nothing; width * height];
        let fine = self.cells.par_chunks(2 * self.width);
        cells
            .par_chunks_mut(width)
            .zip(fine)
            .for_each(|(cells, fine)| {
                for (k, from) in fine.iter().enumerate() {
                    let to = &mut cells[k % self.width / 2];
                    (0..N).for_each(|c| to.value[c] += from.value[c] * from.known);
                    to.known += from.known;
                }
                for cell in cells.iter_mut().filter(|c| c.known > 0.0) {
                    cell.value = cell.value.map(|v| v / cell.known);
                    cell.known = cell.known.min(1.0);
                }
            });
        Self {
            width,
            height,
            cells,
        }
    }

    /// Blends in the coarser level where this one knows little.
    fn complete(&mut self, coarse: &Self) {
        let rows = self.cells.par_chunks_mut(self.width).enumerate();
        rows.for_each(|(y, row)| {
            for (x, cell) in row.iter_mut().enumerate().filter(|(_, c)| c.known < 1.0) {
                let under = coarse.between(x as f32 / 2.0 - 0.25, y as f32 / 2.0 - 0.25);
                for (value, under) in cell.value.iter_mut().zip(under) {
                    *value = *value * cell.known + under * (1.0 - cell.known);
                }
                cell.known = 1.0;
            }
        });
    }

    fn between(&self, x: f32, y: f32) -> [f32; N] {
        let split = |p: f32, size: usize| {
            let p = p.clamp(0.0, (size - 1) as f32);
            let low = p as usize;
            (low, (low + 1).min(size - 1), p - low as f32)
        };
        let (x0, x1, fx) = split(x, self.width);
        let (y0, y1, fy) = split(y, self.height);
        let at = |x: usize, y: usize| &self.cells[y * self.width + x].value;
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        std::array::from_fn(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}
