//! Pixels per inch, from the units that files use.

use exif::{In, Tag};

/// Centimetres in an inch.
const CENTIMETRES: f64 = 2.54;

/// A resolution that means something: files write 0 or 1 for "unknown" and, when damaged, anything.
pub(crate) fn plausible(pixels_per_inch: f64) -> Option<f64> {
    (2.0..=10_000.0)
        .contains(&pixels_per_inch)
        .then_some(pixels_per_inch)
}

/// PNG and BMP hold whole pixels per metre, which cannot say 72 per inch (2834.6): the whole number per inch that
/// gives the same is what was meant.
pub(crate) fn from_per_metre(pixels: f64) -> Option<f64> {
    let exact = pixels * CENTIMETRES / 100.0;
    let whole = exact.round();
    let same = (whole * 100.0 / CENTIMETRES - pixels).abs() < 1.0;
    plausible(if same { whole } else { exact })
}

pub(crate) fn from_per_centimetre(pixels: f64) -> Option<f64> {
    plausible(pixels * CENTIMETRES)
}

/// TIFF's and EXIF's pair: the resolution and its unit (2 inch, 3 centimetre; anything else is no length).
pub(crate) fn from_tiff_unit(pixels: f64, unit: u32) -> Option<f64> {
    match unit {
        2 => plausible(pixels),
        3 => from_per_centimetre(pixels),
        _ => None,
    }
}

/// From an EXIF block (which begins with its TIFF header).
pub(crate) fn from_exif(block: &[u8]) -> Option<f64> {
    let fields = exif::Reader::new().read_raw(block.to_vec()).ok()?;
    let resolution = match &fields.get_field(Tag::XResolution, In::PRIMARY)?.value {
        exif::Value::Rational(values) => values.first()?.to_f64(),
        _ => return None,
    };
    let unit = fields
        .get_field(Tag::ResolutionUnit, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .unwrap_or(2);
    from_tiff_unit(resolution, unit)
}
