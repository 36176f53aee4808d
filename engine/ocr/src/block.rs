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
    /// All lines in one.
    pub fn words(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.words.as_str()).collect();
        lines.join(" ")
    }
}
