//! From the engine's result to a document's layers.

use document::{
    Document, DocumentError, Edit, History, Layer, LayerContent, LayerId, Pixels, Raster, Recolor,
    Transform,
};
use engine::{Decomposition, ResultLayer};
use glam::DVec2;

/// `document` with the result's layers in place of its own, as the window shows them after Decompose.
pub fn with_layers(
    document: Document,
    decomposition: Decomposition,
) -> Result<Document, DocumentError> {
    let canvas = canvas_size(&document);
    let mut history = History::new(document);
    let layers = layers_of(decomposition, canvas, &mut || history.new_layer_id());
    history.apply(Edit::SetLayers { layers })?;
    Ok(history.document().clone())
}

pub(crate) fn canvas_size(document: &Document) -> DVec2 {
    DVec2::new(document.width().into(), document.height().into())
}

/// Layers for a document, laid out over its canvas: a result of another size is scaled to it.
pub(crate) fn layers_of(
    decomposition: Decomposition,
    canvas: DVec2,
    new_id: &mut dyn FnMut() -> LayerId,
) -> Vec<Layer> {
    let size = DVec2::new(
        decomposition.width.max(1).into(),
        decomposition.height.max(1).into(),
    );
    let scale = canvas / size;
    decomposition
        .layers
        .into_iter()
        .map(|layer| layer_of(layer, scale, new_id()))
        .collect()
}

fn layer_of(layer: ResultLayer, scale: DVec2, id: LayerId) -> Layer {
    let (width, height) = layer.image.dimensions();
    let placed = Transform::at(layer.left.into(), layer.top.into(), width, height);
    let transform = Transform {
        center: placed.center * scale,
        scale,
        ..placed
    };
    let raster = Raster {
        pixels: Pixels::new(layer.image),
        transform,
        recolor: Recolor::default(),
    };
    Layer {
        id,
        name: layer.name,
        visible: true,
        locked: false,
        opacity: 255,
        content: LayerContent::Raster(raster),
    }
}
