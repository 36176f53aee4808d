use serde::{Deserialize, Serialize};

/// One line of text in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    pub words: String,
    /// In pixels, clockwise from the top left as one reads it.
    pub quad: [[f32; 2]; 4],
    /// 0 to 1.
    pub confidence: f32,
}

/// Lines of one style that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextBlock {
    /// In reading order.
    pub lines: Vec<TextLine>,
    /// Around all lines, in pixels, clockwise from the top left as one reads it.
    pub quad: [[f32; 2]; 4],
    /// Of the reading direction, in degrees clockwise from a horizontal one.
    pub angle: f32,
    /// Height of the letters in pixels.
    pub size: f32,
    /// Of the fill, sRGB.
    pub colour: [u8; 3],
    /// 0 to 1.
    pub confidence: f32,
}

impl TextBlock {
    /// Of all lines, one below the other.
    pub fn words(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(|line| line.words.as_str()).collect();
        lines.join("\n")
    }

    /// As it stands in the picture made `x` times as wide and `y` times as high.
    pub fn scaled(&self, x: f32, y: f32) -> Self {
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let lines = self.lines.iter().map(|line| TextLine {
            quad: scaled(line.quad, x, y),
            ..line.clone()
        });
        Self {
            lines: lines.collect(),
            quad: scaled(self.quad, x, y),
            angle: (sin * y).atan2(cos * x).to_degrees(),
            size: self.size * (sin * x).hypot(cos * y),
            ..*self
        }
    }
}

fn scaled(quad: [[f32; 2]; 4], x: f32, y: f32) -> [[f32; 2]; 4] {
    quad.map(|[across, down]| [across * x, down * y])
}
