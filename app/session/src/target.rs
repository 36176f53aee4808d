//! What a decomposition is of.

use std::sync::Arc;

use document::{Bounds, Document, LayerContent, LayerId, Transform, composite, composite_layers};
use glam::DVec2;
use image::RgbaImage;

/// A group of more pixels than this, and than the canvas has, is taken as far as it lies on the canvas.
const MOST_PIXELS: u64 = 1 << 26;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The source, or where there is none what all layers make together. The result takes the place of all layers.
    Picture,
    /// What all layers make together, as they are now. The result takes the place of all layers.
    Canvas,
    /// A layer or a group. The result is a group in its place.
    Layer(LayerId),
}

/// Where the pixels of what is decomposed lie in the document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetPlacement {
    /// In pixels.
    pub size: DVec2,
    pub transform: Transform,
}

impl TargetPlacement {
    pub fn at(bounds: Bounds) -> Self {
        let (width, height) = (bounds.width(), bounds.height());
        Self {
            size: DVec2::new(width.into(), height.into()),
            transform: Transform::at(bounds.left.into(), bounds.top.into(), width, height),
        }
    }
}

impl Target {
    pub fn is_layer(self) -> bool {
        matches!(self, Self::Layer(_))
    }

    /// The pixels, as they appear without the layer's own transform, opacity and blend mode, which it keeps. Slow.
    /// `None` when the layer is not there.
    pub fn picture(self, document: &Document) -> Option<(Arc<RgbaImage>, TargetPlacement)> {
        let canvas = document.canvas();
        let flat = || (Arc::new(composite(document)), TargetPlacement::at(canvas));
        let layer = match self {
            Self::Picture => {
                let source = document.source();
                return Some(
                    source.map_or_else(flat, |s| (s.shared(), TargetPlacement::at(canvas))),
                );
            }
            Self::Canvas => return Some(flat()),
            Self::Layer(id) => document.layer(id)?,
        };
        Some(match &layer.content {
            LayerContent::Raster(raster) => {
                let place = TargetPlacement {
                    size: raster.pixels.size(),
                    transform: raster.transform,
                };
                let mut pixels = raster.pixels.shared();
                if !raster.recolor.is_identity() {
                    raster.recolor.apply_to_image(Arc::make_mut(&mut pixels));
                }
                (pixels, place)
            }
            LayerContent::Group(group) => {
                let mut bounds = layer.bounds();
                if bounds.area() > MOST_PIXELS.max(canvas.area()) {
                    bounds = bounds.intersection(&canvas);
                }
                (
                    Arc::new(composite_layers(&group.children, bounds)),
                    TargetPlacement::at(bounds),
                )
            }
        })
    }
}
