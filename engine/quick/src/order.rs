use crate::instances::{Class, Instances};

/// The numbers of the things, bottom first: of each pair the one that is seen where the other's whole mask lies is above;
/// where such pairs go in a circle, the least clear of them is given up. What touches nothing is ordered by its class, the
/// larger first.
pub fn bottom_first(instances: &Instances) -> Vec<usize> {
    let count = instances.things.len();
    let overlap = overlaps(instances);
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for a in 0..count {
        for b in a + 1..count {
            let above = overlap[a * count + b] - overlap[b * count + a];
            if above > 0.0 {
                pairs.push((above, b, a));
            } else if above < 0.0 {
                pairs.push((-above, a, b));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut above = vec![Vec::new(); count];
    for (_, low, high) in pairs {
        if !reaches(&above, high, low) {
            above[low].push(high);
        }
    }
    let area = areas(instances);
    let first = |a: &usize, b: &usize| {
        let rank = |k: usize| u8::from(instances.things[k].class != Class::Shape);
        let by_size = area[*b].total_cmp(&area[*a]);
        rank(*a).cmp(&rank(*b)).then(by_size).then(a.cmp(b))
    };
    let mut waits: Vec<usize> = vec![0; count];
    above.iter().flatten().for_each(|&high| waits[high] += 1);
    let mut left: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(next) = left
        .iter()
        .copied()
        .filter(|&k| waits[k] == 0)
        .min_by(first)
    {
        left.retain(|&k| k != next);
        above[next].iter().for_each(|&high| waits[high] -= 1);
        order.push(next);
    }
    order
}

/// How much of b's whole mask lies where a is seen, at [a · count + b].
fn overlaps(instances: &Instances) -> Vec<f32> {
    let count = instances.things.len();
    let mut sums = vec![0.0; count * count];
    for (i, cell) in instances.ownership.chunks_exact(count + 1).enumerate() {
        for (a, &seen) in cell[1..]
            .iter()
            .enumerate()
            .filter(|(_, seen)| **seen > 0.1)
        {
            for (b, whole) in instances.whole.iter().enumerate().filter(|(b, _)| *b != a) {
                sums[a * count + b] += seen * whole[i];
            }
        }
    }
    sums
}

fn areas(instances: &Instances) -> Vec<f32> {
    instances
        .whole
        .iter()
        .map(|mask| mask.iter().sum())
        .collect()
}

fn reaches(above: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut known = vec![false; above.len()];
    let mut open = vec![from];
    while let Some(k) = open.pop() {
        if k == to {
            return true;
        }
        if !std::mem::replace(&mut known[k], true) {
            open.extend(&above[k]);
        }
    }
    false
}
