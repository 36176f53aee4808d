use crate::Pixels;

/// What the lettering on a layer says and how it is set, for people and for files that keep text as text: read from the
/// pixels or typed. The pixels stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Line by line.
    pub words: String,
    /// Around the lettering, in the layer's own pixels, clockwise from the top left as one reads it. The layer's transform
    /// applies to it as to them.
    pub quad: [[f32; 2]; 4],
    /// Of the reading direction in the layer's own pixels, in degrees clockwise from a horizontal one.
    pub angle: f32,
    /// Height of the letters in the layer's own pixels.
    pub size: f32,
    /// Of the fill, sRGB, before any recolouring.
    pub colour: [u8; 3],
    /// Of the font, where it is known or guessed.
    pub family: Option<String>,
    /// How sure the reading is, 0 to 1.
    pub confidence: f32,
    pub alignment: Alignment,
}

/// Where a text's lines meet: at a side of its quad, or in the middle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alignment {
    #[default]
    Left,
    Center,
    Right,
}

impl Text {
    /// Of words that someone types: they fill `pixels` line by line, in its mean colour.
    pub fn typed(words: String, pixels: &Pixels) -> Self {
        let (width, height) = (pixels.width() as f32, pixels.height() as f32);
        let lines = words.lines().count().max(1);
        Self {
            size: height / lines as f32,
            words,
            quad: [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]],
            angle: 0.0,
            colour: mean_colour(pixels),
            family: None,
            confidence: 1.0,
            alignment: Alignment::Left,
        }
    }

    /// What is no number, as the subject of a sentence; `None` when nothing is.
    pub(crate) fn invalid_number(&self) -> Option<&'static str> {
        let numbers = self.quad.as_flattened().iter();
        let numbers = numbers.chain([&self.angle, &self.size, &self.confidence]);
        let all_finite = numbers.copied().all(f32::is_finite);
        (!all_finite).then_some("a measure of the text")
    }
}

/// Of what is opaque enough to be a letter's inside.
fn mean_colour(pixels: &Pixels) -> [u8; 3] {
    let (mut sums, mut count) = ([0_u64; 3], 0);
    let inside = pixels.image().pixels().filter(|pixel| pixel.0[3] > 127);
    for pixel in inside {
        count += 1;
        for (sum, value) in sums.iter_mut().zip(pixel.0) {
            *sum += u64::from(value);
        }
    }
    sums.map(|sum| sum.checked_div(count).unwrap_or(0) as u8)
}
