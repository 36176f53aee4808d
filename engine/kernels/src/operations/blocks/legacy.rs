//! Blocks of 32 numbers with one scale each. The low halves of the bytes are the first 16 numbers, the high ones the others.

use super::{IQ4_STEPS, half_at, high, low};

const HALF: usize = 16;

/// Gives `numbers` what `value` makes of each number's four bits and its place.
fn each(nibbles: &[u8], numbers: &mut [f32], value: impl Fn(u8, usize) -> f32) {
    for (at, byte) in nibbles.iter().enumerate() {
        numbers[at] = value(low(*byte), at);
        numbers[at + HALF] = value(high(*byte), at + HALF);
    }
}

/// The fifth bits of all 32.
fn fifths(block: &[u8], at: usize) -> impl Fn(usize) -> u8 {
    let bits = u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
    move |number| ((bits >> number & 1) as u8) << 4
}

pub(super) fn q4_0(block: &[u8], numbers: &mut [f32]) {
    let scale = half_at(block, 0);
    each(&block[2..], numbers, |bits, _| {
        f32::from(i16::from(bits) - 8) * scale
    });
}

pub(super) fn q4_1(block: &[u8], numbers: &mut [f32]) {
    let (scale, least) = (half_at(block, 0), half_at(block, 2));
    each(&block[4..], numbers, |bits, _| {
        f32::from(bits) * scale + least
    });
}

pub(super) fn q5_0(block: &[u8], numbers: &mut [f32]) {
    let (scale, fifth) = (half_at(block, 0), fifths(block, 2));
    each(&block[6..], numbers, |bits, at| {
        f32::from(i16::from(bits | fifth(at)) - 16) * scale
    });
}

pub(super) fn q5_1(block: &[u8], numbers: &mut [f32]) {
    let (scale, least, fifth) = (half_at(block, 0), half_at(block, 2), fifths(block, 4));
    each(&block[8..], numbers, |bits, at| {
        f32::from(bits | fifth(at)) * scale + least
    });
}

pub(super) fn q8_0(block: &[u8], numbers: &mut [f32]) {
    let scale = half_at(block, 0);
    for (number, byte) in numbers.iter_mut().zip(&block[2..]) {
        *number = f32::from(byte.cast_signed()) * scale;
    }
}

pub(super) fn iq4_nl(block: &[u8], numbers: &mut [f32]) {
    let scale = half_at(block, 0);
    each(&block[2..], numbers, |bits, _| {
        scale * f32::from(IQ4_STEPS[usize::from(bits)])
    });
}
