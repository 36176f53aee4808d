use rayon::prelude::*;

use crate::fill::Cell;
use crate::stack::LayerRegion;

/// Pixels this near a border are mixed with what is beyond it.
pub const MIXED: u8 = 2;

/// What of a layer's colours is known, and what of them has to be found: all that is hidden, of the ground its borders too.
pub fn cells(place: &LayerRegion, known: &[bool]) -> Vec<Cell> {
    let is_hidden = |k: usize| place.layer == 0 || place.is_hidden(place.at[k]);
    let cell = |k: usize| match (known[k], place.present[k]) {
        (true, _) => Cell::Known,
        (_, true) if is_hidden(k) => Cell::Hidden,
        _ => Cell::Other,
    };
    (0..known.len()).map(cell).collect()
}

/// Far enough from other layers, as far as there is such a place.
pub fn ground_known(clear: &[u8], is_plain: &dyn Fn(usize) -> bool) -> Vec<bool> {
    let known = |least: u8| -> Vec<bool> {
        (0..clear.len())
            .map(|k| clear[k] > least && is_plain(k))
            .collect()
    };
    let enough = |known: &Vec<bool>| known.contains(&true);
    [MIXED + 1, MIXED - 1, 0]
        .into_iter()
        .map(known)
        .find(enough)
        .unwrap_or_default()
}

/// Away from the layer's edges; where strokes are too thin for that, the pixels that differ most from what is below.
pub fn surely_own(
    width: usize,
    clear: &[u8],
    strength: &[f32],
    is_plain: &(dyn Fn(usize) -> bool + Sync),
) -> Vec<bool> {
    let height = clear.len() / width;
    (0..clear.len())
        .into_par_iter()
        .map(|k| {
            if clear[k] == 0 || !is_plain(k) {
                return false;
            }
            if clear[k] > MIXED {
                return true;
            }
            let (x, y) = (k % width, k / width);
            let mut strongest = 0.0f32;
            let mut thin = true;
            for v in y.saturating_sub(2)..(y + 3).min(height) {
                for u in x.saturating_sub(2)..(x + 3).min(width) {
                    let n = v * width + u;
                    if clear[n] > 0 {
                        strongest = strongest.max(strength[n]);
                        thin &= clear[n] <= MIXED;
                    }
                }
            }
            thin && strength[k] >= 0.93 * strongest
        })
        .collect()
}
