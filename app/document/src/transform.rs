use glam::{DAffine2, DVec2};

use crate::Bounds;

/// Where a layer's pixels lie in the document: scaled about their middle, then turned, then placed.
/// Negative scale flips. Kept as parts rather than as a matrix, so that the properties panel can show them and
/// no edit can shear a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    /// Document position of the middle of the pixels.
    pub center: DVec2,
    /// Factors along the pixels' own axes; finite and not zero.
    pub scale: DVec2,
    /// Radians, clockwise on screen (y points down).
    pub rotation: f64,
}

impl Transform {
    /// Pixels of `width` × `height` laid unscaled with their top left corner at (`left`, `top`).
    pub fn at(left: f64, top: f64, width: u32, height: u32) -> Self {
        todo!()
    }

    /// Maps pixel coordinates (corner of the top left pixel = (0, 0)) to document coordinates.
    pub fn document_from_pixels(&self, width: u32, height: u32) -> DAffine2 {
        todo!()
    }

    /// The four corners in the document: top left, top right, bottom right, bottom left of the pixels.
    pub fn corners(&self, width: u32, height: u32) -> [DVec2; 4] {
        todo!()
    }

    /// The smallest whole-pixel rectangle that holds the transformed pixels.
    pub fn bounds(&self, width: u32, height: u32) -> Bounds {
        todo!()
    }

    /// The whole-pixel offset of the top left corner, when the layer is neither scaled, turned nor between pixels:
    /// such a layer is copied, not resampled.
    pub fn integer_offset(&self, width: u32, height: u32) -> Option<(i32, i32)> {
        todo!()
    }

    pub fn translated(&self, delta: DVec2) -> Self {
        Self { center: self.center + delta, ..*self }
    }
}
