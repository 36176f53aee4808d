//! Prefix codes of bounded length (RFC 1951, 3.2.2).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Below DEFLATE's own 15, so that four codes and what is left of the byte before them fit in 64 bits.
pub const MAX_LENGTH: usize = 14;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Code {
    /// The first bit lowest, as they are written.
    pub bits: u16,
    pub length: u8,
}

/// The code of each symbol, by how often it comes; one that never comes has a code too. At most 2^[`MAX_LENGTH`] symbols.
pub fn codes<const N: usize>(counts: &[u32; N]) -> [Code; N] {
    let mut by_count: Vec<usize> = (0..N).collect();
    by_count.sort_by_key(|&symbol| Reverse(counts[symbol]));
    let mut lengths = [0; N];
    let mut symbols = by_count.into_iter();
    for (length, many) in codes_by_length(counts).into_iter().enumerate() {
        for symbol in symbols.by_ref().take(many) {
            lengths[symbol] = length;
        }
    }
    let mut codes = [Code::default(); N];
    let mut next = 0_u16;
    for length in 1..=MAX_LENGTH {
        next <<= 1;
        for (code, _) in codes.iter_mut().zip(lengths).filter(|(_, l)| *l == length) {
            let bits = next.reverse_bits() >> (u16::BITS as usize - length);
            let length = length as u8;
            *code = Code { bits, length };
            next += 1;
        }
    }
    codes
}

/// How many symbols have a code of each length.
fn codes_by_length(counts: &[u32]) -> [usize; MAX_LENGTH + 1] {
    let leaves = counts.iter().map(|&count| u64::from(count)).enumerate();
    let mut heap: BinaryHeap<_> = leaves.map(|(node, count)| Reverse((count, node))).collect();
    let mut parents = vec![0; counts.len()];
    while let (Some(Reverse((rare, first))), Some(Reverse((rarer, second)))) =
        (heap.pop(), heap.pop())
    {
        let parent = parents.len();
        parents.push(0);
        (parents[first], parents[second]) = (parent, parent);
        heap.push(Reverse((rare + rarer, parent)));
    }
    // A parent comes after its children, the root last.
    let mut depths = vec![0; parents.len()];
    for node in (0..parents.len().saturating_sub(1)).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    let mut many = [0; MAX_LENGTH + 1];
    for &depth in &depths[..counts.len()] {
        many[depth.clamp(1, MAX_LENGTH)] += 1;
    }
    shorten(&mut many);
    many
}

/// Codes that were cut to the greatest length are too many for it: for each, a shorter one becomes two that are longer.
fn shorten(many: &mut [usize; MAX_LENGTH + 1]) {
    let room = 1 << MAX_LENGTH;
    let taken = many.iter().enumerate();
    let mut taken: usize = taken
        .map(|(length, many)| many << (MAX_LENGTH - length))
        .sum();
    while taken > room {
        let Some(length) = (1..MAX_LENGTH).rev().find(|&length| many[length] > 0) else {
            return;
        };
        many[MAX_LENGTH] -= 1;
        many[length] -= 1;
        many[length + 1] += 2;
        taken -= 1;
    }
}
