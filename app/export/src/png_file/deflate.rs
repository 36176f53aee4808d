//! Bytes that are mostly small or zero, as filtered pictures are, in DEFLATE's form (RFC 1951): prefix codes made for
//! them, and runs of zeros as repetitions. Nothing else is looked for, which is several times as fast.

use super::huffman::{Code, MAX_LENGTH, codes};

/// Bytes, the end of a block, and lengths of repetitions.
const SYMBOLS: usize = 286;
const END: usize = 256;
const FIRST_LENGTH: usize = 257;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// Of each so many rows one is counted at first.
const SAMPLED: usize = 4;
/// The order in which lengths of the codes for lengths of codes are given; all up to 15 have 4 bits here.
const ORDER: [u8; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const LENGTH_OF_LENGTHS: u8 = 4;
/// A block's head and end, and what the last write may take beyond.
const AROUND: usize = 256;

/// Rows of `row_bytes` as blocks after which others may come, as they end with a byte; in `out`, which is used again.
pub fn blocks<'a>(rows: &[u8], row_bytes: usize, out: &'a mut Vec<u8>) -> &'a [u8] {
    out.resize(rows.len() * MAX_LENGTH / 8 + AROUND, 0);
    let mut length = write(rows, row_bytes, SAMPLED, out);
    if length > rows.len() {
        // The counted rows are unlike the others.
        length = write(rows, row_bytes, 1, out);
    }
    &out[..length]
}

/// After the last block.
pub const LAST: [u8; 2] = [0b011, 0];

fn write(rows: &[u8], row_bytes: usize, every: usize, out: &mut [u8]) -> usize {
    let mut counts = Counts([1; SYMBOLS]);
    for row in rows.chunks_exact(row_bytes).step_by(every) {
        tokens(row, &mut counts);
    }
    let codes = codes(&counts.0);
    let mut bits = Bits {
        out,
        position: 0,
        waiting: 0,
        count: 0,
        codes: &codes,
    };
    bits.head();
    for row in rows.chunks_exact(row_bytes) {
        tokens(row, &mut bits);
    }
    bits.end()
}

trait Tokens {
    fn byte(&mut self, byte: u8);
    fn bytes(&mut self, bytes: &[u8; 8]);
    /// So often the byte before, which is 0.
    fn repeated(&mut self, length: usize);
}

fn tokens(row: &[u8], to: &mut impl Tokens) {
    let Some((&filter, row)) = row.split_first() else {
        return;
    };
    to.byte(filter);
    let (chunks, rest) = row.as_chunks::<8>();
    let mut zeros = 0;
    for chunk in chunks {
        if u64::from_ne_bytes(*chunk) == 0 {
            zeros += chunk.len();
            continue;
        }
        if zeros > 0 {
            run(zeros, to);
            zeros = 0;
        }
        to.bytes(chunk);
    }
    if zeros > 0 {
        run(zeros, to);
    }
    rest.iter().for_each(|&byte| to.byte(byte));
}

/// At least four zeros.
#[inline(never)]
fn run(zeros: usize, to: &mut impl Tokens) {
    to.byte(0);
    let mut left = zeros - 1;
    while left > LONGEST {
        // What remains must not be too short.
        let length = LONGEST.min(left - SHORTEST);
        to.repeated(length);
        left -= length;
    }
    to.repeated(left);
}

/// The symbol of a repetition's length, and the bits after it, with their number.
fn length_symbol(length: usize) -> (usize, u64, u32) {
    if length == LONGEST {
        return (SYMBOLS - 1, 0, 0);
    }
    let over = length - SHORTEST;
    let extra = over.max(4).ilog2() - 2;
    let symbol = FIRST_LENGTH + 4 * extra as usize + (over >> extra);
    (symbol, (over & ((1 << extra) - 1)) as u64, extra)
}

struct Counts([u32; SYMBOLS]);

impl Tokens for Counts {
    fn byte(&mut self, byte: u8) {
        self.0[usize::from(byte)] += 1;
    }

    fn bytes(&mut self, bytes: &[u8; 8]) {
        bytes.iter().for_each(|&byte| self.byte(byte));
    }

    fn repeated(&mut self, length: usize) {
        self.0[length_symbol(length).0] += 1;
    }
}

struct Bits<'a> {
    out: &'a mut [u8],
    position: usize,
    /// Fewer than 8 bits between two calls.
    waiting: u64,
    count: u32,
    codes: &'a [Code; SYMBOLS],
}

impl Bits<'_> {
    /// At most 56 bits.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) {
        self.waiting |= bits << self.count;
        self.count += count;
        if let Some(out) = self.out[self.position..].first_chunk_mut() {
            *out = self.waiting.to_le_bytes();
        }
        self.position += self.count as usize / 8;
        self.waiting >>= self.count & !7;
        self.count %= 8;
    }

    fn symbol(&mut self, symbol: usize) {
        let Code { bits, length } = self.codes[symbol];
        self.put(bits.into(), length.into());
    }

    fn head(&mut self) {
        self.put(0b100, 3);
        self.put((SYMBOLS - FIRST_LENGTH) as u64, 5);
        // One distance, which is 1.
        self.put(0, 5);
        self.put(ORDER.len() as u64 - 4, 4);
        for length in ORDER {
            let given = if length < 16 { LENGTH_OF_LENGTHS } else { 0 };
            self.put(given.into(), 3);
        }
        let distance = Code { bits: 0, length: 1 };
        for code in self.codes.iter().chain([&distance]) {
            let reversed = code.length.reverse_bits() >> (8 - LENGTH_OF_LENGTHS);
            self.put(reversed.into(), LENGTH_OF_LENGTHS.into());
        }
    }

    /// With an empty stored block, which begins at a byte.
    fn end(mut self) -> usize {
        self.symbol(END);
        self.put(0, 3);
        self.put(0, (8 - self.count) % 8);
        self.put(0xFFFF_0000, 32);
        self.position
    }
}

impl Tokens for Bits<'_> {
    fn byte(&mut self, byte: u8) {
        self.symbol(byte.into());
    }

    #[inline(always)]
    fn bytes(&mut self, bytes: &[u8; 8]) {
        let [a, b, c, d, e, f, g, h] = bytes.map(|byte| self.codes[usize::from(byte)]);
        for (a, b, c, d) in [(a, b, c, d), (e, f, g, h)] {
            let (ab, ab_length) = joined(a, b);
            let (cd, cd_length) = joined(c, d);
            self.put(ab | cd << ab_length, ab_length + cd_length);
        }
    }

    fn repeated(&mut self, length: usize) {
        let (symbol, extra, extra_bits) = length_symbol(length);
        let Code { bits, length } = self.codes[symbol];
        // And the distance's bit, which is 0.
        let count = u32::from(length) + extra_bits + 1;
        self.put(u64::from(bits) | extra << length, count);
    }
}

fn joined(first: Code, second: Code) -> (u64, u32) {
    (
        u64::from(first.bits) | u64::from(second.bits) << first.length,
        u32::from(first.length) + u32::from(second.length),
    )
}
