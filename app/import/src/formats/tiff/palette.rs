//! Palettes, which the `tiff` crate does not read: it is shown the same file as grey, which gives the indices.

use crate::error::Problem;
use crate::format::Format;

/// PhotometricInterpretation: 3 is a palette, 1 is grey.
const PHOTOMETRIC: u16 = 262;
const GREY: u16 = 1;

/// The file with its first directory saying "grey"; `None` when there is no such entry (or it is a BigTIFF).
pub(super) fn as_grey(bytes: &[u8]) -> Option<Vec<u8>> {
    let little = bytes.starts_with(b"II*\0");
    let short = |at: usize| {
        let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let four = bytes.get(4..8)?.try_into().ok()?;
    let directory = if little {
        u32::from_le_bytes(four)
    } else {
        u32::from_be_bytes(four)
    } as usize;
    // Entries of 12 bytes: tag, type, count (4), then the value, which for a short is in the first 2 of 4 bytes.
    let entry = (0..usize::from(short(directory)?))
        .map(|n| directory + 2 + n * 12)
        .find(|at| short(*at) == Some(PHOTOMETRIC))?;
    let mut grey = bytes.to_vec();
    let value = grey.get_mut(entry + 8..entry + 10)?;
    value.copy_from_slice(&if little {
        GREY.to_le_bytes()
    } else {
        GREY.to_be_bytes()
    });
    Some(grey)
}

/// Indices to RGB. The colour map holds all reds, then all greens, then all blues, at 16 bits; some writers fill only
/// the low 8, which libtiff too recognises by no entry being larger. An index past the map is black.
pub(super) fn look_up(indices: &[u8], map: &[u16]) -> Result<Vec<u8>, Problem> {
    let count = map.len() / 3;
    if count == 0 {
        return Err(Problem::unsupported(
            Format::Tiff,
            "a palette without colours",
        ));
    }
    let narrow = map.iter().all(|value| *value < 256);
    // The high byte is the colour, whether its writer multiplied by 256 or by 257.
    let to_u8 = |value: u16| if narrow { value } else { value >> 8 } as u8;
    let colours: Vec<[u8; 3]> = (0..count)
        .map(|n| [map[n], map[count + n], map[2 * count + n]].map(to_u8))
        .collect();
    Ok(indices
        .iter()
        .flat_map(|index| {
            colours
                .get(usize::from(*index))
                .copied()
                .unwrap_or_default()
        })
        .collect())
}
