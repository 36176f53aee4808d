use crate::{Bounds, Layer, LayerId, Pixels};

/// A canvas, the picture it came from, and the layers, bottom first.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    width: u32,
    height: u32,
    source: Option<Pixels>,
    /// Pixels per inch, kept from the source picture for export. 72 when it names none.
    pixels_per_inch: f64,
    layers: Vec<Layer>,
    next_layer_id: u64,
}

impl Document {
    /// An empty canvas.
    pub fn new(width: u32, height: u32) -> Self {
        todo!()
    }

    /// A document of the source's size whose only layer, "Source", shares the source's pixels (untrimmed).
    pub fn from_source(source: Pixels, pixels_per_inch: f64) -> Self {
        todo!()
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    pub fn canvas(&self) -> Bounds {
        Bounds::new(0, 0, self.width, self.height)
    }

    pub fn source(&self) -> Option<&Pixels> {
        self.source.as_ref()
    }

    pub fn pixels_per_inch(&self) -> f64 {
        self.pixels_per_inch
    }

    /// Top-level layers, bottom first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// A fresh id; ids survive undo, so a removed layer that comes back keeps its own.
    pub fn new_layer_id(&mut self) -> LayerId {
        todo!()
    }

    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        todo!()
    }

    /// The group that holds the layer (`None` = top level) and its index there, 0 = bottom.
    pub fn position(&self, id: LayerId) -> Option<(Option<LayerId>, usize)> {
        todo!()
    }

    /// Every layer, depth first, bottom first, a group before its children, with its depth (top level = 0).
    pub fn walk(&self) -> impl Iterator<Item = (usize, &Layer)> {
        std::iter::empty()
    }

    /// True when the layer and every group around it are visible.
    pub fn is_shown(&self, id: LayerId) -> bool {
        todo!()
    }

    /// Document bounds of a raster layer, or of all rasters in a group.
    pub fn layer_bounds(&self, id: LayerId) -> Option<Bounds> {
        todo!()
    }

    /// A deep copy of a layer with fresh ids and the same pixels, to be inserted by an edit.
    pub fn duplicate_of(&mut self, id: LayerId) -> Option<Layer> {
        todo!()
    }

    /// What must hold after every edit: unique ids below `next_layer_id`, finite transforms, scale not zero, recolour
    /// in range. For tests.
    pub fn validate_invariants(&self) -> Result<(), String> {
        todo!()
    }
}
