use engine::{CancelToken, EngineError};

use crate::picture::{Picture, distance};
use crate::union_find::Sets;

/// Steps of the edge weight: 1/2048 of OKLab lightness is finer than any 8-bit source.
const LEVELS: f32 = 2048.0;

/// Surfaces of even or slowly changing colour.
pub struct Regions {
    /// Of each pixel: the region's number, 0..count.
    pub of: Vec<u32>,
}

/// Felzenszwalb and Huttenlocher, "Efficient Graph-Based Image Segmentation" (2004), on the 4-neighbour grid, then a
/// merge of neighbours whose whole common border is weak.
pub fn segment(picture: &Picture, cancel: &CancelToken) -> Result<Regions, EngineError> {
    let weights = edge_weights(picture);
    cancel.check()?;
    let mut sets = grow(picture, &weights);
    cancel.check()?;
    for _ in 0..2 {
        join_weak_borders(picture, &weights, &mut sets);
        cancel.check()?;
    }
    Ok(number(picture.len(), &mut sets))
}

/// Two per pixel: to the right, and down. `u16::MAX` where there is no such neighbour.
fn edge_weights(picture: &Picture) -> Vec<u16> {
    let (w, n) = (picture.width, picture.len());
    let weight = |a: usize, b: usize| {
        if picture.visible[a] != picture.visible[b] {
            return u16::MAX - 1;
        }
        (distance(picture.lab[a], picture.lab[b]) * LEVELS).min(f32::from(u16::MAX - 2)) as u16
    };
    let mut weights = vec![u16::MAX; 2 * n];
    for i in 0..n {
        if (i + 1) % w != 0 {
            weights[2 * i] = weight(i, i + 1);
        }
        if i + w < n {
            weights[2 * i + 1] = weight(i, i + w);
        }
    }
    weights
}

fn ends(edge: usize, width: usize) -> (u32, u32) {
    let a = edge / 2;
    let b = if edge.is_multiple_of(2) {
        a + 1
    } else {
        a + width
    };
    (a as u32, b as u32)
}

fn grow(picture: &Picture, weights: &[u16]) -> Sets {
    let scale = LEVELS * (1.0 + 60.0 * picture.noise);
    let mut sets = Sets::new(picture.len());
    let mut size = vec![1u32; picture.len()];
    let mut inner = vec![0u16; picture.len()];
    for edge in sorted(weights) {
        let (a, b) = ends(edge as usize, picture.width);
        let (a, b) = (sets.find(a), sets.find(b));
        if a == b {
            continue;
        }
        let weight = weights[edge as usize];
        let limit = |s: u32| f32::from(inner[s as usize]) + scale / size[s as usize] as f32;
        if f32::from(weight) <= limit(a).min(limit(b)) {
            let joined = sets.join(a, b) as usize;
            size[joined] = size[a as usize] + size[b as usize];
            inner[joined] = weight;
        }
    }
    sets
}

/// The edges by rising weight, by counting.
fn sorted(weights: &[u16]) -> Vec<u32> {
    let mut starts = vec![0u32; usize::from(u16::MAX) + 1];
    for &w in weights.iter().filter(|&&w| w < u16::MAX - 1) {
        starts[usize::from(w) + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut order = vec![0u32; starts[usize::from(u16::MAX)] as usize];
    for (edge, &w) in weights
        .iter()
        .enumerate()
        .filter(|&(_, &w)| w < u16::MAX - 1)
    {
        let at = &mut starts[usize::from(w)];
        order[*at as usize] = edge as u32;
        *at += 1;
    }
    order
}

fn join_weak_borders(picture: &Picture, weights: &[u16], sets: &mut Sets) {
    let mut borders: Vec<(u64, u16)> = Vec::new();
    for (edge, &w) in weights
        .iter()
        .enumerate()
        .filter(|&(_, &w)| w < u16::MAX - 1)
    {
        let (a, b) = ends(edge, picture.width);
        let (a, b) = (sets.find(a), sets.find(b));
        if a != b {
            borders.push(((u64::from(a.min(b)) << 32) | u64::from(a.max(b)), w));
        }
    }
    borders.sort_unstable();
    let mut weak: Vec<(f32, u64)> = borders
        .chunk_by(|x, y| x.0 == y.0)
        .map(|border| {
            let sum: f32 = border.iter().map(|b| f32::from(b.1)).sum();
            (sum / border.len() as f32 / LEVELS, border[0].0)
        })
        .filter(|&(step, _)| step < 0.4 * picture.tolerance())
        .collect();
    weak.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (_, pair) in weak {
        sets.join((pair >> 32) as u32, pair as u32);
    }
}

fn number(n: usize, sets: &mut Sets) -> Regions {
    let mut names = vec![u32::MAX; n];
    let mut count = 0;
    let of = (0..n as u32)
        .map(|i| {
            let name = &mut names[sets.find(i) as usize];
            if *name == u32::MAX {
                *name = count;
                count += 1;
            }
            *name
        })
        .collect();
    Regions { of }
}
