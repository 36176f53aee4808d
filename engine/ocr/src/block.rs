use serde::{Deserialize, Serialize};

/// Four corners in pixels of the picture, clockwise from where the reading begins: the letters' top left, top right,
/// bottom right, bottom left.
pub type Quad = [[f32; 2]; 4];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    pub words: String,
    pub quad: Quad,
    /// 0 to 1.
    pub confidence: f32,
}

/// Lines of one size, direction and colour that stand together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextBlock {
    /// In the order they are read.
    pub lines: Vec<TextLine>,
    pub quad: Quad,
    /// Of the lines, in degrees clockwise from level, -180 to 180.
    pub angle: f32,
    /// Height of the letters (a capital's, where there is one) in pixels of the picture.
    pub size: f32,
    /// What the letters are filled with, sRGB.
    pub colour: [u8; 3],
    /// 0 to 1: the mean over the lines, by their length.
    pub confidence: f32,
}

impl TextBlock {
    /// Of all lines, one below the other.
    pub fn words(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.words.as_str()).collect();
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

fn scaled(quad: Quad, x: f32, y: f32) -> Quad {
    quad.map(|[across, down]| [across * x, down * y])
}
