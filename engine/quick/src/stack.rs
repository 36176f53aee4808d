use std::collections::VecDeque;

use crate::group::Group;
use crate::hull::Hull;
use crate::peel::Figure;

/// No layer: nothing is seen there.
pub const NOWHERE: u8 = u8::MAX;

/// Which layer is seen at each pixel: 0 the ground, 1 the lowest group, and so on.
pub fn seen(visible: &[bool], figures: &[Figure], groups: &[Group]) -> Vec<u8> {
    let mut layer_of = vec![None; figures.len()];
    for (g, group) in groups.iter().enumerate() {
        group
            .figures
            .iter()
            .for_each(|&f| layer_of[f] = Some(g as u8 + 1));
    }
    let mut seen: Vec<u8> = visible
        .iter()
        .map(|&v| if v { 0 } else { NOWHERE })
        .collect();
    // Parents come before children, which stand on them.
    for (figure, layer) in figures.iter().zip(&layer_of) {
        if let Some(layer) = layer {
            figure
                .pixels
                .iter()
                .for_each(|&p| seen[p as usize] = *layer);
        }
    }
    seen
}

/// For each layer, where it is present: where it is seen, and where those above hide it. What a layer hides goes to the
/// nearest one below that it touches, within that one's convex outline, and else to the ground.
pub fn presence(width: usize, layers: usize, seen: &[u8]) -> Vec<Vec<bool>> {
    let mut owner = seen.to_vec();
    // A picture that is transparent around its objects has no ground at all.
    let under = if seen.contains(&NOWHERE) && !seen.contains(&0) {
        NOWHERE
    } else {
        0
    };
    let hulls: Vec<Hull> = (0..layers)
        .map(|layer| Hull::around(seen, width, layer as u8))
        .collect();
    let mut present = vec![Vec::new(); layers];
    for layer in (1..layers).rev() {
        present[layer] = owner.iter().map(|&o| usize::from(o) == layer).collect();
        dissolve(width, &mut owner, layer as u8, &hulls);
        owner
            .iter_mut()
            .filter(|o| usize::from(**o) == layer)
            .for_each(|o| *o = under);
    }
    present[0] = owner.iter().map(|&o| o == 0).collect();
    present
}

fn dissolve(width: usize, owner: &mut [u8], layer: u8, hulls: &[Hull]) {
    let mut front: VecDeque<usize> = (0..owner.len())
        .filter(|&i| (1..layer).contains(&owner[i]))
        .filter(|&i| neighbours(i, width, owner.len()).any(|n| owner[n] == layer))
        .collect();
    while let Some(i) = front.pop_front() {
        for n in neighbours(i, width, owner.len()) {
            if owner[n] == layer && hulls[usize::from(owner[i])].contains(n % width, n / width) {
                owner[n] = owner[i];
                front.push_back(n);
            }
        }
    }
}

fn neighbours(i: usize, width: usize, n: usize) -> impl Iterator<Item = usize> {
    let x = i % width;
    [
        (x > 0).then(|| i.wrapping_sub(1)),
        (x + 1 < width).then_some(i + 1),
        (i >= width).then(|| i.wrapping_sub(width)),
        (i + width < n).then_some(i + width),
    ]
    .into_iter()
    .flatten()
}
