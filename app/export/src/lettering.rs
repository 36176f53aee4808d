//! Where and how large a layer's words are, as Photoshop's text layers say it; PowerPoint's boxes follow from that.

use document::{Alignment, Letters, Raster, Text};
use glam::{DAffine2, DVec2};

use crate::font_names::postscript_name;
use crate::psd::TypeLayer;

/// Distances of lines that someone sets, in ems; others come of a quad that does not fit its words.
const LEADING: std::ops::Range<f64> = 0.8..3.0;

/// The text's first baseline is the quad's, from the side at which its lines meet, and it runs as the quad does, with the
/// layer's transform over it.
pub fn type_layer(text: &Text, raster: &Raster) -> TypeLayer {
    let letters = Letters::of(&text.words);
    let em = (f64::from(text.size) / letters.height).max(0.1);
    let corner = |index: usize| DVec2::new(text.quad[index][0].into(), text.quad[index][1].into());
    let (width, height) = (
        (corner(1) - corner(0)).length(),
        (corner(3) - corner(0)).length(),
    );
    let steps = text.words.lines().count().saturating_sub(1) as f64;
    let ink = (letters.height + letters.under_last) * em;
    let leading = (height - ink) / steps;
    let leading = (steps > 0.0 && LEADING.contains(&(leading / em))).then_some(leading);
    // A single line's quad may be taller than its letters.
    let slack = if steps == 0.0 {
        (height - ink) / 2.0
    } else {
        0.0
    };
    let baseline = slack.max(0.0) + (letters.height - letters.under) * em;

    let direction = DVec2::from_angle(f64::from(text.angle).to_radians());
    let meet = width
        * match text.alignment {
            Alignment::Left => 0.0,
            Alignment::Center => 0.5,
            Alignment::Right => 1.0,
        };
    let origin = corner(0) + direction * meet + direction.perp() * baseline;
    let on_layer = DAffine2::from_angle_translation(f64::from(text.angle).to_radians(), origin);
    let (columns, rows) = (raster.pixels.width(), raster.pixels.height());
    let map = raster.transform.document_from_pixels(columns, rows) * on_layer;
    // Photoshop names the size in the canvas's pixels where the transform does not scale.
    let scale = map.matrix2.determinant().abs().sqrt();
    let [x_axis, y_axis] = [map.matrix2.x_axis / scale, map.matrix2.y_axis / scale];
    TypeLayer {
        text: text.words.clone(),
        size: em * scale,
        leading: leading.map(|leading| leading * scale),
        colour: text.colour,
        font: postscript_name(text.family.as_deref().unwrap_or_default()),
        transform: [
            x_axis.x,
            x_axis.y,
            y_axis.x,
            y_axis.y,
            map.translation.x,
            map.translation.y,
        ],
        bounds: [-meet, -baseline, width - meet, height - baseline].map(|side| side * scale),
        alignment: text.alignment,
    }
}
