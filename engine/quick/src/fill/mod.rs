//! What is behind things: continues the known colours where nothing is known.

mod even;
mod holes;
mod level;
mod patches;
mod pull_push;
#[cfg(test)]
mod tests;

use engine::{CancelToken, EngineError};

pub use pull_push::pull_push;

use crate::picture::Colour;

/// What is known of a pixel's colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    Known,
    /// Not known, and to be filled as well as can be.
    Hidden,
    /// Not known, and hardly seen: a smooth guess will do.
    Other,
}

/// Gives every pixel that is not known a colour, whatever it had; all zero where nothing at all is known. Flat
/// surroundings stay exactly flat and gradients smooth, everything else goes on in pieces of itself.
pub fn fill(
    width: usize,
    height: usize,
    colours: &mut [Colour],
    cells: &[Cell],
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let known: Vec<bool> = cells.iter().map(|&c| c == Cell::Known).collect();
    if !known.contains(&false) {
        return Ok(());
    }
    pull_push(width, height, colours, &known);
    if !known.contains(&true) {
        return Ok(());
    }
    let mut left = cells.to_vec();
    for hole in &holes::holes(width, height, cells) {
        cancel.check()?;
        if even::even(width, colours, hole) {
            for &k in &hole.hidden {
                left[k as usize] = Cell::Other;
            }
        }
    }
    if left.contains(&Cell::Hidden) {
        patches::patches(width, height, colours, &left, cancel)?;
    }
    Ok(())
}
