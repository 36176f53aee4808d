//! What a file is, by its first bytes.

use crate::error::{Format, Problem};

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
    } else {
        Err(other(bytes).map_or(Problem::NotAPicture, Problem::OtherFormat))
    }
}

/// Formats that a designer may well try, named so that the message helps.
fn other(bytes: &[u8]) -> Option<&'static str> {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    if starts(b"8BPS") {
        return Some("a Photoshop document");
    }
    if starts(b"%PDF") {
        return Some("a PDF document");
    }
    if starts(b"%!PS") || starts(b"\xc5\xd0\xd3\xc6") {
        return Some("a PostScript document");
    }
    if starts(b"gimp xcf") {
        return Some("a GIMP document");
    }
    if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL \r\n\x87\n") {
        return Some("a JPEG XL picture");
    }
    if starts(b"\0\0\0\x0cjP  \r\n\x87\n") || starts(b"\xff\x4f\xff\x51") {
        return Some("a JPEG 2000 picture");
    }
    if starts(b"\0\0\x01\0") {
        return Some("an icon file");
    }
    if starts(b"v/1\x01") {
        return Some("an OpenEXR picture");
    }
    if starts(b"#?RADIANCE") {
        return Some("a Radiance HDR picture");
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(match bytes.get(8..12) {
            Some(b"avif" | b"avis") => "an AVIF picture",
            Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => "a HEIC picture",
            _ => "a video",
        });
    }
    is_svg(bytes).then_some("an SVG drawing")
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes));
    head.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
        && head.contains("<svg")
}
