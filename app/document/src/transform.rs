use std::f64::consts::TAU;

use glam::{DAffine2, DVec2};

use crate::Bounds;

/// Where a layer's pixels lie in the document: scaled about their middle, then turned, then placed.
/// Negative scale flips. Kept as parts rather than as a matrix, so that the properties panel can show them and
/// no edit can shear a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    /// Document position of the middle of the pixels, within ±[`Transform::MAX_CENTER`].
    pub center: DVec2,
    /// Factors along the pixels' own axes; their size lies in
    /// [`Transform::MIN_SCALE`]..=[`Transform::MAX_SCALE`].
    pub scale: DVec2,
    /// Radians, clockwise on screen (y points down).
    pub rotation: f64,
}

/// Differences below this, in document pixels, are rounding errors of earlier arithmetic.
const PIXEL_TOLERANCE: f64 = 1e-6;
/// As [`PIXEL_TOLERANCE`] for factors and radians: over 30,000 pixels it amounts to less than 1/30 of a pixel.
const FACTOR_TOLERANCE: f64 = 1e-9;

impl Transform {
    /// Smallest size of a factor.
    pub const MIN_SCALE: f64 = 1e-6;
    /// Largest size of a factor.
    pub const MAX_SCALE: f64 = 1e6;
    /// Farthest middle from the canvas's corner, in pixels. Far from where `i32` bounds end.
    pub const MAX_CENTER: f64 = 1e9;

    /// Pixels of `width` × `height` laid unscaled with their top left corner at (`left`, `top`).
    pub fn at(left: f64, top: f64, width: u32, height: u32) -> Self {
        Self {
            center: DVec2::new(left, top) + half_size(width, height),
            scale: DVec2::ONE,
            rotation: 0.0,
        }
    }

    /// Maps pixel coordinates (corner of the top left pixel = (0, 0)) to document coordinates.
    pub fn document_from_pixels(&self, width: u32, height: u32) -> DAffine2 {
        DAffine2::from_scale_angle_translation(self.scale, self.rotation, self.center)
            * DAffine2::from_translation(-half_size(width, height))
    }

    /// The four corners in the document: top left, top right, bottom right, bottom left of the pixels.
    pub fn corners(&self, width: u32, height: u32) -> [DVec2; 4] {
        let map = self.document_from_pixels(width, height);
        let (w, h) = (f64::from(width), f64::from(height));
        [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|corner| map.transform_point2(corner.into()))
    }

    /// The smallest whole-pixel rectangle that holds the transformed pixels.
    pub fn bounds(&self, width: u32, height: u32) -> Bounds {
        if let Some((left, top)) = self.integer_offset(width, height) {
            return Bounds::new(left, top, width, height);
        }
        let [a, b, c, d] = self.corners(width, height);
        let least = (a.min(b).min(c.min(d)) + PIXEL_TOLERANCE).floor();
        let most = (a.max(b).max(c.max(d)) - PIXEL_TOLERANCE).ceil();
        // Casts from float to integer saturate.
        Bounds {
            left: least.x as i32,
            top: least.y as i32,
            right: most.x.max(least.x) as i32,
            bottom: most.y.max(least.y) as i32,
        }
    }

    /// The whole-pixel offset of the top left corner, when the layer is neither scaled, turned nor between pixels:
    /// such a layer is copied, not resampled.
    pub fn integer_offset(&self, width: u32, height: u32) -> Option<(i32, i32)> {
        let turned = self.rotation - (self.rotation / TAU).round() * TAU;
        let corner = self.center - half_size(width, height);
        let whole = corner.round();
        let is_copy = turned.abs() < FACTOR_TOLERANCE
            && self.scale.abs_diff_eq(DVec2::ONE, FACTOR_TOLERANCE)
            && corner.abs_diff_eq(whole, PIXEL_TOLERANCE);
        is_copy.then_some((whole.x as i32, whole.y as i32))
    }

    pub fn translated(&self, delta: DVec2) -> Self {
        Self {
            center: self.center + delta,
            ..*self
        }
    }

    /// What is wrong with the numbers, as the subject of a sentence; `None` when nothing is.
    pub(crate) fn invalid_number(&self) -> Option<&'static str> {
        let scale = self.scale.abs();
        let within = |factor: f64| (Self::MIN_SCALE..=Self::MAX_SCALE).contains(&factor);
        let near = |place: f64| (-Self::MAX_CENTER..=Self::MAX_CENTER).contains(&place);
        // `contains` is false for NaN.
        if !near(self.center.x) || !near(self.center.y) {
            Some("the position")
        } else if !within(scale.x) || !within(scale.y) {
            Some("the scale")
        } else if !self.rotation.is_finite() {
            Some("the rotation")
        } else {
            None
        }
    }
}

fn half_size(width: u32, height: u32) -> DVec2 {
    DVec2::new(f64::from(width), f64::from(height)) / 2.0
}
