//! Layers without pixels of their own: what they do, as their blocks say it.

use super::bytes::PutBytes;
use super::descriptor::{Value, put_descriptor};

/// Photoshop's Hue/Saturation for all colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HueSaturation {
    /// Degrees, −180 to 180.
    pub hue: i16,
    /// Percent, −100 to 100.
    pub saturation: i16,
    /// Percent, −100 to 100.
    pub lightness: i16,
}

impl HueSaturation {
    pub const NONE: Self = Self {
        hue: 0,
        saturation: 0,
        lightness: 0,
    };
}

/// What "colourise" begins with when it is switched on: hue, saturation, lightness.
const COLORIZE: [i16; 3] = [0, 25, 0];
/// Where each range of colours (red, yellow, green, cyan, blue, magenta) fades in, is full from, full to, and has faded,
/// in degrees.
const RANGES: [[i16; 4]; 6] = [
    [315, 345, 15, 45],
    [15, 45, 75, 105],
    [75, 105, 135, 165],
    [135, 165, 195, 225],
    [195, 225, 255, 285],
    [255, 285, 315, 345],
];

/// The block `hue2`: 100 bytes.
pub fn hue_saturation(change: HueSaturation) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_u16(2);
    out.put(&[0, 0]); // not colourised
    let master = [change.hue, change.saturation, change.lightness];
    let ranges = RANGES.iter().flat_map(|range| [&range[..], &[0; 3]]);
    [&COLORIZE[..], &master]
        .into_iter()
        .chain(ranges)
        .flatten()
        .for_each(|value| out.put_i16(*value));
    out
}

/// The block `SoCo`: 112 bytes.
pub fn solid_colour(colour: [u8; 3]) -> Vec<u8> {
    let [red, green, blue] = colour.map(|value| Value::Double(value.into()));
    let colour = vec![("Rd  ", red), ("Grn ", green), ("Bl  ", blue)];
    let mut out = Vec::new();
    put_descriptor(
        &mut out,
        "null",
        &vec![("Clr ", Value::Object("RGBC", colour))],
    );
    out
}
