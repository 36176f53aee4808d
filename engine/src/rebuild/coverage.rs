//! The stack's alpha is the source's.

use super::{Pixel, set_alpha, to_byte};

/// Changes the alphas of one pixel's stack, bottom first, so that `1 − Π (1 − a)` is the source's alpha.
///
/// The upper layers keep theirs as long as they fit under the source's; the first that would go beyond is reduced to it,
/// and nothing can be seen below it. If they leave something open, the bottom layer fills it. So where the source is
/// opaque only the bottom layer changes, and not even that one where it is hidden.
pub(super) fn match_alpha(stack: &mut [Pixel], source: Pixel) {
    let wanted = f32::from(source[3]) / 255.0;
    let open_in_the_end = 1.0 - wanted;
    // How much of what lies below can still be seen.
    let mut open = 1.0;
    let Some((bottom, upper)) = stack.split_first_mut() else {
        return;
    };
    for pixel in upper.iter_mut().rev() {
        let next = open * (1.0 - f32::from(pixel[3]) / 255.0);
        if next >= open_in_the_end {
            open = next;
        } else {
            pixel[3] = to_byte((1.0 - open_in_the_end / open) * 255.0);
            open = open_in_the_end;
        }
    }
    if open > 0.0 {
        set_alpha(bottom, 1.0 - open_in_the_end / open, source);
    }
}
