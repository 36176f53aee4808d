//! The document's layers as the list of a Photoshop file.

use document::{BlendMode, Bounds, Document, Layer, LayerContent, Locks, Pixels, Raster, Recolor};

use super::{PsdOptions, PsdText, recolour};
use crate::lettering::type_layer;
use crate::psd::{Record, RecordKind};

/// One entry of the file's list.
pub struct Entry<'a> {
    pub record: Record,
    pub content: Content<'a>,
}

/// Where an entry's pixels come from.
pub enum Content<'a> {
    Raster(Raster),
    Original(&'a Pixels),
    Colour([u8; 3], Bounds),
    None,
}

impl Content<'_> {
    pub fn pixel_count(&self) -> u64 {
        match self {
            Self::Raster(raster) => raster.bounds().area(),
            Self::Original(pixels) => u64::from(pixels.width()) * u64::from(pixels.height()),
            Self::Colour(_, bounds) => bounds.area(),
            Self::None => 0,
        }
    }
}

/// The list, bottom first.
pub fn entries(document: &Document, options: PsdOptions) -> Vec<Entry<'_>> {
    let original = document.source().filter(|_| options.include_source);
    let mut list: Vec<_> = original.map(original_entry).into_iter().collect();
    flatten(document.layers(), document.canvas(), options, &mut list);
    list
}

fn original_entry(pixels: &Pixels) -> Entry<'_> {
    Entry {
        record: Record {
            name: "Original".to_string(),
            opacity: 255,
            visible: false,
            locks: Locks::NONE,
            blend: BlendMode::Normal,
            clipped: false,
            kind: RecordKind::Pixels,
        },
        content: Content::Original(pixels),
    }
}

fn flatten(layers: &[Layer], canvas: Bounds, options: PsdOptions, list: &mut Vec<Entry>) {
    for layer in layers {
        match &layer.content {
            LayerContent::Raster(raster) => push_raster(layer, raster, canvas, options, list),
            LayerContent::Group(group) => {
                list.push(Entry {
                    record: Record::group_end(),
                    content: Content::None,
                });
                flatten(&group.children, canvas, options, list);
                let kind = RecordKind::Group {
                    collapsed: group.collapsed,
                };
                list.push(Entry {
                    record: record(layer, kind),
                    content: Content::None,
                });
            }
        }
    }
}

/// The layer, and clipped to it what recolours it.
fn push_raster(
    layer: &Layer,
    raster: &Raster,
    canvas: Bounds,
    options: PsdOptions,
    list: &mut Vec<Entry>,
) {
    let mut plain = raster.clone();
    let clipped = match options.live2d {
        true => None,
        false => recolour::clipped_layers(&raster.recolor),
    };
    if clipped.is_some() {
        plain.recolor = Recolor::default();
    }
    let kind = match raster.text.as_ref() {
        Some(known) if options.text == PsdText::Editable && !options.live2d => {
            RecordKind::Text(type_layer(known, raster))
        }
        _ => RecordKind::Pixels,
    };
    let bounds = shown_bounds(raster, canvas);
    list.push(Entry {
        record: record(layer, kind),
        content: Content::Raster(plain),
    });
    for clipped in clipped.into_iter().flatten() {
        let content = match clipped.kind {
            RecordKind::SolidColour(colour) => Content::Colour(colour, bounds),
            _ => Content::None,
        };
        list.push(Entry {
            record: clipped,
            content,
        });
    }
}

/// A layer that lies far off or is enlarged beyond the canvas needs its colour only where it can be seen.
fn shown_bounds(raster: &Raster, canvas: Bounds) -> Bounds {
    raster.bounds().intersection(&canvas)
}

fn record(layer: &Layer, kind: RecordKind) -> Record {
    Record {
        name: layer.name.clone(),
        opacity: layer.opacity,
        visible: layer.visible,
        locks: layer.locks,
        blend: layer.blend,
        clipped: false,
        kind,
    }
}
