//! Source-over of straight-alpha sRGB bytes, in the integer arithmetic of Pillow's `alpha_composite`
//! (`AlphaComposite.c`), so that both give the same bytes.

/// A pixel over another.
#[inline]
pub fn source_over(below: [u8; 4], above: [u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (0, _) => below,
        (255, _) | (_, 0) => above,
        (alpha, 255) => mix(below, above, u32::from(alpha) << FRACTION_BITS, 255),
        (alpha, under) => {
            let alpha = u32::from(alpha) * 255;
            let total = alpha + u32::from(under) * (255 - u32::from(above[3]));
            let share = alpha * (255 << FRACTION_BITS) / total;
            mix(below, above, share, rounded_div_255(total))
        }
    }
}

/// `alpha` · `opacity`, where 255 is one.
#[inline]
pub fn scaled(alpha: u8, opacity: u8) -> u8 {
    rounded_div_255(u32::from(alpha) * u32::from(opacity)) as u8
}

/// Bits after the point in the shares of the two colours: with 7, sums of byte × 255 × share fit in 32 bits.
const FRACTION_BITS: u32 = 7;

/// `share` is the part of `above` in the mixed colour, out of 255 · 2^[`FRACTION_BITS`].
fn mix(below: [u8; 4], above: [u8; 4], share: u32, alpha: u32) -> [u8; 4] {
    let rest = (255 << FRACTION_BITS) - share;
    let color = |channel: usize| {
        let sum = u32::from(above[channel]) * share + u32::from(below[channel]) * rest;
        let rounded = sum + (0x80 << FRACTION_BITS);
        (div_255(rounded) >> FRACTION_BITS) as u8
    };
    [color(0), color(1), color(2), alpha as u8]
}

fn rounded_div_255(value: u32) -> u32 {
    div_255(value + 0x80)
}

/// `value` / 255 by shifts, as Pillow does it.
fn div_255(value: u32) -> u32 {
    ((value >> 8) + value) >> 8
}
