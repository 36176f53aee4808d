//! The layers of a Photoshop document as a document of ours.

use std::collections::BTreeSet;

use crate::lettering::text_of;
use crate::manifest::guides_of;
use document::{
    BlendMode, DEFAULT_PIXELS_PER_INCH, Document, DocumentError, Layer, LayerContent, LayerId,
    Locks, Metadata, Recolor, Tint,
};
use import::{Layered, PsdContent, PsdLayer, PsdLocks, PsdRecolour};

/// And sentences about what of it is not shown.
pub fn document_of(file: Layered) -> Result<(Document, Vec<String>), DocumentError> {
    let mut notes = file.notes;
    let mut unknown = BTreeSet::new();
    collect_unknown_modes(&file.layers, &mut unknown);
    notes.extend(unknown.iter().map(|mode| not_shown(mode)));
    let mut next_id = 0;
    let layers = layers_of(file.layers, &mut next_id);
    let pixels_per_inch = file.pixels_per_inch.unwrap_or(DEFAULT_PIXELS_PER_INCH);
    let document = Document::restored((file.width, file.height), None, pixels_per_inch, layers)?;
    notes.extend(import::colour_notes(file.profile.as_deref(), file.bits));
    let metadata = Metadata {
        pixels_per_inch,
        profile: file.profile.map(Into::into),
        guides: guides_of(file.guides),
    };
    Ok((document.with_metadata(metadata), notes))
}

/// A sentence about a blend mode of a file.
pub fn not_shown(mode: &str) -> String {
    format!("Lamina does not show the blend mode {mode}; its layers are shown as normal ones")
}

fn collect_unknown_modes(layers: &[PsdLayer], unknown: &mut BTreeSet<String>) {
    for layer in layers {
        if BlendMode::from_psd_key(layer.blend_mode).is_none() {
            let key = String::from_utf8_lossy(&layer.blend_mode);
            unknown.insert(key.trim().to_owned());
        }
        if let PsdContent::Group { children, .. } = &layer.content {
            collect_unknown_modes(children, unknown);
        }
    }
}

fn layers_of(layers: Vec<PsdLayer>, next_id: &mut u64) -> Vec<Layer> {
    let layer_of = |layer: PsdLayer| {
        *next_id += 1;
        let id = LayerId(*next_id);
        let made = match layer.content {
            PsdContent::Group { children, is_open } => {
                let children = layers_of(children, next_id);
                let mut group = Layer::group(id, layer.name, children);
                if let LayerContent::Group(content) = &mut group.content {
                    content.collapsed = !is_open;
                }
                group
            }
            PsdContent::Pixels {
                image,
                left,
                top,
                text,
                recolour,
            } => {
                let mut made = Layer::raster(id, layer.name, image, left, top);
                if let LayerContent::Raster(raster) = &mut made.content {
                    raster.text = text.map(|text| text_of(*text, raster));
                    raster.recolor = recolor_of(recolour);
                }
                made
            }
        };
        Layer {
            visible: layer.visible,
            locks: locks_of(layer.locks),
            opacity: layer.opacity,
            blend: blend_of(layer.blend_mode, &made),
            ..made
        }
    };
    layers.into_iter().map(layer_of).collect()
}

fn locks_of(locks: PsdLocks) -> Locks {
    let PsdLocks {
        transparency,
        pixels,
        position,
    } = locks;
    Locks {
        transparency,
        pixels,
        position,
    }
}

fn blend_of(key: [u8; 4], layer: &Layer) -> BlendMode {
    match BlendMode::from_psd_key(key) {
        Some(BlendMode::PassThrough) if layer.as_group().is_none() => BlendMode::Normal,
        mode => mode.unwrap_or_default(),
    }
}

fn recolor_of(recolour: PsdRecolour) -> Recolor {
    let [hue, saturation, lightness] = recolour.hue_saturation;
    let (color, opacity) = recolour.tint.unwrap_or_default();
    let share = |percent: i16| (f32::from(percent) / 100.0).clamp(-1.0, 1.0);
    Recolor {
        hue: f32::from(hue).clamp(-180.0, 180.0),
        saturation: share(saturation),
        lightness: share(lightness),
        tint: Tint {
            color,
            strength: f32::from(opacity) / 255.0,
        },
    }
}
