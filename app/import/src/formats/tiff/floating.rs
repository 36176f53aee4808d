//! Floating-point samples: 0 is black and 1 is white. A profile says what lies between; without one they are light, as
//! Photoshop and GIMP have it.

use super::Kind;
use crate::colour::encoded;

pub(super) struct Curve {
    /// The samples are light and become sRGB.
    pub linear: bool,
    pub kind: Kind,
}

impl Curve {
    /// Anything brighter than white is white, and what is no number is black.
    pub(super) fn to_sixteen<S>(&self, data: Vec<S>, value: impl Fn(S) -> f32) -> Vec<u16> {
        let (channels, colours) = match self.kind {
            Kind::Direct { colour, .. } => (self.kind.channels(), colour.channels()),
            Kind::Palette(_) => (1, 1),
        };
        data.into_iter()
            .enumerate()
            .map(|(at, sample)| {
                let value = value(sample);
                let value = if value.is_nan() {
                    0.0
                } else {
                    value.clamp(0.0, 1.0)
                };
                let is_colour = at % channels < colours;
                let value = if self.linear && is_colour {
                    encoded(value)
                } else {
                    value
                };
                (value * 65_535.0 + 0.5) as u16
            })
            .collect()
    }
}
