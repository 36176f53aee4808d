use std::collections::VecDeque;

use crate::figure::Figure;
use crate::group::Group;
use crate::hull::Hull;
use crate::window::neighbours;

/// No layer: nothing is seen there.
pub const NOWHERE: u8 = u8::MAX;

/// A figure whose seen part fills this much of its convex outline goes on under whatever cuts into it.
const ROUND: f32 = 0.75;

/// Which layer each figure is in (0 the ground, 1 the lowest group, and so on), and which figure is seen where.
pub struct Stack<'a> {
    width: usize,
    figures: &'a [Figure],
    layer_of: Vec<u8>,
    seen: Vec<u32>,
    layers: usize,
}

impl<'a> Stack<'a> {
    pub fn new(width: usize, visible: &[bool], figures: &'a [Figure], groups: &[Group]) -> Self {
        let mut layer_of = vec![0; figures.len()];
        for (g, group) in groups.iter().enumerate() {
            group
                .figures
                .iter()
                .for_each(|&f| layer_of[f] = g as u8 + 1);
        }
        let mut seen: Vec<u32> = visible
            .iter()
            .map(|&v| if v { 0 } else { u32::MAX })
            .collect();
        // Parents come before children, which stand on them.
        for (f, figure) in figures.iter().enumerate().filter(|(f, _)| layer_of[*f] > 0) {
            figure
                .pixels
                .iter()
                .for_each(|&p| seen[p as usize] = f as u32);
        }
        Self {
            width,
            figures,
            layer_of,
            seen,
            layers: groups.len() + 1,
        }
    }

    fn layer(&self, figure: u32) -> u8 {
        self.layer_of
            .get(figure as usize)
            .copied()
            .unwrap_or(NOWHERE)
    }

    /// The layer seen at each pixel.
    pub fn seen(&self) -> Vec<u8> {
        self.seen.iter().map(|&f| self.layer(f)).collect()
    }

    /// For each layer, where it is present: where it is seen, and where those above hide it. What a layer hides goes
    /// to the nearest figure below that it touches, within that one's convex outline, and else to the ground.
    pub fn presence(&self) -> Vec<Vec<bool>> {
        let mut owner = self.seen.clone();
        // A picture that is transparent around its objects has no ground at all.
        let under = if owner.contains(&u32::MAX) && !owner.contains(&0) {
            u32::MAX
        } else {
            0
        };
        let hulls = self.hulls();
        let mut present = vec![Vec::new(); self.layers];
        for layer in (1..self.layers).rev() {
            present[layer] = owner
                .iter()
                .map(|&o| usize::from(self.layer(o)) == layer)
                .collect();
            self.dissolve(&mut owner, layer as u8, &hulls);
            owner
                .iter_mut()
                .filter(|o| usize::from(self.layer(**o)) == layer)
                .for_each(|o| *o = under);
        }
        present[0] = owner.iter().map(|&o| o == 0).collect();
        present
    }

    fn hulls(&self) -> Vec<Option<Hull>> {
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.figures.len()];
        for (i, &f) in self
            .seen
            .iter()
            .enumerate()
            .filter(|(_, f)| (1..u32::MAX).contains(*f))
        {
            places[f as usize].push(i as u32);
        }
        places
            .iter()
            .map(|pixels| Hull::around(pixels, self.width))
            .collect()
    }

    fn dissolve(&self, owner: &mut [u32], layer: u8, hulls: &[Option<Hull>]) {
        let lower = |f: u32| (1..layer).contains(&self.layer(f));
        let gone = |f: u32| self.layer(f) == layer;
        let mut front: VecDeque<usize> = (0..owner.len())
            .filter(|&i| lower(owner[i]) && self.around(i).any(|n| gone(owner[n])))
            .collect();
        while let Some(i) = front.pop_front() {
            let Some(hull) = hulls.get(owner[i] as usize).and_then(Option::as_ref) else {
                continue;
            };
            for n in self.around(i) {
                let reaches = gone(owner[n])
                    && hull.contains(n % self.width, n / self.width)
                    && (hull.filled > ROUND || self.stands_on(owner[n], owner[i]));
                if reaches {
                    owner[n] = owner[i];
                    front.push_back(n);
                }
            }
        }
    }

    /// Whether `top` was found on `under`, or on something that was.
    fn stands_on(&self, top: u32, under: u32) -> bool {
        let mut at = top as usize;
        while at != 0 {
            let figure = &self.figures[at];
            at = if figure.contained { figure.parent } else { 0 };
            if at == under as usize {
                return true;
            }
        }
        false
    }

    fn around(&self, i: usize) -> impl Iterator<Item = usize> + use<> {
        neighbours(i, self.width, self.seen.len())
    }
}
