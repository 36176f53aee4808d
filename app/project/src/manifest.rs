//! `lamina.json`, format 1. Its names are of the file, not of the code: they stay when the code changes.

use std::collections::HashMap;
use std::sync::Arc;

use document::{
    Alignment, BlendMode, Document, Group, Guide, Layer, LayerContent, LayerId, Locks, Metadata,
    Pixels, Raster, Recolor, Text, Tint, Transform, Variant, Variants,
};
use glam::DVec2;
use serde::{Deserialize, Serialize};

use crate::error::Problem;

/// Its name in the ZIP.
pub const MANIFEST: &str = "lamina.json";
/// Raised when a file of today could no longer be read as one of before.
pub const FORMAT: u32 = 1;
/// Groups within groups; deeper ones would exhaust the stack.
pub const MAX_DEPTH: usize = 256;

/// What every format begins with.
#[derive(Deserialize)]
pub struct Version {
    pub format: u32,
}

#[derive(Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Of Lamina, for people.
    pub program: String,
    pub width: u32,
    pub height: u32,
    pub pixels_per_inch: f64,
    /// Position in pixels, and whether it is horizontal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    guides: Vec<(f64, bool)>,
    /// A picture's name in the ZIP.
    pub source: Option<String>,
    /// Bottom first, a group before what is in it.
    pub layers: Vec<LayerEntry>,
    /// Other stacks for the canvas; the chosen one is empty, its layers are those above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    variants: Vec<VariantEntry>,
    #[serde(default)]
    chosen_variant: usize,
    #[serde(default)]
    pub runs: Vec<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct VariantEntry {
    name: String,
    layers: Vec<LayerEntry>,
}

#[derive(Serialize, Deserialize)]
pub struct LayerEntry {
    id: u64,
    /// The group that it is in.
    parent: Option<u64>,
    name: String,
    visible: bool,
    /// Altogether.
    locked: bool,
    /// In part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    locks: Vec<LockEntry>,
    opacity: u8,
    /// As OpenRaster names it, or [`PASS_THROUGH`]; without one normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blend: Option<String>,
    #[serde(flatten)]
    content: ContentEntry,
}

const PASS_THROUGH: &str = "pass-through";

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum LockEntry {
    Transparency,
    Pixels,
    Position,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ContentEntry {
    Group {
        collapsed: bool,
    },
    Raster {
        pixels: PixelsEntry,
        center: [f64; 2],
        scale: [f64; 2],
        rotation: f64,
        recolor: RecolorEntry,
        text: Option<TextEntry>,
    },
}

/// Untrimmed, as the layer has them before its transform and recolour.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PixelsEntry {
    Picture(String),
    /// A PNG cannot be empty.
    Empty {
        width: u32,
        height: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct RecolorEntry {
    hue: f32,
    saturation: f32,
    lightness: f32,
    tint: [u8; 3],
    tint_strength: f32,
}

#[derive(Serialize, Deserialize)]
struct TextEntry {
    words: String,
    quad: [[f32; 2]; 4],
    angle: f32,
    size: f32,
    colour: [u8; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    confidence: f32,
    /// Without one left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alignment: Option<AlignmentEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AlignmentEntry {
    Center,
    Right,
}

impl Manifest {
    /// `name_of` gives the name of a picture that is not empty.
    pub fn of(
        document: &Document,
        runs: Vec<serde_json::Value>,
        name_of: impl Fn(&Pixels) -> String,
    ) -> Self {
        let entries = |layers: &[Layer]| {
            let mut entries = Vec::new();
            push_layers(layers, None, &name_of, &mut entries);
            entries
        };
        let variant = |variant: &Variant| VariantEntry {
            name: variant.name.clone(),
            layers: entries(&variant.layers),
        };
        let Variants { all, chosen } = document.variants();
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            width: document.width(),
            height: document.height(),
            pixels_per_inch: document.pixels_per_inch(),
            guides: document
                .metadata()
                .guides
                .iter()
                .map(|guide| (guide.position, guide.is_horizontal))
                .collect(),
            source: document.source().filter(|p| !is_empty(p)).map(&name_of),
            layers: entries(document.layers()),
            variants: all.iter().map(variant).collect(),
            chosen_variant: *chosen,
            runs,
        }
    }

    /// The names of all pictures, each once.
    pub fn pictures(&self) -> Vec<&str> {
        let aside = self.variants.iter().flat_map(|variant| &variant.layers);
        let of_layers = self
            .layers
            .iter()
            .chain(aside)
            .filter_map(|layer| match &layer.content {
                ContentEntry::Raster {
                    pixels: PixelsEntry::Picture(name),
                    ..
                } => Some(name.as_str()),
                ContentEntry::Raster { .. } | ContentEntry::Group { .. } => None,
            });
        let mut names: Vec<&str> = self
            .source
            .as_deref()
            .into_iter()
            .chain(of_layers)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub fn into_document(
        self,
        pictures: &HashMap<String, Pixels>,
        profile: Option<Arc<[u8]>>,
    ) -> Result<Document, Problem> {
        let find = |name: &String| {
            let found = pictures.get(name).cloned();
            found.ok_or_else(|| Problem::damaged(format!("the picture {name} is missing")))
        };
        let source = self.source.as_ref().map(find).transpose()?;
        let layers = tree(self.layers, &find)?;
        let size = (self.width, self.height);
        let variants = self.variants.into_iter().map(|variant| {
            Ok(Variant {
                name: variant.name,
                layers: tree(variant.layers, &find)?,
            })
        });
        let variants = Variants {
            all: variants.collect::<Result<_, Problem>>()?,
            chosen: self.chosen_variant,
        };
        let metadata = Metadata {
            pixels_per_inch: self.pixels_per_inch,
            profile,
            guides: guides_of(self.guides),
        };
        Document::restored(size, source, self.pixels_per_inch, layers)
            .and_then(|document| document.with_metadata(metadata).with_variants(variants))
            .map_err(Problem::damaged)
    }
}

/// From pairs of a position and whether it is horizontal.
pub fn guides_of(pairs: Vec<(f64, bool)>) -> Vec<Guide> {
    let guide = |(position, is_horizontal)| Guide {
        position,
        is_horizontal,
    };
    pairs.into_iter().map(guide).collect()
}

pub fn is_empty(pixels: &Pixels) -> bool {
    pixels.width() == 0 || pixels.height() == 0
}

fn push_layers(
    layers: &[Layer],
    parent: Option<u64>,
    name_of: &impl Fn(&Pixels) -> String,
    entries: &mut Vec<LayerEntry>,
) {
    for layer in layers {
        let content = match &layer.content {
            LayerContent::Group(group) => ContentEntry::Group {
                collapsed: group.collapsed,
            },
            LayerContent::Raster(raster) => raster_entry(raster, name_of),
        };
        entries.push(LayerEntry {
            id: layer.id.0,
            parent,
            name: layer.name.clone(),
            visible: layer.visible,
            locked: layer.locks.is_all(),
            locks: lock_entries(layer.locks),
            opacity: layer.opacity,
            blend: blend_entry(layer.blend),
            content,
        });
        push_layers(layer.children(), Some(layer.id.0), name_of, entries);
    }
}

/// Empty where all or nothing is locked, as before there were several locks.
fn lock_entries(locks: Locks) -> Vec<LockEntry> {
    let entries = [
        (locks.transparency, LockEntry::Transparency),
        (locks.pixels, LockEntry::Pixels),
        (locks.position, LockEntry::Position),
    ];
    let set = entries.into_iter().filter(|(set, _)| *set);
    set.map(|(_, entry)| entry)
        .filter(|_| !locks.is_all())
        .collect()
}

fn locks_of(entries: &[LockEntry]) -> Locks {
    Locks {
        transparency: entries.contains(&LockEntry::Transparency),
        pixels: entries.contains(&LockEntry::Pixels),
        position: entries.contains(&LockEntry::Position),
    }
}

fn blend_entry(blend: BlendMode) -> Option<String> {
    match blend {
        BlendMode::Normal => None,
        BlendMode::PassThrough => Some(PASS_THROUGH.to_owned()),
        blend => Some(blend.openraster_name().to_owned()),
    }
}

fn blend_of(name: String) -> Result<BlendMode, Problem> {
    if name == PASS_THROUGH {
        return Ok(BlendMode::PassThrough);
    }
    BlendMode::from_openraster_name(&name)
        .ok_or_else(|| Problem::damaged(format!("there is no blend mode {name}")))
}

fn raster_entry(raster: &Raster, name_of: &impl Fn(&Pixels) -> String) -> ContentEntry {
    let Raster {
        pixels,
        transform,
        recolor,
        text,
    } = raster;
    ContentEntry::Raster {
        pixels: if is_empty(pixels) {
            let (width, height) = pixels.image().dimensions();
            PixelsEntry::Empty { width, height }
        } else {
            PixelsEntry::Picture(name_of(pixels))
        },
        center: transform.center.to_array(),
        scale: transform.scale.to_array(),
        rotation: transform.rotation,
        recolor: RecolorEntry {
            hue: recolor.hue,
            saturation: recolor.saturation,
            lightness: recolor.lightness,
            tint: recolor.tint.color,
            tint_strength: recolor.tint.strength,
        },
        text: text.as_ref().map(|text| TextEntry {
            words: text.words.clone(),
            quad: text.quad,
            angle: text.angle,
            size: text.size,
            colour: text.colour,
            family: text.family.clone(),
            confidence: text.confidence,
            alignment: match text.alignment {
                Alignment::Left => None,
                Alignment::Center => Some(AlignmentEntry::Center),
                Alignment::Right => Some(AlignmentEntry::Right),
            },
        }),
    }
}

/// From the list, in which a group comes before what is in it, back to the tree.
fn tree(
    entries: Vec<LayerEntry>,
    find: &impl Fn(&String) -> Result<Pixels, Problem>,
) -> Result<Vec<Layer>, Problem> {
    check_parents(&entries)?;
    // Last first, so that all that is in a group has been met when the group is.
    let mut waiting: HashMap<Option<u64>, Vec<Layer>> = HashMap::new();
    for entry in entries.into_iter().rev() {
        let mut children = waiting.remove(&Some(entry.id)).unwrap_or_default();
        children.reverse();
        let parent = entry.parent;
        let layer = layer_of(entry, children, find)?;
        waiting.entry(parent).or_default().push(layer);
    }
    let mut layers = waiting.remove(&None).unwrap_or_default();
    layers.reverse();
    Ok(layers)
}

/// Each parent is a group that came before, and none lies too deep.
fn check_parents(entries: &[LayerEntry]) -> Result<(), Problem> {
    let mut depths: HashMap<u64, usize> = HashMap::new();
    for entry in entries {
        let depth = match entry.parent {
            None => 0,
            Some(parent) => *depths.get(&parent).ok_or_else(|| {
                Problem::damaged(format!("layer {} is in no group of the file", entry.id))
            })?,
        };
        if depth > MAX_DEPTH {
            return Err(Problem::damaged("groups lie too deep in each other"));
        }
        let is_group = matches!(entry.content, ContentEntry::Group { .. });
        if is_group && depths.insert(entry.id, depth + 1).is_some() {
            return Err(Problem::damaged(format!(
                "layer {} is there twice",
                entry.id
            )));
        }
    }
    Ok(())
}

fn layer_of(
    entry: LayerEntry,
    children: Vec<Layer>,
    find: &impl Fn(&String) -> Result<Pixels, Problem>,
) -> Result<Layer, Problem> {
    let content = match entry.content {
        ContentEntry::Group { collapsed } => LayerContent::Group(Group {
            children,
            collapsed,
        }),
        ContentEntry::Raster {
            pixels,
            center,
            scale,
            rotation,
            recolor,
            text,
        } => LayerContent::Raster(Raster {
            pixels: match pixels {
                PixelsEntry::Picture(name) => find(&name)?,
                PixelsEntry::Empty { width, height } if width == 0 || height == 0 => {
                    Pixels::new(image::RgbaImage::new(width, height))
                }
                PixelsEntry::Empty { .. } => {
                    return Err(Problem::damaged("a picture is missing"));
                }
            },
            transform: Transform {
                center: DVec2::from_array(center),
                scale: DVec2::from_array(scale),
                rotation,
            },
            recolor: Recolor {
                hue: recolor.hue,
                saturation: recolor.saturation,
                lightness: recolor.lightness,
                tint: Tint {
                    color: recolor.tint,
                    strength: recolor.tint_strength,
                },
            },
            text: text.map(|text| Text {
                words: text.words,
                quad: text.quad,
                angle: text.angle,
                size: text.size,
                colour: text.colour,
                family: text.family,
                confidence: text.confidence,
                alignment: match text.alignment {
                    None => Alignment::Left,
                    Some(AlignmentEntry::Center) => Alignment::Center,
                    Some(AlignmentEntry::Right) => Alignment::Right,
                },
            }),
        }),
    };
    Ok(Layer {
        id: LayerId(entry.id),
        name: entry.name,
        visible: entry.visible,
        locks: if entry.locked {
            Locks::ALL
        } else {
            locks_of(&entry.locks)
        },
        opacity: entry.opacity,
        blend: entry.blend.map_or(Ok(BlendMode::Normal), blend_of)?,
        content,
    })
}
