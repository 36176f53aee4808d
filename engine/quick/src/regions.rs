use crate::picture::{Picture, distance};
use crate::window::{Bounds, neighbours};

/// Neighbours that differ by less belong to one surface: nearly nothing, more in grain.
const STEP: f32 = 0.014;
/// Smaller regions are edges.
const LEAST: usize = 24;

/// Calls `f` with the pixels of each connected region of even or slowly changing colour among those that are `open`.
pub fn each_surface(picture: &Picture, open: impl Fn(usize) -> bool, mut f: impl FnMut(&[usize])) {
    let step = (STEP + 2.0 * picture.noise).min(0.05);
    let is_even = |a: usize, b: usize| distance(picture.rgb[a], picture.rgb[b]) < step;
    each_piece(picture, open, is_even, |piece| {
        if piece.len() >= LEAST {
            f(piece);
        }
    });
}

/// Calls `f` with the pixels of each connected piece of those that are `open`, each of which goes on into the neighbours that
/// it `joins`.
pub fn each_piece(
    picture: &Picture,
    open: impl Fn(usize) -> bool,
    joins: impl Fn(usize, usize) -> bool,
    mut f: impl FnMut(&[usize]),
) {
    let mut done: Vec<bool> = (0..picture.len()).map(|i| !open(i)).collect();
    let mut region = Vec::new();
    for start in 0..picture.len() {
        if done[start] {
            continue;
        }
        done[start] = true;
        region.clear();
        region.push(start);
        let mut next = 0;
        while let Some(&i) = region.get(next) {
            next += 1;
            for n in neighbours(i, picture.width, picture.len()) {
                if !done[n] && joins(i, n) {
                    done[n] = true;
                    region.push(n);
                }
            }
        }
        f(&region);
    }
}

/// Of one colour but for grain, and an area rather than an outline: it fills half of its bounds.
pub fn is_flat(picture: &Picture, region: &[usize]) -> bool {
    let mut bounds = Bounds::NONE;
    for &i in region {
        bounds.include(i % picture.width, i / picture.width);
    }
    let n = region.len() as f32;
    let mean = [0, 1, 2].map(|c| region.iter().map(|&i| picture.rgb[i][c]).sum::<f32>() / n);
    let off: f32 = region.iter().map(|&i| distance(picture.rgb[i], mean)).sum();
    2 * region.len() > bounds.area() && off / n < STEP + picture.noise
}
