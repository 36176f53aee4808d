use glam::DVec2;

use crate::{Document, LayerId};

/// The topmost shown raster layer whose pixel at `point` (document coordinates) is not transparent.
/// Locked layers are not hit. Works outside the canvas too, where layers may reach.
pub fn topmost_layer_at(document: &Document, point: DVec2) -> Option<LayerId> {
    todo!()
}
