//! What the selection means for the canvas: the picture layers in it, and the box around them.

use document::{Document, Layer, LayerContent, LayerId, Raster};
use glam::{DMat2, DVec2};

/// A picture layer that is selected itself or lies in a selected group.
pub struct SelectedRaster<'a> {
    pub id: LayerId,
    pub raster: &'a Raster,
    /// Its place, or that of a group around it, is locked.
    pub locked: bool,
}

impl SelectedRaster<'_> {
    pub fn corners(&self) -> [DVec2; 4] {
        self.raster
            .transform
            .corners(self.raster.pixels.width(), self.raster.pixels.height())
    }

    pub fn size(&self) -> DVec2 {
        DVec2::new(
            self.raster.pixels.width().into(),
            self.raster.pixels.height().into(),
        )
    }
}

/// Bottom first, each layer once.
pub fn selected_rasters<'a>(
    document: &'a Document,
    selection: &[LayerId],
) -> Vec<SelectedRaster<'a>> {
    let mut found = Vec::new();
    for layer in document.layers() {
        collect(layer, selection, false, false, &mut found);
    }
    found
}

fn collect<'a>(
    layer: &'a Layer,
    selection: &[LayerId],
    in_selected: bool,
    in_locked: bool,
    found: &mut Vec<SelectedRaster<'a>>,
) {
    let selected = in_selected || selection.contains(&layer.id);
    let locked = in_locked || layer.locks.position;
    match &layer.content {
        LayerContent::Raster(raster) if selected => found.push(SelectedRaster {
            id: layer.id,
            raster,
            locked,
        }),
        LayerContent::Raster(_) => {}
        LayerContent::Group(group) => {
            for child in &group.children {
                collect(child, selection, selected, locked, found);
            }
        }
    }
}

/// Top left and bottom right of the upright box around the points.
pub fn bounds(points: impl IntoIterator<Item = DVec2>) -> (DVec2, DVec2) {
    points.into_iter().fold(
        (DVec2::INFINITY, DVec2::NEG_INFINITY),
        |(min, max), point| (min.min(point), max.max(point)),
    )
}

/// The box with the handles, in document pixels: turned with the layer for one layer, upright around several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelectionBox {
    pub center: DVec2,
    /// Half the width and height along the box's own axes; not negative.
    pub half: DVec2,
    /// Radians, clockwise on screen.
    pub rotation: f64,
}

impl SelectionBox {
    pub fn around(rasters: &[SelectedRaster<'_>]) -> Option<Self> {
        match rasters {
            [] => None,
            [one] => {
                let transform = &one.raster.transform;
                let half = (one.size() * transform.scale).abs() / 2.0;
                Some(Self {
                    center: transform.center,
                    half,
                    rotation: transform.rotation,
                })
            }
            several => {
                let (min, max) = bounds(several.iter().flat_map(SelectedRaster::corners));
                Some(Self {
                    center: (min + max) / 2.0,
                    half: (max - min) / 2.0,
                    rotation: 0.0,
                })
            }
        }
    }

    /// The document position of `local`, given in box coordinates: (−1, −1) is the top left corner, (1, 1) the bottom right.
    pub fn point(&self, local: DVec2) -> DVec2 {
        self.center + self.axes() * (local * self.half)
    }

    pub fn corners(&self) -> [DVec2; 4] {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(x, y)| self.point(DVec2::new(x, y)))
    }

    pub fn contains(&self, point: DVec2) -> bool {
        let local = (self.axes().transpose() * (point - self.center)).abs();
        local.x <= self.half.x && local.y <= self.half.y
    }

    /// From the box's own axes to the document's.
    pub fn axes(&self) -> DMat2 {
        DMat2::from_angle(self.rotation)
    }
}
