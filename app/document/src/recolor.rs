use image::RgbaImage;
use rayon::prelude::*;

/// A non-destructive change of a layer's colours; alpha is never changed. The default changes nothing.
///
/// Photoshop's Hue/Saturation, then the tint over the result, all on the file's own (gamma-encoded) values:
///
/// ```text
/// v'      = v · (1 + lightness)              when lightness < 0, for each of r, g, b
///           v + (1 − v) · lightness          otherwise
/// h, s, l = HSL(r', g', b')
/// s'      = s · (1 + saturation)             when saturation < 0
///           min(s / (1 − saturation), 1)     otherwise
/// out     = mix(RGB(h + hue, s', l), tint.color, tint.strength)
/// ```
///
/// HSL as in CSS Color Module Level 4, section 7. The order and the formulas follow pictures that Photoshop merged
/// (`tests/psd_files/adjustments/huesaturation_*.psd` of psd-tools at 31d5b6b): a level of 255 apart on average.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recolor {
    /// Degrees added to the hue, −180 to 180.
    pub hue: f32,
    /// −1 (grey) to 1 (all that is not grey as saturated as can be).
    pub saturation: f32,
    /// −1 (black) to 1 (white).
    pub lightness: f32,
    pub tint: Tint,
}

/// Photoshop's Color Overlay: `out = color · strength + c · (1 − strength)` on sRGB values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tint {
    pub color: [u8; 3],
    /// 0 to 1.
    pub strength: f32,
}

/// Chroma of the greyest colour of 8 bits that is not grey: this much more saturation makes it as saturated as can be.
const LEAST_CHROMA: f32 = 1.0 / 255.0;

impl Recolor {
    pub fn is_identity(&self) -> bool {
        self.keeps_hsl() && self.tint.strength == 0.0
    }

    fn keeps_hsl(&self) -> bool {
        self.hue == 0.0 && self.saturation == 0.0 && self.lightness == 0.0
    }

    /// `rgb` are sRGB values, 0 to 1. The canvas shader computes the same formula.
    pub fn apply(&self, rgb: [f32; 3]) -> [f32; 3] {
        let shifted = if self.keeps_hsl() {
            rgb
        } else {
            self.shift_hsl(rgb)
        };
        let Tint { color, strength } = self.tint;
        std::array::from_fn(|i| shifted[i] + (f32::from(color[i]) / 255.0 - shifted[i]) * strength)
    }

    fn shift_hsl(&self, rgb: [f32; 3]) -> [f32; 3] {
        let lit = rgb.map(|value| {
            let room = if self.lightness < 0.0 {
                value
            } else {
                1.0 - value
            };
            value + room * self.lightness
        });
        let (hue, saturation, lightness) = hsl_from_rgb(lit);
        let factor = if self.saturation < 0.0 {
            1.0 + self.saturation
        } else {
            1.0 / (1.0 - self.saturation).max(LEAST_CHROMA)
        };
        rgb_from_hsl(hue + self.hue, (saturation * factor).min(1.0), lightness)
    }

    /// Recolours every visible pixel of a picture.
    pub fn apply_to_image(&self, image: &mut RgbaImage) {
        let row_bytes = image.width() as usize * 4;
        if row_bytes > 0 {
            image
                .par_chunks_mut(row_bytes)
                .for_each(|row| self.apply_to_row(row));
        }
    }

    /// Recolours the visible pixels of a run of RGBA bytes.
    pub(crate) fn apply_to_row(&self, row: &mut [u8]) {
        if self.is_identity() {
            return;
        }
        let (pixels, _) = row.as_chunks_mut::<4>();
        // Neighbours are often equal, and then the last answer is this one too.
        let mut last = ([0; 3], self.apply_to_bytes([0; 3]));
        for [r, g, b, a] in pixels {
            let rgb = [*r, *g, *b];
            if *a == 0 {
                continue;
            }
            if rgb != last.0 {
                last = (rgb, self.apply_to_bytes(rgb));
            }
            [*r, *g, *b] = last.1;
        }
    }

    fn apply_to_bytes(&self, rgb: [u8; 3]) -> [u8; 3] {
        self.apply(rgb.map(|byte| f32::from(byte) / 255.0))
            .map(|value| (value * 255.0 + 0.5) as u8)
    }

    /// What is out of range, as the subject of a sentence; `None` when nothing is.
    pub(crate) fn invalid_number(&self) -> Option<&'static str> {
        // `contains` is false for NaN.
        if !(-180.0..=180.0).contains(&self.hue) {
            Some("the hue")
        } else if !(-1.0..=1.0).contains(&self.saturation) {
            Some("the saturation")
        } else if !(-1.0..=1.0).contains(&self.lightness) {
            Some("the lightness")
        } else if !(0.0..=1.0).contains(&self.tint.strength) {
            Some("the tint's strength")
        } else {
            None
        }
    }
}

/// Hue in degrees (0 for greys), saturation and lightness 0 to 1.
fn hsl_from_rgb([r, g, b]: [f32; 3]) -> (f32, f32, f32) {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let (chroma, lightness) = (most - least, (most + least) / 2.0);
    if chroma <= 0.0 {
        return (0.0, 0.0, lightness);
    }
    let sector = if most == r {
        (g - b) / chroma
    } else if most == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    let saturation = chroma / (1.0 - (2.0 * lightness - 1.0).abs());
    (60.0 * sector, saturation, lightness)
}

/// `hue` in degrees, from −360 on.
fn rgb_from_hsl(hue: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 2.0 / 3.0, 1.0 / 3.0].map(|offset| {
        let turns = offset + hue / 360.0 + 1.0;
        // The cast rounds down.
        let k = 12.0 * (turns - (turns as u32) as f32);
        lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}
