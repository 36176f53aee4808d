//! Parts of a window, by index in it: how what stands out from a surface falls apart.

use crate::ground::Ground;
use crate::picture::Picture;
use crate::window::{Bounds, EDGE, Window, depth, grow};

/// What is at most this thick is an edge, mixed from the colours on its two sides.
const SLIVER: u8 = 3 * EDGE;

/// The owner of what is of no part but of the surface itself.
pub const SURFACE: u32 = u32::MAX;

/// The connected parts of a mask (8 neighbours), each sorted, in the order of their first pixel.
pub fn components(bounds: Bounds, member: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let (w, h) = (bounds.width(), bounds.height());
    let mut left: Vec<bool> = (0..bounds.area()).map(member).collect();
    let mut parts = Vec::new();
    for start in 0..left.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let mut part = vec![start];
        let mut next = 0;
        while let Some(&k) = part.get(next) {
            next += 1;
            let (x, y) = (k % w, k / w);
            for v in y.saturating_sub(1)..(y + 2).min(h) {
                for u in x.saturating_sub(1)..(x + 2).min(w) {
                    if std::mem::take(&mut left[v * w + u]) {
                        part.push(v * w + u);
                    }
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// The part each pixel is of, counted from 1; 0 of none.
pub fn owners(window: &Window, parts: &[Vec<usize>]) -> Vec<u32> {
    let mut owner = vec![0; window.inside.len()];
    for (part, name) in parts.iter().zip(1..) {
        part.iter().for_each(|&k| owner[k] = name);
    }
    owner
}

/// A sliver that runs along the border of a much larger part belongs to it.
pub fn join_slivers(window: &Window, parts: &mut Vec<Vec<usize>>) {
    let (w, h) = (window.bounds.width(), window.bounds.height());
    let of = owners(window, parts);
    let depth = depth(w, h, |k| of[k] > 0);
    let is_sliver = |part: &[usize]| part.iter().all(|&k| depth[k] <= SLIVER / 2);
    let mut near = of;
    for part in parts.iter().filter(|p| is_sliver(p)) {
        part.iter().for_each(|&k| near[k] = 0);
    }
    grow(&mut near, w, 2 * usize::from(EDGE), |_| true);
    for small in 0..parts.len() {
        if !is_sliver(&parts[small]) {
            continue;
        }
        let mut beside: Vec<u32> = parts[small].iter().map(|&k| near[k]).collect();
        beside.sort_unstable();
        let most = beside.chunk_by(|a, b| a == b).max_by_key(|same| same.len());
        let Some((&owner, count)) = most.and_then(|same| Some((same.first()?, same.len()))) else {
            continue;
        };
        if owner > 0
            && count * 2 > beside.len()
            && beside.len() * 8 < parts[owner as usize - 1].len()
        {
            let sliver = std::mem::take(&mut parts[small]);
            parts[owner as usize - 1].extend(sliver);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.iter_mut().for_each(|part| part.sort_unstable());
}

/// A sliver along the edge of the figure it is on: the edge itself, mixed with what is beyond.
pub fn is_rim(picture: &Picture, window: &Window, part: &[usize]) -> bool {
    let near = part.iter().filter(|&&k| window.depth[k] <= SLIVER).count();
    near * 10 > part.len() * 7 && window.part(picture, part).1.thickness() <= usize::from(SLIVER)
}

/// Gives what is neither clearly surface nor of a part, between parts and along the figure's edge, to the nearest.
pub fn share_rims(window: &Window, ground: &Ground, parts: &mut [Vec<usize>]) {
    let (w, h) = (window.bounds.width(), window.bounds.height());
    let mut owner = owners(window, parts);
    let surface = depth(w, h, |k| {
        window.inside[k] && owner[k] == 0 && !ground.stands_out(k)
    });
    for (owner, _) in owner.iter_mut().zip(&surface).filter(|(_, d)| **d > EDGE) {
        *owner = SURFACE;
    }
    let before: Vec<bool> = owner.iter().map(|&o| o > 0).collect();
    grow(&mut owner, w, usize::from(SLIVER), |k| {
        window.inside[k] && (ground.stands_out(k) || window.depth[k] <= EDGE)
    });
    for k in (0..owner.len()).filter(|&k| !before[k] && owner[k] != SURFACE) {
        if let Some(part) = (owner[k] as usize)
            .checked_sub(1)
            .and_then(|p| parts.get_mut(p))
        {
            part.push(k);
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
}
