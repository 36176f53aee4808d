//! Layers that hold no pixels but what to do: the two that Lamina has as well.

use super::cursor::Cursor;
use crate::error::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// For all colours: degrees, percent, percent.
    HueSaturation([i16; 3]),
    /// One colour everywhere.
    SolidColour([u8; 3]),
}

/// Ranges of colours that Hue/Saturation can change by themselves.
const RANGES: usize = 6;

/// The block `hue2`; `None` where it colourises, or changes some colours by themselves.
pub fn hue_saturation(mut data: Cursor) -> Result<Option<Adjustment>, Problem> {
    data.u16()?;
    let colorizes = data.u8()? != 0;
    data.take(7)?;
    let master = [data.i16()?, data.i16()?, data.i16()?];
    let mut is_plain = !colorizes;
    for _ in 0..RANGES {
        data.take(8)?;
        is_plain &= [data.i16()?, data.i16()?, data.i16()?] == [0; 3];
    }
    Ok(is_plain.then_some(Adjustment::HueSaturation(master)))
}

/// The block `SoCo`; `None` where the colour is not in RGB.
pub fn solid_colour(data: Cursor) -> Option<Adjustment> {
    let channel = |key: &[u8; 8]| {
        let bytes = data.rest();
        let at = bytes.windows(key.len()).position(|window| window == key)?;
        let value = bytes[at + key.len()..].first_chunk::<8>()?;
        Some(f64::from_be_bytes(*value).clamp(0.0, 255.0).round() as u8)
    };
    let colour = [
        channel(b"Rd  doub")?,
        channel(b"Grn doub")?,
        channel(b"Bl  doub")?,
    ];
    Some(Adjustment::SolidColour(colour))
}
