//! Where dragged edges catch: the edges and middle lines of the canvas and of the layers that stay where they are.

use document::{Document, Layer, LayerId};
use glam::DVec2;

use crate::selection::bounds;

/// How near an edge must come, in points.
pub const REACH: f32 = 6.0;

/// Two lines this near are one, in document pixels: dragged layers move by whole pixels.
const SAME: f64 = 0.51;

/// Document positions along x and along y.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

impl Lines {
    /// What the layers other than `dragged` offer, and the canvas.
    pub fn of_document(document: &Document, dragged: &[LayerId]) -> Self {
        let mut lines = Self::default();
        lines.add_box(DVec2::ZERO, document.size());
        for layer in document.layers() {
            lines.add_layer(layer, dragged);
        }
        lines
    }

    fn add_layer(&mut self, layer: &Layer, dragged: &[LayerId]) {
        if !layer.visible || dragged.contains(&layer.id) {
            return;
        }
        if let Some(group) = layer.as_group() {
            for child in &group.children {
                self.add_layer(child, dragged);
            }
        } else if let Some(raster) = layer.as_raster() {
            let (width, height) = (raster.pixels.width(), raster.pixels.height());
            let (min, max) = bounds(raster.transform.corners(width, height));
            self.add_box(min, max);
        }
    }

    /// Its edges and its middle.
    pub fn add_box(&mut self, min: DVec2, max: DVec2) {
        let middle = (min + max) / 2.0;
        self.x.extend([min.x, middle.x, max.x]);
        self.y.extend([min.y, middle.y, max.y]);
    }

    /// How far to move `edges` so that the nearest of them lie on a line, where one is within `reach` document pixels.
    pub fn pull(&self, edges: &Self, reach: f64) -> DVec2 {
        let along = |lines: &[f64], edges: &[f64]| {
            let ways = edges
                .iter()
                .flat_map(|edge| lines.iter().map(move |line| line - edge));
            ways.filter(|way| way.abs() <= reach)
                .min_by(|a, b| a.abs().total_cmp(&b.abs()))
                .unwrap_or(0.0)
        };
        DVec2::new(along(&self.x, &edges.x), along(&self.y, &edges.y))
    }

    /// The lines on which one of `edges` lies.
    pub fn caught(&self, edges: &Self) -> Self {
        let on = |lines: &[f64], edges: &[f64]| {
            let meets = |line: &f64| edges.iter().any(|edge| (line - edge).abs() < SAME);
            let mut caught: Vec<f64> = lines.iter().copied().filter(meets).collect();
            caught.sort_by(f64::total_cmp);
            caught.dedup();
            caught
        };
        Self {
            x: on(&self.x, &edges.x),
            y: on(&self.y, &edges.y),
        }
    }
}
