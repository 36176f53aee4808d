use pixels::{scaled, source_over};

/// Lays `above` over `below`, pixel by pixel.
pub(crate) fn over_row(below: &mut [u8], above: &[u8], opacity: u8) {
    let (below, _) = below.as_chunks_mut::<4>();
    let (above, _) = above.as_chunks::<4>();
    if opacity == 255 {
        for (below, &above) in below.iter_mut().zip(above) {
            *below = source_over(*below, above);
        }
    } else {
        for (below, &[r, g, b, a]) in below.iter_mut().zip(above) {
            *below = source_over(*below, [r, g, b, scaled(a, opacity)]);
        }
    }
}
