use super::bytes::PutBytes;

/// Photoshop's limit for a layer's name, in UTF-16 units.
const MAX_UNITS: usize = 255;

/// What Photoshop can hold of a name: no control characters, at most 255 UTF-16 units, never empty (GIMP refuses
/// files with empty names).
pub fn storable(name: &str, fallback: &str) -> String {
    let mut units = 0;
    let kept: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take_while(|c| {
            units += c.len_utf16();
            units <= MAX_UNITS
        })
        .collect();
    if kept.is_empty() {
        fallback.to_string()
    } else {
        kept
    }
}

/// A Unicode string: the number of UTF-16 units, then the units, without a NUL.
pub fn put_unicode(out: &mut Vec<u8>, text: &str) {
    let units: Vec<u16> = text.encode_utf16().collect();
    out.put_len(units.len());
    for unit in units {
        out.put_u16(unit);
    }
}

/// A Pascal string for readers that know no Unicode names: a length byte, then ASCII with `?` for all else, padded
/// with zeros to a multiple of 4 in all.
pub fn put_pascal_padded_to_4(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    let ascii: Vec<u8> = text
        .chars()
        .take(MAX_UNITS)
        .map(|c| if c.is_ascii() { c as u8 } else { b'?' })
        .collect();
    out.put_u8(ascii.len() as u8);
    out.put(&ascii);
    let padded = (out.len() - start).next_multiple_of(4);
    out.resize(start + padded, 0);
}
