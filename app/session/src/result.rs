//! From the engine's result to a document's layers.

use document::{
    Alignment, BlendMode, Document, DocumentError, Edit, History, Layer, LayerContent, LayerId,
    Locks, Pixels, Raster, Recolor, Text, Transform,
};
use engine::{Content, Decomposition, ResultLayer, TextBlock};
use glam::DVec2;
use words::say;

use crate::target::TargetPlacement;

/// Up to so many layers stand side by side.
const UNGROUPED: usize = 12;

/// `document` with the result's layers in place of its own, as the window shows them after Decompose.
pub fn with_layers(
    document: Document,
    decomposition: Decomposition,
) -> Result<Document, DocumentError> {
    let canvas = TargetPlacement::at(document.canvas());
    let mut history = History::new(document);
    let layers = layers_of(decomposition, canvas, &mut || history.new_layer_id());
    history.apply(Edit::SetLayers { layers })?;
    Ok(history.document().clone())
}

/// Layers for a document, laid out over `place`: a result of another size is scaled to it. Many are grouped.
pub(crate) fn layers_of(
    decomposition: Decomposition,
    place: TargetPlacement,
    new_id: &mut dyn FnMut() -> LayerId,
) -> Vec<Layer> {
    let size = DVec2::new(
        decomposition.width.max(1).into(),
        decomposition.height.max(1).into(),
    );
    let scale = place.size / size;
    let groups = decomposition.layers.len() > UNGROUPED;
    let contents: Vec<_> = decomposition.layers.iter().map(|l| l.content).collect();
    let layers = decomposition
        .layers
        .into_iter()
        .map(|layer| layer_of(layer, scale, &place, new_id()))
        .collect();
    if groups {
        grouped(layers, &contents, new_id)
    } else {
        layers
    }
}

/// Layers of one kind that follow each other, two or more, form a group.
fn grouped(
    layers: Vec<Layer>,
    contents: &[Content],
    new_id: &mut dyn FnMut() -> LayerId,
) -> Vec<Layer> {
    let mut layers = layers.into_iter();
    let mut stack = Vec::new();
    let mut names = Vec::new();
    for run in contents.chunk_by(|a, b| a == b) {
        let members = layers.by_ref().take(run.len());
        match group_name(run[0]).filter(|_| run.len() > 1) {
            Some(name) => {
                names.push(name);
                let name = match names.iter().filter(|&&other| other == name).count() {
                    1 => name.to_owned(),
                    number => say!("layers-numbered", name = name, number = number),
                };
                stack.push(Layer::group(new_id(), name, members.collect()));
            }
            None => stack.extend(members),
        }
    }
    stack
}

fn group_name(content: Content) -> Option<&'static str> {
    match content {
        Content::Object => Some(say!("layers-objects")),
        Content::Shape => Some(say!("layers-shapes")),
        Content::Text => Some(say!("layers-texts")),
        Content::Background | Content::Unknown => None,
    }
}

/// `scale` is of the result's pixels to those of `place`.
fn layer_of(layer: ResultLayer, scale: DVec2, place: &TargetPlacement, id: LayerId) -> Layer {
    let (width, height) = layer.image.dimensions();
    let placed = Transform::at(layer.left.into(), layer.top.into(), width, height);
    let TargetPlacement { size, transform } = place;
    let document_from_place = transform.document_from_pixels(size.x as u32, size.y as u32);
    let transform = Transform {
        center: document_from_place.transform_point2(placed.center * scale),
        scale: transform.scale * scale,
        rotation: transform.rotation,
    };
    let corner = [layer.left as f32, layer.top as f32];
    let raster = Raster {
        pixels: Pixels::from(layer.image),
        transform,
        recolor: Recolor::default(),
        text: layer.text.map(|block| text_of(&block, corner)),
    };
    Layer {
        id,
        name: layer.name,
        visible: true,
        locks: Locks::NONE,
        opacity: 255,
        blend: BlendMode::Normal,
        content: LayerContent::Raster(raster),
    }
}

/// In the pixels of a layer whose left and top are `corner`.
fn text_of(block: &TextBlock, corner: [f32; 2]) -> Text {
    Text {
        words: block.words(),
        quad: block.quad.map(|[x, y]| [x - corner[0], y - corner[1]]),
        angle: block.angle,
        size: block.size,
        colour: block.colour,
        family: None,
        confidence: block.confidence,
        alignment: Alignment::Left,
    }
}
