use crate::grid::Grid;

/// Merged units in the order of the windows that the vision tower attends within: windows row by row, and the units of
/// each row by row; windows at the right and bottom edge may be smaller.
pub(super) struct Windows {
    /// The unit at each place of the new order.
    pub order: Vec<usize>,
    /// Neighbouring windows of one size: how many, and how many units each has.
    pub runs: Vec<(usize, usize)>,
}

impl Windows {
    pub fn new(units: Grid, side: usize) -> Self {
        let mut order = Vec::with_capacity(units.tokens());
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for top in (0..units.rows).step_by(side) {
            for left in (0..units.columns).step_by(side) {
                let rows = top..(top + side).min(units.rows);
                let columns = left..(left + side).min(units.columns);
                let size = rows.len() * columns.len();
                order.extend(rows.flat_map(|row| {
                    columns
                        .clone()
                        .map(move |column| row * units.columns + column)
                }));
                match runs.last_mut() {
                    Some((count, last)) if *last == size => *count += 1,
                    _ => runs.push((1, size)),
                }
            }
        }
        Self { order, runs }
    }

    /// The place of each unit in the new order.
    pub fn places(&self) -> Vec<u32> {
        let mut places = vec![0; self.order.len()];
        for (place, unit) in self.order.iter().enumerate() {
            places[*unit] = place as u32;
        }
        places
    }
}
