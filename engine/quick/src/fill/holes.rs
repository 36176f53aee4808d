use std::collections::VecDeque;

use super::Cell;

/// How far around a hole its surroundings are looked at.
const RING: u8 = 8;

/// One connected hidden part of the picture, and the known pixels next to it.
pub struct Hole {
    pub hidden: Vec<u32>,
    pub ring: Vec<u32>,
}

/// All holes; a known pixel is in the ring of the nearest one only.
pub fn holes(width: usize, height: usize, cells: &[Cell]) -> Vec<Hole> {
    const NONE: u32 = u32::MAX;
    let mut of = vec![NONE; cells.len()];
    let mut found: Vec<Hole> = Vec::new();
    let mut border = VecDeque::new();
    for first in 0..cells.len() as u32 {
        if cells[first as usize] != Cell::Hidden || of[first as usize] != NONE {
            continue;
        }
        let label = found.len() as u32;
        of[first as usize] = label;
        let mut hidden = vec![first];
        let mut next = 0;
        while let Some(&k) = hidden.get(next) {
            next += 1;
            for n in around(k, width, height) {
                if of[n as usize] != NONE || cells[n as usize] == Cell::Other {
                    continue;
                }
                of[n as usize] = label;
                if cells[n as usize] == Cell::Known {
                    border.push_back((n, 1));
                } else {
                    hidden.push(n);
                }
            }
        }
        found.push(Hole {
            hidden,
            ring: Vec::new(),
        });
    }
    while let Some((k, far)) = border.pop_front() {
        let label = of[k as usize];
        found[label as usize].ring.push(k);
        for n in around(k, width, height).filter(|_| far < RING) {
            if of[n as usize] == NONE && cells[n as usize] == Cell::Known {
                of[n as usize] = label;
                border.push_back((n, far + 1));
            }
        }
    }
    found
}

fn around(k: u32, width: usize, height: usize) -> impl Iterator<Item = u32> {
    let (x, y) = (k as usize % width, k as usize / width);
    let left = (x > 0).then(|| k - 1);
    let right = (x + 1 < width).then(|| k + 1);
    let above = (y > 0).then(|| k - width as u32);
    let below = (y + 1 < height).then(|| k + width as u32);
    [left, right, above, below].into_iter().flatten()
}
