//! Source-over of straight-alpha sRGB bytes, in the integer arithmetic of Pillow's `alpha_composite`
//! (`AlphaComposite.c`), so that both give the same bytes.

/// Lays `above` over `below`, pixel by pixel.
pub(crate) fn over_row(below: &mut [u8], above: &[u8], opacity: u8) {
    let (below, _) = below.as_chunks_mut::<4>();
    let (above, _) = above.as_chunks::<4>();
    if opacity == 255 {
        for (below, &above) in below.iter_mut().zip(above) {
            over(below, above);
        }
    } else {
        for (below, &[r, g, b, a]) in below.iter_mut().zip(above) {
            over(below, [r, g, b, scaled(a, opacity)]);
        }
    }
}

fn over(below: &mut [u8; 4], above: [u8; 4]) {
    match (above[3], below[3]) {
        (0, _) => {}
        (255, _) | (_, 0) => *below = above,
        (alpha, 255) => mix(below, above, u32::from(alpha) << FRACTION_BITS, 255),
        (alpha, under) => {
            let alpha = u32::from(alpha) * 255;
            let total = alpha + u32::from(under) * (255 - u32::from(above[3]));
            let share = alpha * (255 << FRACTION_BITS) / total;
            mix(below, above, share, rounded_div_255(total));
        }
    }
}

/// Bits after the point in the shares of the two colours: with 7, sums of byte × 255 × share fit in 32 bits.
const FRACTION_BITS: u32 = 7;

/// `share` is the part of `above` in the mixed colour, out of 255 · 2^[`FRACTION_BITS`].
fn mix(below: &mut [u8; 4], above: [u8; 4], share: u32, alpha: u32) {
    let rest = (255 << FRACTION_BITS) - share;
    for channel in 0..3 {
        let sum = u32::from(above[channel]) * share + u32::from(below[channel]) * rest;
        let rounded = sum + (0x80 << FRACTION_BITS);
        below[channel] = (div_255(rounded) >> FRACTION_BITS) as u8;
    }
    below[3] = alpha as u8;
}

/// `alpha` · `opacity`, where 255 is one.
fn scaled(alpha: u8, opacity: u8) -> u8 {
    rounded_div_255(u32::from(alpha) * u32::from(opacity)) as u8
}

fn rounded_div_255(value: u32) -> u32 {
    div_255(value + 0x80)
}

/// `value` / 255 by shifts, as Pillow does it.
fn div_255(value: u32) -> u32 {
    ((value >> 8) + value) >> 8
}
