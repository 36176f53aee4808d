use glam::DVec2;

use crate::{Document, Layer, LayerContent, LayerId, Raster};

/// The topmost shown raster layer whose pixel at `point` (document coordinates) is not transparent.
/// Layers that are locked altogether are not hit. Works outside the canvas too, where layers may reach.
pub fn topmost_layer_at(document: &Document, point: DVec2) -> Option<LayerId> {
    topmost_of(document.layers(), point)
}

/// A hidden, locked or fully transparent group hides its layers from the pointer.
fn topmost_of(layers: &[Layer], point: DVec2) -> Option<LayerId> {
    let reachable = layers
        .iter()
        .rev()
        .filter(|layer| layer.visible && !layer.locks.is_all() && layer.opacity > 0);
    reachable
        .into_iter()
        .find_map(|layer| match &layer.content {
            LayerContent::Raster(raster) => raster.is_visible_at(point).then_some(layer.id),
            LayerContent::Group(group) => topmost_of(&group.children, point),
        })
}

impl Raster {
    /// True when the pixel that lies under `point` is not transparent.
    fn is_visible_at(&self, point: DVec2) -> bool {
        let (width, height) = self.pixels.image().dimensions();
        let map = self.transform.document_from_pixels(width, height).inverse();
        let pixel = map.transform_point2(point).floor();
        // Negative and NaN fail the first test; casts beyond the picture saturate and miss it.
        pixel.cmpge(DVec2::ZERO).all()
            && self
                .pixels
                .image()
                .get_pixel_checked(pixel.x as u32, pixel.y as u32)
                .is_some_and(|p| p.0[3] > 0)
    }
}
