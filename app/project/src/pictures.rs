//! The pictures of a project file: which there are, what each shows, and which an older file already has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use document::{
    Bounds, Document, Layer, LayerId, Pixels, Raster, Recolor, Transform, composite_layers,
    drawings, render_layer,
};

use crate::archive::{Archive, EntryMark};
use crate::manifest::{MANIFEST, is_empty};

/// What a project file is known to hold, so that the next save to the same place encodes only what has changed, and does
/// not replace unseen what another window has saved there.
#[derive(Debug, Clone)]
pub struct Saved {
    pub(crate) path: PathBuf,
    /// `None` where the file could not be read again after it was written.
    pub(crate) manifest: Option<EntryMark>,
    pub(crate) pictures: Vec<SavedPicture>,
}

impl Saved {
    pub fn is_of(&self, path: &Path) -> bool {
        self.path == path
    }

    /// Whether the file there is another by now. One that is gone, or that nothing is known of, has not been changed.
    pub(crate) fn was_replaced(&self) -> bool {
        let Some(manifest) = self.manifest.filter(|_| self.path.exists()) else {
            return false;
        };
        let Ok(mut archive) = Archive::open(&self.path) else {
            return true;
        };
        let mut is_as_known = |name: &str, known| archive.mark(name) == Some(known);
        !(is_as_known(MANIFEST, manifest)
            && self
                .pictures
                .iter()
                .all(|picture| is_as_known(&picture.name, picture.mark)))
    }
}

#[derive(Debug, Clone)]
pub struct SavedPicture {
    pub shows: Shows,
    pub name: String,
    pub mark: EntryMark,
    pub left: i32,
    pub top: i32,
}

/// The pictures of the same in the older file, as far as they are still those that were written.
pub fn reusable(older: &mut Option<(&Saved, Archive)>, shows: &Shows) -> Vec<SavedPicture> {
    let Some((before, archive)) = older else {
        return Vec::new();
    };
    let known = before.pictures.iter().filter(|p| p.shows.is_same(shows));
    let there = known.filter(|known| archive.mark(&known.name) == Some(known.mark));
    there.cloned().collect()
}

/// What a picture of the ZIP is made from.
#[derive(Debug, Clone)]
pub enum Shows {
    /// Pixels as they are.
    Pixels(Pixels),
    /// A layer as it appears on a canvas, for other programs.
    Appearance(Pixels, Transform, Recolor, Bounds),
    /// All that is visible of layers on a canvas.
    Canvas(Vec<Layer>, Bounds),
}

impl Shows {
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pixels(a), Self::Pixels(b)) => a.ptr_eq(b),
            (Self::Appearance(a, t, r, c), Self::Appearance(b, u, s, d)) => {
                a.ptr_eq(b) && (t, r, c) == (u, s, d)
            }
            (Self::Canvas(a, c), Self::Canvas(b, d)) => c == d && drawings(a) == drawings(b),
            (Self::Pixels(_) | Self::Appearance(..) | Self::Canvas(..), _) => false,
        }
    }

    /// The pixels, and where their corner lies on the canvas.
    pub fn draw(&self) -> (Pixels, i32, i32) {
        match self {
            Self::Pixels(pixels) => (pixels.clone(), 0, 0),
            Self::Appearance(pixels, transform, recolor, canvas) => {
                let raster = Raster {
                    pixels: pixels.clone(),
                    transform: *transform,
                    recolor: *recolor,
                    text: None,
                };
                render_layer(&raster, *canvas)
            }
            Self::Canvas(layers, canvas) => (
                Pixels::new(composite_layers(layers, *canvas)),
                canvas.left,
                canvas.top,
            ),
        }
    }
}

/// The pictures that a file needs, each once.
pub struct Pictures {
    pub all: Vec<Shows>,
    /// Of a raster layer: which of them shows it, and where its corner lies when it shows the pixels as they are.
    pub layers: HashMap<LayerId, (usize, (i32, i32))>,
}

impl Pictures {
    /// `with_pixels`: also what layers have before they are transformed and recoloured, and the source.
    pub fn of(document: &Document, with_pixels: bool) -> Self {
        let mut pictures = Self {
            all: Vec::new(),
            layers: HashMap::new(),
        };
        if let Some(source) = document.source().filter(|_| with_pixels) {
            pictures.add(Shows::Pixels(source.clone()));
        }
        let aside = document.variants().layers().filter(|_| with_pixels);
        for layer in aside.flat_map(Layer::walk) {
            let raster = layer.as_raster().filter(|r| !is_empty(&r.pixels));
            if let Some(raster) = raster {
                pictures.add(Shows::Pixels(raster.pixels.clone()));
            }
        }
        for (_, layer) in document.walk() {
            let Some(raster) = layer.as_raster().filter(|r| !is_empty(&r.pixels)) else {
                continue;
            };
            let (width, height) = raster.pixels.image().dimensions();
            let offset = raster.transform.integer_offset(width, height);
            let offset = offset.filter(|_| raster.recolor.is_identity());
            if with_pixels || offset.is_some() {
                pictures.add(Shows::Pixels(raster.pixels.clone()));
            }
            let shown = match offset {
                Some(_) => Shows::Pixels(raster.pixels.clone()),
                None => Shows::Appearance(
                    raster.pixels.clone(),
                    raster.transform,
                    raster.recolor,
                    document.canvas(),
                ),
            };
            let index = pictures.add(shown);
            let entry = (index, offset.unwrap_or_default());
            pictures.layers.insert(layer.id, entry);
        }
        pictures
    }

    fn add(&mut self, shows: Shows) -> usize {
        let known = self.all.iter().position(|known| known.is_same(&shows));
        known.unwrap_or_else(|| {
            self.all.push(shows);
            self.all.len() - 1
        })
    }

    pub fn name(index: usize) -> String {
        format!("data/{index:03}.png")
    }
}
