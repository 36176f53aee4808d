use engine::{EngineError, Progress};

use super::Cell;
use super::level::{Level, Search};
use crate::picture::Colour;

/// The longer side of the coarsest picture, where whole structures fit into a patch.
const COARSEST: usize = 84;
/// The longer side of the finest picture that is searched; finer ones only follow it.
const SEARCHED: usize = 420;

/// Continues the known by pieces of itself, coarse to fine (Wexler et al., "Space-Time Completion of Video", 2007): the
/// patch around each hidden pixel is looked for among the known ones, and each hidden pixel becomes the mean of what
/// the patches over it say. `colours` holds a first guess of what is hidden, and keeps it where there are too few
/// known patches to choose from.
pub fn patches(
    width: usize,
    height: usize,
    colours: &mut [Colour],
    cells: &[Cell],
    progress: &(dyn Progress + Sync),
) -> Result<(), EngineError> {
    let mut levels = vec![Level::new(width, height, colours, cells)];
    while let Some(last) = levels.last().filter(|l| l.longer_side() > COARSEST) {
        progress.check()?;
        let next = last.halved();
        if !next.can_choose() || !next.has_targets() {
            break;
        }
        levels.push(next);
    }
    let mut coarser: Option<Level> = None;
    while let Some(mut level) = levels.pop() {
        if !level.can_choose() {
            return Ok(());
        }
        let (rounds, search, steps): (_, _, &[i32]) = match &coarser {
            None => (8, Search::Everywhere, &[4, 1]),
            Some(_) if level.longer_side() <= SEARCHED => (4, Search::Everywhere, &[4, 1]),
            Some(_) => (1, Search::Nearby, &[1]),
        };
        level.start(coarser.as_ref());
        for round in 0..rounds {
            for &step in steps {
                progress.check()?;
                level.improve(search, step, round);
            }
            level.vote();
        }
        coarser = Some(level);
    }
    if let Some(mut finest) = coarser {
        finest.join();
        finest.give(colours);
    }
    Ok(())
}
