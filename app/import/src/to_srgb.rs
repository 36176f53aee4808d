//! The colours of a document with a profile, for screens that show sRGB.

use image::RgbaImage;

use crate::colour::{Transform, transform_from_srgb, transform_to_srgb};

/// From the RGB of a profile to sRGB; colours beyond it become its nearest. Cheap to clone.
#[derive(Clone)]
pub struct ToSrgb(Transform);

impl ToSrgb {
    /// Steps of a [`table`](Self::table) along each of red, green and blue. Between them 99 of 100 colours of Display P3 come
    /// within 2 of 255, where 33 steps leave 6.
    pub const SIDE: usize = 65;

    /// `None` where the profile changes nothing, or is of no use.
    pub fn new(profile: &[u8]) -> Option<Self> {
        transform_to_srgb(profile).map(Self)
    }

    /// What [`SIDE`](Self::SIDE)³ colours become, red first: their red, green, blue and 255.
    pub fn table(&self) -> Vec<u8> {
        let step = |index: usize| (index * usize::from(u16::MAX) / (Self::SIDE - 1)) as u16;
        let each = || (0..Self::SIDE).map(step);
        let colours = each()
            .flat_map(|blue| each().map(move |green| (green, blue)))
            .flat_map(|(green, blue)| each().flat_map(move |red| [red, green, blue]));
        let table = converted(&self.0, colours.collect());
        let bytes = table
            .chunks_exact(3)
            .flat_map(|rgb| [byte(rgb[0]), byte(rgb[1]), byte(rgb[2]), u8::MAX]);
        bytes.collect()
    }

    /// Alpha stays.
    pub fn apply(&self, image: &mut RgbaImage) {
        let colours = image.pixels().flat_map(|pixel| {
            let [red, green, blue, _] = pixel.0.map(|value| u16::from(value) * 257);
            [red, green, blue]
        });
        let converted = converted(&self.0, colours.collect());
        for (pixel, rgb) in image.pixels_mut().zip(converted.chunks_exact(3)) {
            for (value, shown) in pixel.0.iter_mut().zip(rgb) {
                *value = byte(*shown);
            }
        }
    }

    pub fn colour(&self, rgb: [u8; 3]) -> [u8; 3] {
        one(&self.0, rgb)
    }
}

/// From sRGB to the RGB of a profile, for what is picked on the screen.
pub struct FromSrgb(Transform);

impl FromSrgb {
    /// `None` as of [`ToSrgb::new`], and where the profile tells only the other way.
    pub fn new(profile: &[u8]) -> Option<Self> {
        transform_from_srgb(profile).map(Self)
    }

    pub fn colour(&self, rgb: [u8; 3]) -> [u8; 3] {
        one(&self.0, rgb)
    }
}

fn one(transform: &Transform, rgb: [u8; 3]) -> [u8; 3] {
    let converted = converted(transform, rgb.map(|value| u16::from(value) * 257).into());
    [0, 1, 2].map(|channel| byte(converted[channel]))
}

/// As they were where they cannot be.
fn converted(transform: &Transform, colours: Vec<u16>) -> Vec<u16> {
    let mut out = vec![0; colours.len()];
    match transform.transform(&colours, &mut out) {
        Ok(()) => out,
        Err(_) => colours,
    }
}

fn byte(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}
