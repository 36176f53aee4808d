//! Apple's PackBits, as TIFF 6.0 (section 9) describes it. A header byte n of 0 to 127 is followed by n + 1 bytes as
//! they are, one of 129 to 255 by a byte to be repeated 257 − n times.

/// Most bytes that one header can cover.
const MAX_COVERED: usize = 128;

/// Appends `row`, packed, to `packed`. At worst it grows by one byte in 128.
pub fn pack(row: &[u8], packed: &mut Vec<u8>) {
    let mut rest = row;
    while let Some(&first) = rest.first() {
        let (literal, after) = rest.split_at(literal_length(rest));
        for part in literal.chunks(MAX_COVERED) {
            packed.push((part.len() - 1) as u8);
            packed.extend_from_slice(part);
        }
        let repeated = after.first().copied().unwrap_or(first);
        let mut run = run_length(after);
        rest = &after[run..];
        while run > 0 {
            let covered = run.min(MAX_COVERED);
            packed.push(if covered == 1 {
                0
            } else {
                (257 - covered) as u8
            });
            packed.push(repeated);
            run -= covered;
        }
    }
}

/// Bytes before the first three equal ones. Two equal bytes are not worth ending a literal for.
fn literal_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Eight places at a time: a byte of `differs` is zero where three equal bytes begin.
    while let Some(window) = bytes.get(at..at + 10) {
        let (a, b, c) = (word(window), word(&window[1..]), word(&window[2..]));
        let differs = (a ^ b) | (b ^ c);
        let zeros = differs.wrapping_sub(0x0101_0101_0101_0101) & !differs & 0x8080_8080_8080_8080;
        if zeros != 0 {
            return at + zeros.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..]
        .windows(3)
        .position(|three| three[0] == three[1] && three[1] == three[2])
        .map_or(bytes.len(), |found| at + found)
}

/// How often the first byte is repeated at the start of `bytes`.
fn run_length(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else {
        return 0;
    };
    let repeated = u64::from_le_bytes([first; 8]);
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + 8) {
        let differs = word(window) ^ repeated;
        if differs != 0 {
            return at + differs.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..]
        .iter()
        .take_while(|&&byte| byte == first)
        .count()
}

/// The first eight bytes; the first one is the lowest.
fn word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |eight| u64::from_le_bytes(*eight))
}
