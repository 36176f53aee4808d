//! An ICC profile of sRGB (IEC 61966-2-1), laid out by ICC.1:2022 (profile version 4.2).

use super::bytes::PutBytes;

/// Of the profile connection space; ICC.1:2022, section 7.2.16. In 16.16 fixed point, as all numbers here.
const D50: [i32; 3] = [0xF6D6, 0x1_0000, 0xD32D];

/// The primaries of ITU-R BT.709 with white at D65 (x 0.3127, y 0.3290), adapted to D50 by Bradford's matrix (ICC.1:2022,
/// annex E). They add up to D50 to the last digit but one, as Little CMS's own sRGB does, so that converting from one to
/// the other changes no pixel.
const RED: [i32; 3] = [0x6FA0, 0x38F5, 0x0390];
const GREEN: [i32; 3] = [0x6297, 0xB787, 0x18D9];
const BLUE: [i32; 3] = [0x249F, 0x0F84, 0xB6C3];

/// The Bradford adaptation from D65 to D50, row by row; ICC.1:2022, annex E.
const ADAPTATION: [i32; 9] = [
    0x1_0C42, 0x05DE, -0x0CDB, 0x0793, 0xFD90, -0x045F, -0x025D, 0x03DC, 0xC06E,
];

/// IEC 61966-2-1: ((x + 0.055) / 1.055)^2.4, and x / 12.92 below 0.04045, as g, a, b, c, d.
const CURVE: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];

const HEADER_BYTES: usize = 128;
const TAG_ENTRY_BYTES: usize = 12;

pub fn srgb_profile() -> Vec<u8> {
    let curve = curve();
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("sRGB IEC61966-2.1")),
        (b"cprt", text("Public domain")),
        (b"wtpt", xyz(D50)),
        (b"chad", fixed(b"sf32", &ADAPTATION)),
        (b"rXYZ", xyz(RED)),
        (b"gXYZ", xyz(GREEN)),
        (b"bXYZ", xyz(BLUE)),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];
    let mut table = Vec::new();
    let mut data = Vec::new();
    table.put_len(tags.len());
    let data_at = HEADER_BYTES + 4 + tags.len() * TAG_ENTRY_BYTES;
    for (name, content) in &tags {
        table.put(*name);
        table.put_len(data_at + data.len());
        table.put_len(content.len());
        data.put(content);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    [header(data_at + data.len()), table, data].concat()
}

fn header(size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_len(size);
    out.put_u32(0); // no preferred colour engine
    out.put_u32(0x0420_0000);
    out.put(b"mntrRGB XYZ ");
    for part_of_date in [2000, 1, 1, 0, 0, 0] {
        out.put_u16(part_of_date);
    }
    out.put(b"acsp");
    out.put(&[0; 28]); // platform, flags, device, attributes, perceptual intent
    for value in D50 {
        out.put_i32(value);
    }
    out.resize(HEADER_BYTES, 0);
    out
}

fn fixed(kind: &[u8; 4], values: &[i32]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.put_u32(0);
    values.iter().for_each(|&value| out.put_i32(value));
    out
}

fn xyz(values: [i32; 3]) -> Vec<u8> {
    fixed(b"XYZ ", &values)
}

fn curve() -> Vec<u8> {
    let mut out = b"para\0\0\0\0".to_vec();
    out.put_u16(3); // the form with a straight part near black
    out.put_u16(0);
    CURVE
        .iter()
        .for_each(|value| out.put_i32((value * 65536.0).round() as i32));
    out
}

/// One text, in American English.
fn text(text: &str) -> Vec<u8> {
    const RECORD_BYTES: u32 = 12;
    const TEXT_AT: u32 = 28;
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = b"mluc\0\0\0\0".to_vec();
    out.put_u32(1);
    out.put_u32(RECORD_BYTES);
    out.put(b"enUS");
    out.put_len(units.len() * 2);
    out.put_u32(TEXT_AT);
    units.iter().for_each(|&unit| out.put_u16(unit));
    out
}
