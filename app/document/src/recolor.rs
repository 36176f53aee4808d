/// A non-destructive change of a layer's colours; alpha is never changed. The default changes nothing.
///
/// Order: hue, saturation and lightness in HSL of the sRGB values, then the tint over the result.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recolor {
    /// Degrees added to the hue, −180 to 180.
    pub hue: f32,
    /// −1 (grey) to 1 (twice as saturated, at most fully).
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

impl Recolor {
    pub fn is_identity(&self) -> bool {
        self.hue == 0.0 && self.saturation == 0.0 && self.lightness == 0.0 && self.tint.strength == 0.0
    }

    /// `rgb` are sRGB values, 0 to 1. The canvas shader computes the same formula.
    pub fn apply(&self, rgb: [f32; 3]) -> [f32; 3] {
        todo!()
    }
}
