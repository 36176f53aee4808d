//! What a file is, by its first bytes.

use crate::error::Problem;
use crate::format::Format;
use crate::psd;

/// The format to decode `bytes` as, or what the bytes are instead.
pub(crate) fn format_of(bytes: &[u8]) -> Result<Format, Problem> {
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    let has_at = |offset: usize, signature: &[u8]| {
        bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(signature))
    };
    if starts(b"\x89PNG\r\n\x1a\n") {
        Ok(Format::Png)
    } else if starts(b"\xff\xd8\xff") {
        Ok(Format::Jpeg)
    } else if starts(b"RIFF") && has_at(8, b"WEBP") {
        Ok(Format::WebP)
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Ok(Format::Gif)
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]
        .iter()
        .any(|s| starts(*s))
    {
        Ok(Format::Tiff)
    } else if starts(b"BM") && has_at(6, &[0; 4]) {
        Ok(Format::Bmp)
    } else if has_at(4, b"ftyp") && brands(bytes).any(|brand| brand == b"avif") {
        Ok(Format::Avif)
    } else if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL \r\n\x87\n") {
        Ok(Format::JpegXl)
    } else if starts(b"\0\0\0\x0cjP  \r\n\x87\n") || starts(b"\xff\x4f\xff\x51") {
        Ok(Format::Jpeg2000)
    } else if starts(b"qoif") {
        Ok(Format::Qoi)
    } else if starts(b"\0\0\x01\0") {
        Ok(Format::Ico)
    } else if psd::is_psd(bytes) {
        Ok(Format::Psd)
    } else if is_tga(bytes) {
        Ok(Format::Tga)
    } else {
        Err(other(bytes).map_or(Problem::NotAPicture, Problem::OtherFormat))
    }
}

/// Of a container like MP4 (ISO 14496-12): the main brand, then, after a version, those it is compatible with.
fn brands(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let length = bytes
        .first_chunk()
        .map_or(0, |first| u32::from_be_bytes(*first));
    let end = bytes.len().min(length as usize).max(12).min(bytes.len());
    let brands = bytes.get(8..end).unwrap_or_default().chunks_exact(4);
    brands
        .enumerate()
        .filter_map(|(index, brand)| (index != 1).then_some(brand))
}

/// A TGA has no signature, only an ending, and that not before its second version: its header must make sense.
fn is_tga(bytes: &[u8]) -> bool {
    if bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return true;
    }
    let Some(
        &[
            _,
            map,
            kind,
            m1,
            m2,
            m3,
            m4,
            map_bits,
            _,
            _,
            _,
            _,
            w1,
            w2,
            h1,
            h2,
            bits,
            flags,
        ],
    ) = bytes.first_chunk::<18>()
    else {
        return false;
    };
    let has_size = (w1, w2) != (0, 0) && (h1, h2) != (0, 0);
    let map_fits = match map {
        0 => [m1, m2, m3, m4, map_bits] == [0; 5] && matches!(kind, 2 | 3 | 10 | 11),
        1 => matches!(kind, 1 | 9) && matches!(map_bits, 15 | 16 | 24 | 32),
        _ => false,
    };
    let bits_fit = match kind {
        2 | 10 => matches!(bits, 15 | 16 | 24 | 32),
        _ => matches!(bits, 8 | 16),
    };
    has_size && map_fits && bits_fit && flags & 0xc0 == 0
}

/// Formats that a designer may well try, named so that the message helps.
fn other(bytes: &[u8]) -> Option<&'static str> {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    if starts(b"%PDF") {
        return Some("a PDF document");
    }
    if starts(b"%!PS") || starts(b"\xc5\xd0\xd3\xc6") {
        return Some("a PostScript document");
    }
    if starts(b"gimp xcf") {
        return Some("a GIMP document");
    }
    if starts(b"v/1\x01") {
        return Some("an OpenEXR picture");
    }
    if starts(b"#?RADIANCE") {
        return Some("a Radiance HDR picture");
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(if brands(bytes).any(|brand| HEIF.contains(&brand)) {
            "a HEIC picture"
        } else {
            "a video"
        });
    }
    is_svg(bytes).then_some("an SVG drawing")
}

const HEIF: [&[u8]; 6] = [b"heic", b"heix", b"hevc", b"heif", b"mif1", b"msf1"];

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes));
    head.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
        && head.contains("<svg")
}
