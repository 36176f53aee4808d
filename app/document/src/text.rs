/// What the lettering on a layer says and how it is set, for people and for files that keep text as text. A record of
/// what the pixels showed when they were made; no edit changes it.
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
    /// How sure the reading is, 0 to 1.
    pub confidence: f32,
}
