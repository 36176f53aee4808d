use rayon::prelude::*;

use super::Cell;
use super::pull_push::pull_push;
use super::windows::{REACH, Windows};
use crate::picture::{Colour, distance};
use crate::quantile::quantile;
use crate::window::depth;

/// What is left of a hidden pixel's trust with each pixel further from the border.
const FADING: f32 = 0.8;
/// Patches this near to what they continue fit well; what trust falls by with misfit and with depth in picture sides.
const GOOD: f32 = 0.01;
const DOUBT: f32 = 700.0;
/// With fewer whole patches than this there is nothing to choose from.
const LEAST_SOURCES: usize = 64;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Search {
    Everywhere,
    /// What the neighbours found, and a pixel further.
    Nearby,
}

/// The picture at one size, and for each patch that touches what is hidden the known patch it is most like
/// (Barnes et al., "PatchMatch", 2009). All steps read the state before them only, so that the order in which
/// threads take the pixels does not matter.
pub struct Level {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
    /// The same with how much a pixel's colour says: ever less the deeper it is hidden.
    windows: Windows,
    cells: Vec<Cell>,
    hidden: Vec<u32>,
    /// Centres of patches that are wholly known, and whether a pixel is one.
    sources: Vec<u32>,
    is_source: Vec<bool>,
    targets: Vec<Target>,
    /// Which target a pixel is.
    slots: Vec<u32>,
    /// For each target its source, and the mean squared difference to it.
    matches: Vec<(u32, f32)>,
    /// The differences are those of the pixels as they are now.
    is_rated: bool,
}

/// The centre of a patch that touches hidden pixels.
#[derive(Clone, Copy)]
struct Target {
    at: u32,
    trust: f32,
    /// How much all of its patch says.
    said: f32,
}

impl Level {
    pub fn new(width: usize, height: usize, pixels: &[Colour], cells: &[Cell]) -> Self {
        let is_hidden = |k: usize| cells[k] == Cell::Hidden;
        let touched = near(width, height, is_hidden);
        let unsure = near(width, height, |k| cells[k] != Cell::Known);
        let inside = |k: usize| {
            let (x, y) = (k % width, k / width);
            x >= REACH && y >= REACH && x + REACH < width && y + REACH < height
        };
        let is_source: Vec<bool> = (0..cells.len()).map(|k| !unsure[k] && inside(k)).collect();
        let all = |such: &dyn Fn(usize) -> bool| -> Vec<u32> {
            (0..cells.len())
                .filter(|&k| such(k))
                .map(|k| k as u32)
                .collect()
        };
        let fading: Vec<f32> = (0..=u8::MAX).map(|d| FADING.powi(d.into())).collect();
        let deep = depth(width, height, is_hidden);
        let trust = |k: usize| fading[usize::from(deep[k])];
        let windows = Windows::new(width, pixels, trust);
        let target = |&at: &u32| Target {
            at,
            trust: trust(at as usize),
            said: windows.said(at as usize % width, at as usize / width),
        };
        let targets: Vec<Target> = all(&|k| touched[k]).par_iter().map(target).collect();
        let mut slots = vec![NONE; cells.len()];
        for (slot, target) in targets.iter().enumerate() {
            slots[target.at as usize] = slot as u32;
        }
        Self {
            width,
            height,
            pixels: pixels.to_vec(),
            windows,
            cells: cells.to_vec(),
            hidden: all(&is_hidden),
            sources: all(&|k| is_source[k]),
            is_source,
            matches: vec![(NONE, 0.0); targets.len()],
            targets,
            slots,
            is_rated: false,
        }
    }

    pub fn longer_side(&self) -> usize {
        self.width.max(self.height)
    }

    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    pub fn can_choose(&self) -> bool {
        self.sources.len() >= LEAST_SOURCES
    }

    pub fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let (pixels, cells): (Vec<Colour>, Vec<Cell>) = (0..width * height)
            .into_par_iter()
            .map(|k| {
                let (x, y) = (2 * (k % width), 2 * (k / width));
                let (right, below) = ((x + 1).min(self.width - 1), (y + 1).min(self.height - 1));
                let four = [(x, y), (right, y), (x, below), (right, below)]
                    .map(|(x, y)| y * self.width + x);
                self.mean(four)
            })
            .unzip();
        Self::new(width, height, &pixels, &cells)
    }

    /// Known when half of it is: what is thin closes, and leaves the coarse levels to what is thick.
    fn mean(&self, four: [usize; 4]) -> (Colour, Cell) {
        let is = |cell| move |i: &usize| self.cells[*i] == cell;
        let known = four.iter().filter(|i| is(Cell::Known)(i)).count();
        let cell = match known {
            2.. => Cell::Known,
            _ if four.iter().any(|i| is(Cell::Hidden)(i)) => Cell::Hidden,
            _ => Cell::Other,
        };
        let counts = |i: &&usize| cell != Cell::Known || is(Cell::Known)(i);
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for &i in four.iter().filter(counts) {
            sum = [0, 1, 2].map(|c| sum[c] + self.pixels[i][c]);
            count += 1.0;
        }
        (sum.map(|s| s / count), cell)
    }

    /// Begins with the matches of a level of half the size, else with the likest of some places around.
    pub fn start(&mut self, coarser: Option<&Self>) {
        let matches = self.targets.par_iter().map(|target| {
            let follow = |coarse: &Self| {
                let (x, y) = self.place(target.at);
                let at = (y / 2) as usize * coarse.width + (x / 2) as usize;
                let slot = *coarse.slots.get(at).filter(|&&s| s != NONE)?;
                let (u, v) = coarse.place(coarse.matches[slot as usize].0);
                self.source_at(2 * u + x % 2, 2 * v + y % 2)
            };
            let source = coarser.and_then(follow);
            (source.unwrap_or_else(|| self.around(target)), 0.0)
        });
        self.matches = matches.collect();
        self.is_rated = false;
        if coarser.is_some() {
            self.vote();
        }
    }

    /// Each target tries what its neighbours `step` away found, then places by chance, ever nearer to its best.
    pub fn improve(&mut self, search: Search, step: i32, round: u32) {
        let better = self.targets.par_iter().zip(&self.matches).map(|(t, m)| {
            let rated = self.is_rated.then_some(m.1);
            let cost = rated.unwrap_or_else(|| self.cost(t, m.0, f32::MAX));
            let mut best = (m.0, cost);
            let mut attempt = |source: Option<u32>| {
                if let Some(source) = source.filter(|&s| s != best.0) {
                    let cost = self.cost(t, source, best.1);
                    if cost < best.1 {
                        best = (source, cost);
                    }
                }
                best.0
            };
            let (x, y) = self.place(t.at);
            for (dx, dy) in [(-step, 0), (step, 0), (0, -step), (0, step)] {
                if let Some(slot) = self.slot(x + dx, y + dy) {
                    let (u, v) = self.place(self.matches[slot].0);
                    attempt(self.source_at(u - dx, v - dy));
                }
            }
            let mut radius = match search {
                Search::Everywhere => self.longer_side() as i32,
                Search::Nearby => 1,
            };
            let mut draw = 1 + 64 * (2 * round + u32::from(step == 1));
            let mut at = attempt(None);
            while radius >= 1 {
                let (u, v) = self.place(at);
                let (dx, dy) = offset(mixed(t.at, draw), radius);
                at = attempt(self.source_at(u + dx, v + dy));
                radius /= 2;
                draw += 1;
            }
            best
        });
        self.matches = better.collect();
        self.is_rated = true;
    }

    /// Hidden pixels become what the patches over them say, the better matching ones louder.
    pub fn vote(&mut self) {
        let weights = self.weights();
        let vote = |&k: &u32| self.voted(k, &weights);
        let voted: Vec<Option<Colour>> = self.hidden.par_iter().map(vote).collect();
        for (&k, colour) in self.hidden.iter().zip(voted) {
            if let Some(colour) = colour {
                let k = k as usize;
                self.pixels[k] = colour;
                self.windows.set(k % self.width, k / self.width, colour);
            }
        }
        self.is_rated = false;
    }

    /// Takes away the step between what is known and what the patches say at the border, smoothly over what is hidden.
    pub fn join(&mut self) {
        let weights = self.weights();
        let border = |k: usize| self.cells[k] == Cell::Known && self.slots[k] != NONE;
        let (mut steps, ring): (Vec<Colour>, Vec<bool>) = (0..self.cells.len())
            .into_par_iter()
            .map(|k| {
                let voted = border(k).then(|| self.voted(k as u32, &weights)).flatten();
                let own = self.pixels[k];
                match voted.map(|v| [0, 1, 2].map(|c| own[c] - v[c])) {
                    Some(step) if distance(step, [0.0; 3]) < 0.15 => (step, true),
                    _ => ([0.0; 3], false),
                }
            })
            .unzip();
        pull_push(self.width, &mut steps, &ring);
        for (k, pixel) in self.pixels.iter_mut().enumerate() {
            if self.cells[k] == Cell::Hidden {
                *pixel = [0, 1, 2].map(|c| (pixel[c] + steps[k][c]).clamp(0.0, 1.0));
            }
        }
    }

    /// Where patches fit badly at the border they are the less believed the deeper a pixel is hidden: `colours` keeps more
    /// of the smooth guess that it holds.
    pub fn give(&self, colours: &mut [Colour]) {
        let fading = DOUBT * self.misfit() / self.longer_side() as f32;
        let deep = depth(self.width, self.height, |k| self.cells[k] == Cell::Hidden);
        for (k, colour) in colours.iter_mut().enumerate() {
            if self.cells[k] == Cell::Hidden {
                let trust = (-fading * f32::from(deep[k])).exp();
                let found = self.pixels[k];
                *colour = [0, 1, 2].map(|c| colour[c] + trust * (found[c] - colour[c]));
            }
        }
    }

    /// How far patches usually are from what is known next to the border.
    fn misfit(&self) -> f32 {
        let known = |t: &Target| self.cells[t.at as usize] == Cell::Known;
        let border = self.targets.iter().zip(&self.matches);
        let off = border.filter(|(t, _)| known(t)).map(|(_, m)| m.1.sqrt());
        (quantile(off.collect(), 0.5) - GOOD).max(0.0)
    }

    fn weights(&self) -> Vec<f32> {
        let costs: Vec<f32> = self.matches.iter().map(|m| m.1).collect();
        let usual = quantile(costs, 0.75).max(1e-5);
        self.matches
            .par_iter()
            .zip(&self.targets)
            .map(|(m, t)| (-m.1 / usual).exp().max(1e-6) * t.trust)
            .collect()
    }

    fn voted(&self, pixel: u32, weights: &[f32]) -> Option<Colour> {
        let (x, y) = (pixel as usize % self.width, pixel as usize / self.width);
        let columns = x.saturating_sub(REACH)..(x + REACH + 1).min(self.width);
        let mut sum = [0.0f32; 4];
        for v in y.saturating_sub(REACH)..(y + REACH + 1).min(self.height) {
            for target in columns.clone().map(|u| v * self.width + u) {
                let slot = self.slots[target];
                if slot == NONE {
                    continue;
                }
                let (source, weight) = (self.matches[slot as usize].0, weights[slot as usize]);
                let says = self.pixels[source as usize + pixel as usize - target];
                for c in 0..3 {
                    sum[c] += says[c] * weight;
                }
                sum[3] += weight;
            }
        }
        (sum[3] > 0.0).then(|| [0, 1, 2].map(|c| sum[c] / sum[3]))
    }

    /// Mean squared difference to a source, as far as trusted; gives up above `most`.
    fn cost(&self, target: &Target, source: u32, most: f32) -> f32 {
        let corner = |k: u32| (k as usize % self.width, k as usize / self.width);
        let (own, other) = (corner(target.at), corner(source));
        self.windows.cost(own, other, target.said, most)
    }

    fn place(&self, k: u32) -> (i32, i32) {
        let width = self.width as u32;
        ((k % width) as i32, (k / width) as i32)
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let inside = x >= 0 && y >= 0 && x < self.width as i32 && y < self.height as i32;
        inside.then(|| y as usize * self.width + x as usize)
    }

    fn slot(&self, x: i32, y: i32) -> Option<usize> {
        let slot = self.slots[self.index(x, y)?];
        (slot != NONE).then_some(slot as usize)
    }

    fn source_at(&self, x: i32, y: i32) -> Option<u32> {
        let k = self.index(x, y).filter(|&k| self.is_source[k])?;
        Some(k as u32)
    }

    /// The likest of places drawn around, ever farther.
    fn around(&self, target: &Target) -> u32 {
        let (x, y) = self.place(target.at);
        let mut best = (
            self.sources[(mixed(target.at, 0) % self.sources.len() as u64) as usize],
            f32::MAX,
        );
        for draw in 0..24 {
            let (dx, dy) = offset(mixed(target.at, !draw), 5 << (draw / 4));
            if let Some(source) = self.source_at(x + dx, y + dy) {
                let cost = self.cost(target, source, best.1);
                if cost < best.1 {
                    best = (source, cost);
                }
            }
        }
        best.0
    }
}

/// Whose patch holds such a pixel.
fn near(width: usize, height: usize, such: impl Fn(usize) -> bool + Sync) -> Vec<bool> {
    let mut along = vec![false; width * height];
    let rows = along.par_chunks_mut(width.max(1)).enumerate();
    rows.for_each(|(y, row)| {
        for x in (0..width).filter(|x| such(y * width + x)) {
            row[x.saturating_sub(REACH)..(x + REACH + 1).min(width)].fill(true);
        }
    });
    (0..along.len())
        .into_par_iter()
        .map(|k| {
            let (x, y) = (k % width, k / width);
            (y.saturating_sub(REACH)..(y + REACH + 1).min(height)).any(|y| along[y * width + x])
        })
        .collect()
}

/// Up to `radius` along each axis.
pub fn offset(chance: u64, radius: i32) -> (i32, i32) {
    let span = 2 * radius as u64 + 1;
    let off = |bits: u64| (((bits & 0xffff_ffff) * span) >> 32) as i32 - radius;
    (off(chance), off(chance >> 32))
}

/// A number as if by chance, the same for the same pixel and draw (splitmix64).
pub fn mixed(pixel: u32, draw: u32) -> u64 {
    let mut z = (u64::from(pixel) << 32 | u64::from(draw)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
