//! What Live2D Cubism asks of a PSD (docs.live2d.com, "Create a PSD file for import"): names that it can tell apart, and few
//! levels of groups.

use std::collections::HashSet;

use document::{Document, Layer, LayerContent};

/// Groups within groups; Cubism reads fewer than five.
const MAX_LEVELS: usize = 4;

/// The document with such names and groups; layers of deeper groups lie in the last that is left, where they were.
pub fn prepared(document: &Document) -> Document {
    let mut names = HashSet::new();
    let layers = shallow(document.layers(), 0);
    let layers = layers.into_iter().map(|layer| named(layer, &mut names));
    let size = (document.width(), document.height());
    let source = document.source().cloned();
    let copy = Document::restored(size, source, document.pixels_per_inch(), layers.collect());
    // Of layers that were a document's already.
    let copy = copy.unwrap_or_else(|_| document.clone());
    copy.with_metadata(document.metadata().clone())
}

fn shallow(layers: &[Layer], level: usize) -> Vec<Layer> {
    let mut kept = Vec::new();
    for layer in layers {
        let mut layer = layer.clone();
        if let LayerContent::Group(group) = &mut layer.content {
            group.children = shallow(&group.children, level + 1);
            if level >= MAX_LEVELS {
                let (visible, opacity) = (layer.visible, layer.opacity);
                kept.extend(
                    std::mem::take(&mut group.children)
                        .into_iter()
                        .map(|child| Layer {
                            visible: visible && child.visible,
                            opacity: product(opacity, child.opacity),
                            ..child
                        }),
                );
                continue;
            }
        }
        kept.push(layer);
    }
    kept
}

/// "Hair", "Hair 2", "Hair 3".
fn named(mut layer: Layer, taken: &mut HashSet<String>) -> Layer {
    let numbered = (2..).map(|number| format!("{} {number}", layer.name));
    let mut names = std::iter::once(layer.name.clone()).chain(numbered);
    if let Some(free) = names.find(|name| !taken.contains(name)) {
        taken.insert(free.clone());
        layer.name = free;
    }
    if let LayerContent::Group(group) = &mut layer.content {
        let children = std::mem::take(&mut group.children);
        group.children = children
            .into_iter()
            .map(|child| named(child, taken))
            .collect();
    }
    layer
}

/// a · b / 255, rounded.
fn product(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}
