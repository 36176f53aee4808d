//! Light and two differences of colour, as scanners and JPEG within TIFF store them (TIFF 6.0, section 21).

use tiff::decoder::ifd::Value;
use tiff::tags::Tag;

use super::Tiff;

/// YCbCrCoefficients: the shares of red, green and blue in the light.
const COEFFICIENTS: Tag = Tag::Unknown(529);
const BT_601: [f32; 3] = [0.299, 0.587, 0.114];

pub(super) fn to_rgb(mut data: Vec<u8>, file: &mut Tiff) -> Vec<u8> {
    let [red, green, blue] = shares(file).unwrap_or(BT_601);
    for pixel in data.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(f32::from);
        let r = y + (2.0 - 2.0 * red) * (cr - 128.0);
        let b = y + (2.0 - 2.0 * blue) * (cb - 128.0);
        let g = (y - red * r - blue * b) / green;
        // `as` clamps to 0–255.
        *pixel = [r, g, b].map(|value| (value + 0.5) as u8);
    }
    data
}

fn shares(file: &mut Tiff) -> Option<[f32; 3]> {
    let Value::List(values) = file.find_tag(COEFFICIENTS).ok().flatten()? else {
        return None;
    };
    let shares: Vec<f32> = values
        .into_iter()
        .map_while(|value| match value {
            Value::Rational(over, under) => Some(over as f32 / under as f32),
            _ => None,
        })
        .collect();
    let shares: [f32; 3] = shares.try_into().ok()?;
    let usable = shares.iter().all(|share| (0.01..1.0).contains(share));
    usable.then_some(shares)
}
