//! What is behind things: continues the known colours where nothing is known.

mod even;
mod holes;
mod level;
mod patches;
mod pull_push;
mod smooth;
#[cfg(test)]
mod tests;
mod windows;

use engine::{EngineError, Progress};

pub use pull_push::pull_push;
pub use smooth::Guess;

use crate::picture::Colour;
use smooth::smooth;

/// What is known of a pixel's colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    Known,
    /// Not known, and to be filled as well as can be.
    Hidden,
    /// Not known, and hardly seen: a smooth guess will do.
    Other,
}

/// A colour for every pixel. Flat surroundings stay exactly flat and gradients smooth, everything else goes on in pieces of
/// itself; all zero where nothing at all is known.
pub fn fill(
    width: usize,
    colours: &[Colour],
    cells: &[Cell],
    progress: &(dyn Progress + Sync),
) -> Result<Vec<Guess>, EngineError> {
    let known: Vec<bool> = cells.iter().map(|&c| c == Cell::Known).collect();
    let mut guesses = smooth(width, colours, &known);
    if !known.contains(&true) || !cells.contains(&Cell::Hidden) {
        return Ok(guesses);
    }
    let height = cells.len() / width.max(1);
    let mut filled: Vec<Colour> = guesses.iter().map(|g| g.colour).collect();
    let mut left = cells.to_vec();
    for hole in &holes::holes(width, height, cells) {
        progress.check()?;
        if even::even(width, &mut filled, hole) {
            for &k in &hole.hidden {
                left[k as usize] = Cell::Other;
            }
        }
    }
    if left.contains(&Cell::Hidden) {
        patches::patches(width, height, &mut filled, &left, progress)?;
    }
    for (guess, colour) in guesses.iter_mut().zip(filled) {
        guess.colour = colour;
    }
    Ok(guesses)
}
