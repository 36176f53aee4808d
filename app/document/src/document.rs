use std::collections::HashSet;
use std::sync::Arc;

use glam::DVec2;

use crate::{Bounds, DocumentError, Layer, LayerContent, LayerId, Pixels, Variants};

/// Resolution of a document whose source names none, as in Photoshop.
pub const DEFAULT_PIXELS_PER_INCH: f64 = 72.0;

/// A canvas, the picture it came from, and the layers, bottom first.
#[derive(Debug, Clone)]
pub struct Document {
    width: u32,
    height: u32,
    source: Option<Pixels>,
    metadata: Metadata,
    pub(crate) layers: Vec<Layer>,
    pub(crate) variants: Variants,
    /// Only ever grows, undo or not, so that no id is given twice.
    next_layer_id: u64,
}

/// Two documents are equal when they look and read the same; which id comes next does not matter.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height)
            && self.metadata == other.metadata
            && self.layers == other.layers
            && self.variants == other.variants
            && self.source == other.source
    }
}

impl Document {
    /// An empty canvas.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            source: None,
            metadata: Metadata::default(),
            layers: Vec::new(),
            variants: Variants::default(),
            next_layer_id: 1,
        }
    }

    /// A document of the source's size whose only layer, "Source", shares the source's pixels (untrimmed).
    /// A resolution that is missing or not a positive number becomes 72.
    pub fn from_source(source: Pixels, pixels_per_inch: Option<f64>) -> Self {
        let mut document = Self::new(source.width(), source.height());
        if let Some(given) = pixels_per_inch.filter(|given| given.is_finite() && *given > 0.0) {
            document.metadata.pixels_per_inch = given;
        }
        let id = document.new_layer_id();
        document
            .layers
            .push(Layer::of_pixels(id, "Source", source.clone(), 0, 0));
        document.source = Some(source);
        document
    }

    /// A document as it was, from a file: the layers keep their ids.
    ///
    /// # Errors
    /// [`DocumentError::DuplicateId`] and [`DocumentError::InvalidNumber`], also of a resolution that is not positive.
    pub fn restored(
        (width, height): (u32, u32),
        source: Option<Pixels>,
        pixels_per_inch: f64,
        layers: Vec<Layer>,
    ) -> Result<Self, DocumentError> {
        if !(pixels_per_inch.is_finite() && pixels_per_inch > 0.0) {
            return Err(DocumentError::InvalidNumber("the resolution"));
        }
        let mut document = Self::new(width, height);
        document.set_layers(layers)?;
        document.source = source;
        document.metadata.pixels_per_inch = pixels_per_inch;
        Ok(document)
    }

    /// The document with variants from a file.
    ///
    /// # Errors
    /// As of [`crate::Edit::SetVariants`].
    pub fn with_variants(mut self, variants: Variants) -> Result<Self, DocumentError> {
        self.set_variants(variants)?;
        Ok(self)
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    pub fn size(&self) -> DVec2 {
        DVec2::new(self.width.into(), self.height.into())
    }

    pub fn canvas(&self) -> Bounds {
        Bounds::new(0, 0, self.width, self.height)
    }

    pub fn source(&self) -> Option<&Pixels> {
        self.source.as_ref()
    }

    pub fn pixels_per_inch(&self) -> f64 {
        self.metadata.pixels_per_inch
    }

    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// With a profile and guides. No edit changes them.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Top-level layers, bottom first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    pub fn variants(&self) -> &Variants {
        &self.variants
    }

    /// A fresh id; ids survive undo, so a removed layer that comes back keeps its own.
    pub fn new_layer_id(&mut self) -> LayerId {
        let id = LayerId(self.next_layer_id);
        self.next_layer_id += 1;
        id
    }

    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.walk()
            .map(|(_, layer)| layer)
            .find(|layer| layer.id == id)
    }

    /// The group that holds the layer (`None` = top level) and its index there, 0 = bottom.
    pub fn position(&self, id: LayerId) -> Option<(Option<LayerId>, usize)> {
        let index_in = |layers: &[Layer]| layers.iter().position(|layer| layer.id == id);
        if let Some(index) = index_in(&self.layers) {
            return Some((None, index));
        }
        self.walk()
            .find_map(|(_, group)| Some((Some(group.id), index_in(group.children())?)))
    }

    /// Every layer, depth first, bottom first, a group before its children, with its depth (top level = 0).
    pub fn walk(&self) -> impl Iterator<Item = (usize, &Layer)> {
        let mut stack: Vec<_> = self.layers.iter().rev().map(|layer| (0, layer)).collect();
        std::iter::from_fn(move || {
            let (depth, layer) = stack.pop()?;
            stack.extend(
                layer
                    .children()
                    .iter()
                    .rev()
                    .map(|child| (depth + 1, child)),
            );
            Some((depth, layer))
        })
    }

    /// True when the layer and every group around it are visible.
    pub fn is_shown(&self, id: LayerId) -> bool {
        fn shown_in(layers: &[Layer], id: LayerId) -> bool {
            layers
                .iter()
                .any(|layer| layer.visible && (layer.id == id || shown_in(layer.children(), id)))
        }
        shown_in(&self.layers, id)
    }

    /// Document bounds of a raster layer, or of all rasters in a group.
    pub fn layer_bounds(&self, id: LayerId) -> Option<Bounds> {
        self.layer(id).map(Layer::bounds)
    }

    /// A deep copy of a layer, also one of another variant, with fresh ids and the same pixels, to be inserted by an edit.
    pub fn duplicate_of(&mut self, id: LayerId) -> Option<Layer> {
        let aside = || {
            let mut layers = self.variants.layers().flat_map(Layer::walk);
            layers.find(|layer| layer.id == id)
        };
        let mut copy = self.layer(id).or_else(aside)?.clone();
        self.renumber(&mut copy);
        Some(copy)
    }

    fn renumber(&mut self, layer: &mut Layer) {
        layer.id = self.new_layer_id();
        if let LayerContent::Group(group) = &mut layer.content {
            group
                .children
                .iter_mut()
                .for_each(|child| self.renumber(child));
        }
    }

    /// Keeps ids that came from elsewhere from being given again.
    pub(crate) fn reserve_ids_of(&mut self, layer: &Layer) {
        let highest = layer.walk().map(|layer| layer.id.0).max().unwrap_or(0);
        self.next_layer_id = self.next_layer_id.max(highest.saturating_add(1));
    }

    /// What must hold after every edit: unique ids below `next_layer_id`, finite transforms, scale not zero, recolour
    /// in range. For tests.
    pub fn validate_invariants(&self) -> Result<(), String> {
        self.variants.check().map_err(|error| error.to_string())?;
        let mut seen = HashSet::new();
        let aside = self.variants.layers().flat_map(Layer::walk);
        for layer in self.walk().map(|(_, layer)| layer).chain(aside) {
            if !seen.insert(layer.id) {
                return Err(DocumentError::DuplicateId(layer.id).to_string());
            }
            if layer.id.0 >= self.next_layer_id {
                return Err(format!(
                    "{:?} is not below the next id, {}",
                    layer.id, self.next_layer_id
                ));
            }
            if let Some(what) = layer.invalid_number() {
                return Err(DocumentError::InvalidNumber(what).to_string());
            }
        }
        Ok(())
    }
}

/// What a document carries from its source to the files that are made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// Positive; [`DEFAULT_PIXELS_PER_INCH`] when the source names none.
    pub pixels_per_inch: f64,
    /// The ICC profile that says which colours the pixels' numbers are; without one they are sRGB. Nothing is ever converted.
    pub profile: Option<Arc<[u8]>>,
    pub guides: Vec<Guide>,
}

/// A line across the canvas that other programs show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guide {
    /// Pixels from the canvas's left (or top) edge; may lie outside.
    pub position: f64,
    pub is_horizontal: bool,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            pixels_per_inch: DEFAULT_PIXELS_PER_INCH,
            profile: None,
            guides: Vec::new(),
        }
    }
}
