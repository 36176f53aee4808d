/// Up to `radius` along each axis.
pub fn offset(chance: u64, radius: i32) -> (i32, i32) {
    let span = 2 * radius as u64 + 1;
    let off = |bits: u64| (((bits & 0xffff_ffff) * span) >> 32) as i32 - radius;
    (off(chance), off(chance >> 32))
}

/// A number as if by chance, the same for the same pixel and draw (splitmix64).
pub fn mixed(pixel: u32, draw: u32) -> u64 {
    let mut z = (u64::from(pixel) << 32 | u64::from(draw)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
