//! What a Photoshop document says of a text layer's letters as a text of ours: as `export` says it of ours, the other way.

use document::{Alignment, Letters, Raster, Text};
use export::font_family;
use glam::{DAffine2, DVec2};
use import::{PsdAlignment, PsdTypeLayer};

/// Of the font's size, where Photoshop decides.
const LEADING: f64 = 1.2;
/// Most pixels that a size or a place may have.
const MOST: f64 = 1e6;

/// What the file does not say is measured on the pixels.
pub fn text_of(set: PsdTypeLayer, raster: &Raster) -> Text {
    let measured = Text::typed(set.words.clone(), &raster.pixels);
    let text = Text {
        colour: set.colour.unwrap_or(measured.colour),
        family: set.font.as_deref().map(font_family),
        alignment: match set.alignment {
            PsdAlignment::Left => Alignment::Left,
            PsdAlignment::Center => Alignment::Center,
            PsdAlignment::Right => Alignment::Right,
        },
        ..measured
    };
    match Place::of(&set, raster) {
        Some(Place { quad, angle, size }) => Text {
            quad,
            angle,
            size,
            ..text
        },
        None => text,
    }
}

/// In the layer's own pixels.
struct Place {
    quad: [[f32; 2]; 4],
    angle: f32,
    size: f32,
}

impl Place {
    fn of(set: &PsdTypeLayer, raster: &Raster) -> Option<Self> {
        let em = set.size?;
        let (columns, rows) = (raster.pixels.width(), raster.pixels.height());
        let document = raster.transform.document_from_pixels(columns, rows);
        let map = document.inverse() * DAffine2::from_cols_array(&set.transform?);
        // A text of ours is neither sheared nor mirrored, and as wide as its height makes it.
        let along = map.matrix2.x_axis.length();
        let across = map.matrix2.determinant() / along;
        let direction = map.matrix2.x_axis / along;
        let down = direction.perp();

        let letters = Letters::of(&set.words);
        let steps = set.words.lines().count().saturating_sub(1) as f64;
        let ink = (letters.height + letters.under_last) * em;
        let height = ink + steps * set.leading.unwrap_or(LEADING * em);
        let over_baseline = (letters.height - letters.under) * em;
        let top = set.baseline.map_or(0.0, |line| line - over_baseline);
        let [left, right] = set.sides.unwrap_or_else(|| sides(map, columns, rows));
        let (mut top, mut bottom) = (top * across, (top + height) * across);
        if across < 0.0 {
            (top, bottom) = (bottom, top);
        }
        let corner = |x: f64, y: f64| map.translation + direction * (x * along) + down * y;
        let corners = [
            corner(left, top),
            corner(right, top),
            corner(right, bottom),
            corner(left, bottom),
        ];
        let size = letters.height * em * across.abs();
        let fits = |number: f64| number.abs() <= MOST; // false for NaN
        let is_sound = corners
            .iter()
            .all(|corner| fits(corner.x) && fits(corner.y));
        (is_sound && fits(size) && size > 0.0).then(|| Self {
            quad: corners.map(|corner| corner.as_vec2().into()),
            angle: direction.to_angle().to_degrees() as f32,
            size: size as f32,
        })
    }
}

/// Of the pixels, in units of the text.
fn sides(map: DAffine2, columns: u32, rows: u32) -> [f64; 2] {
    let (width, height) = (f64::from(columns), f64::from(rows));
    let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    let inverse = map.inverse();
    let places = corners.map(|corner| inverse.transform_point2(DVec2::from(corner)).x);
    let least = places.into_iter().fold(f64::INFINITY, f64::min);
    [least, places.into_iter().fold(f64::NEG_INFINITY, f64::max)]
}
