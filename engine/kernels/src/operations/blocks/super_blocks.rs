//! Blocks of 256 numbers in groups of 16 or 32, whose scales are small numbers that share the block's own.

use super::{IQ4_STEPS, half_at, high, low};

/// Two bits each, groups of 16 with scale and least number in four bits each.
pub(super) fn q2_k(block: &[u8], numbers: &mut [f32]) {
    let (scales, bits) = (&block[..16], &block[16..80]);
    let (scale, least) = (half_at(block, 80), half_at(block, 82));
    for (group, numbers) in numbers.chunks_exact_mut(16).enumerate() {
        let (half, pair, side) = (group / 8, group % 8 / 2, group % 2);
        let (step, offset) = (
            scale * f32::from(low(scales[group])),
            least * f32::from(high(scales[group])),
        );
        let bits = &bits[half * 32 + side * 16..];
        for (number, bits) in numbers.iter_mut().zip(bits) {
            *number = step * f32::from(bits >> (2 * pair) & 3) - offset;
        }
    }
}

/// Three bits each, the third apart; groups of 16 with scales of six bits.
pub(super) fn q3_k(block: &[u8], numbers: &mut [f32]) {
    let (thirds, bits, scales) = (&block[..32], &block[32..96], &block[96..108]);
    let scale = half_at(block, 108);
    for (group, numbers) in numbers.chunks_exact_mut(16).enumerate() {
        let (half, pair, side) = (group / 8, group % 8 / 2, group % 2);
        let first = match group {
            0..8 => low(scales[group]),
            _ => high(scales[group - 8]),
        };
        let last = scales[8 + group % 4] >> (2 * (group / 4)) & 3;
        let step = scale * f32::from(i16::from(first | last << 4) - 32);
        let (bits, thirds) = (&bits[half * 32 + side * 16..], &thirds[side * 16..]);
        for (number, (bits, thirds)) in numbers.iter_mut().zip(bits.iter().zip(thirds)) {
            let third = thirds >> (half * 4 + pair) & 1;
            let value = i16::from(bits >> (2 * pair) & 3 | third << 2) - 4;
            *number = step * f32::from(value);
        }
    }
}

/// Scale and least number of a group of 32, six bits each in twelve bytes.
fn six_bits(scales: &[u8], group: usize) -> [f32; 2] {
    let [scale, least] = match group {
        0..4 => [scales[group] & 63, scales[group + 4] & 63],
        _ => [
            low(scales[group + 4]) | scales[group - 4] >> 6 << 4,
            high(scales[group + 4]) | scales[group] >> 6 << 4,
        ],
    };
    [scale, least].map(f32::from)
}

/// Groups of 32 in four bits each with what `fifth` adds: byte and group to the fifth bit.
fn groups_of_32(
    block: &[u8],
    bits: &[u8],
    numbers: &mut [f32],
    fifth: impl Fn(usize, usize) -> u8,
) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    for (group, numbers) in numbers.chunks_exact_mut(32).enumerate() {
        let [own, offset] = six_bits(&block[4..16], group);
        let (step, offset) = (scale * own, least * offset);
        let bits = &bits[group / 2 * 32..];
        for (at, (number, bits)) in numbers.iter_mut().zip(bits).enumerate() {
            let bits = bits >> (4 * (group % 2)) & 0xf | fifth(at, group);
            *number = step * f32::from(bits) - offset;
        }
    }
}

pub(super) fn q4_k(block: &[u8], numbers: &mut [f32]) {
    groups_of_32(block, &block[16..], numbers, |_, _| 0);
}

pub(super) fn q5_k(block: &[u8], numbers: &mut [f32]) {
    let fifths = &block[16..48];
    groups_of_32(block, &block[48..], numbers, |at, group| {
        (fifths[at] >> group & 1) << 4
    });
}

/// Six bits each, the last two apart; groups of 16 with scales of eight bits.
pub(super) fn q6_k(block: &[u8], numbers: &mut [f32]) {
    let (bits, lasts, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let scale = half_at(block, 208);
    for (group, numbers) in numbers.chunks_exact_mut(16).enumerate() {
        let (half, quarter, side) = (group / 8, group % 8 / 2, group % 2);
        let step = scale * f32::from(scales[group].cast_signed());
        let bits = &bits[half * 64 + quarter % 2 * 32 + side * 16..];
        let lasts = &lasts[half * 32 + side * 16..];
        for (number, (bits, lasts)) in numbers.iter_mut().zip(bits.iter().zip(lasts)) {
            let first = bits >> (4 * (quarter / 2)) & 0xf;
            let last = lasts >> (2 * quarter) & 3;
            *number = step * f32::from(i16::from(first | last << 4) - 32);
        }
    }
}

/// Four bits each of IQ4's steps; groups of 32 with scales of six bits.
pub(super) fn iq4_xs(block: &[u8], numbers: &mut [f32]) {
    let (scale, lasts) = (half_at(block, 0), u16::from_le_bytes([block[2], block[3]]));
    let (firsts, bits) = (&block[4..8], &block[8..]);
    for (group, numbers) in numbers.chunks_exact_mut(32).enumerate() {
        let first = firsts[group / 2] >> (4 * (group % 2)) & 0xf;
        let last = (lasts >> (2 * group) & 3) as u8;
        let step = scale * f32::from(i16::from(first | last << 4) - 32);
        let value = |bits: u8| step * f32::from(IQ4_STEPS[usize::from(bits)]);
        for (at, bits) in bits[group * 16..][..16].iter().enumerate() {
            numbers[at] = value(low(*bits));
            numbers[at + 16] = value(high(*bits));
        }
    }
}
