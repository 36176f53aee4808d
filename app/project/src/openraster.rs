//! OpenRaster of other programs: `stack.xml` says how its PNGs lie over each other (version 0.0.6 of
//! <https://www.openraster.org>).

use std::collections::{BTreeSet, HashMap};

use document::{BlendMode, DEFAULT_PIXELS_PER_INCH, Document, Layer, LayerId, Locks, Metadata};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::archive::Archive;
use crate::error::Problem;
use crate::layered::not_shown;
use crate::limits::{MAX_MANIFEST_BYTES, MAX_PIXELS, check_canvas};
use crate::manifest::MAX_DEPTH;
use crate::picture;

const STACK: &str = "stack.xml";

/// The layers as a document, and sentences about what of them is not shown.
pub fn read(archive: &mut Archive) -> Result<(Document, Vec<String>), Problem> {
    if !archive.has(STACK) {
        return Err(Problem::NotAProject);
    }
    let xml = archive.read(STACK, MAX_MANIFEST_BYTES)?;
    let xml = String::from_utf8(xml).map_err(Problem::damaged)?;
    Stack::new(archive).read(&xml)
}

type Attributes = HashMap<String, String>;

struct Stack<'a> {
    archive: &'a mut Archive,
    canvas: Option<Attributes>,
    /// The groups around what is read now, the outermost first, each with its layers so far, front first.
    open: Vec<(Attributes, Vec<Layer>)>,
    layers: Vec<Layer>,
    pixels_left: u64,
    next_id: u64,
    profile: Option<Vec<u8>>,
    unknown_modes: BTreeSet<String>,
}

impl<'a> Stack<'a> {
    fn new(archive: &'a mut Archive) -> Self {
        Self {
            archive,
            canvas: None,
            open: Vec::new(),
            layers: Vec::new(),
            pixels_left: MAX_PIXELS,
            next_id: 1,
            profile: None,
            unknown_modes: BTreeSet::new(),
        }
    }

    fn read(mut self, xml: &str) -> Result<(Document, Vec<String>), Problem> {
        let mut reader = Reader::from_str(xml);
        loop {
            match reader.read_event().map_err(Problem::damaged)? {
                Event::Start(tag) => self.begin(&tag)?,
                Event::Empty(tag) => {
                    self.begin(&tag)?;
                    self.end(tag.name().as_ref());
                }
                Event::End(tag) => self.end(tag.name().as_ref()),
                Event::Eof => break,
                _ => {}
            }
        }
        self.finish()
    }

    fn begin(&mut self, tag: &BytesStart) -> Result<(), Problem> {
        let attributes = attributes(tag)?;
        match tag.name().as_ref() {
            b"image" => self.canvas = Some(attributes),
            b"stack" if self.open.len() > MAX_DEPTH => {
                return Err(Problem::damaged("groups lie too deep in each other"));
            }
            b"stack" => self.open.push((attributes, Vec::new())),
            b"layer" => {
                let layer = self.picture(&attributes)?;
                if let Some((_, siblings)) = self.open.last_mut() {
                    siblings.push(layer);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8]) {
        if name != b"stack" {
            return;
        }
        let Some((attributes, mut layers)) = self.open.pop() else {
            return;
        };
        layers.reverse();
        match self.open.last() {
            None => self.layers = layers,
            Some(_) => {
                let group = Layer::group(self.id(), text(&attributes, "name"), layers);
                let group = self.with_look(group, &attributes);
                if let Some((_, siblings)) = self.open.last_mut() {
                    siblings.push(group);
                }
            }
        }
    }

    fn picture(&mut self, attributes: &Attributes) -> Result<Layer, Problem> {
        let bytes = self
            .archive
            .read(&text(attributes, "src"), self.pixels_left * 5)?;
        let (width, height) = picture::size_of(&bytes)?;
        self.pixels_left = self
            .pixels_left
            .checked_sub(u64::from(width) * u64::from(height))
            .ok_or(Problem::TooLarge(MAX_PIXELS / 1_000_000))?;
        let read = import::decode(&bytes).map_err(Problem::damaged)?;
        let image = read.image;
        // The first layer's stands for all, as programs write them.
        self.profile = self.profile.take().or(read.profile);
        let place = |name| text(attributes, name).parse::<f64>().unwrap_or(0.0) as i32;
        let id = self.id();
        let layer = Layer::raster(id, text(attributes, "name"), image, place("x"), place("y"));
        Ok(self.with_look(layer, attributes))
    }

    fn with_look(&mut self, layer: Layer, attributes: &Attributes) -> Layer {
        let mode = text(attributes, "composite-op");
        let known = BlendMode::from_openraster_name(&mode);
        if known.is_none() && !mode.is_empty() {
            self.unknown_modes.insert(mode);
        }
        let opacity = text(attributes, "opacity").parse::<f32>().unwrap_or(1.0);
        // The cast takes what is no number as 0.
        let opacity = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        let blend = known.unwrap_or_default();
        // "auto" isolates only what an opacity or a mode of its own needs it for.
        let passes = layer.as_group().is_some()
            && text(attributes, "isolation") == "auto"
            && (opacity, blend) == (255, BlendMode::Normal);
        Layer {
            visible: text(attributes, "visibility") != "hidden",
            locks: match text(attributes, "edit-locked").as_str() {
                "true" => Locks::ALL,
                _ => Locks::NONE,
            },
            blend: if passes {
                BlendMode::PassThrough
            } else {
                blend
            },
            opacity,
            ..layer
        }
    }

    fn id(&mut self) -> LayerId {
        let id = LayerId(self.next_id);
        self.next_id += 1;
        id
    }

    fn finish(self) -> Result<(Document, Vec<String>), Problem> {
        let canvas = self
            .canvas
            .ok_or_else(|| Problem::damaged("stack.xml has no image"))?;
        let side = |name| text(&canvas, name).parse::<u32>().map_err(Problem::damaged);
        let (width, height) = (side("w")?, side("h")?);
        check_canvas(width, height)?;
        let resolution = text(&canvas, "xres").parse::<f64>().ok();
        let resolution = resolution.filter(|given| given.is_finite() && *given > 0.0);
        let document = Document::restored(
            (width, height),
            None,
            resolution.unwrap_or(DEFAULT_PIXELS_PER_INCH),
            self.layers,
        )
        .map_err(Problem::damaged)?;
        let colours = import::colour_notes(self.profile.as_deref(), 8);
        let metadata = Metadata {
            profile: self.profile.map(Into::into),
            ..document.metadata().clone()
        };
        let document = document.with_metadata(metadata);
        let notes = self.unknown_modes.iter().map(|mode| not_shown(mode));
        Ok((document, notes.chain(colours).collect()))
    }
}

fn text(attributes: &Attributes, name: &str) -> String {
    attributes.get(name).cloned().unwrap_or_default()
}

fn attributes(tag: &BytesStart) -> Result<Attributes, Problem> {
    tag.attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(Problem::damaged)?;
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(Problem::damaged)?;
            Ok((name, value.into_owned()))
        })
        .collect()
}
