//! Which pictures are on the GPU: those of the document that is shown, and no others.

use std::collections::{HashMap, HashSet};

use document::{Document, Layer, LayerContent, Pixels};

use super::upload::{PictureTexture, Request, Uploader};

enum State {
    Wanted,
    Uploading,
    Ready(PictureTexture),
    /// The GPU has no memory for it: not drawn.
    Failed,
}

impl State {
    fn is_coming(&self) -> bool {
        matches!(self, Self::Wanted | Self::Uploading)
    }
}

struct Entry {
    /// Keeps the key from being given to another picture.
    _pixels: Pixels,
    state: State,
}

/// Pictures by [`Pixels::key`].
pub struct TextureCache {
    uploader: Uploader,
    entries: HashMap<usize, Entry>,
}

impl TextureCache {
    pub fn new(uploader: Uploader) -> Self {
        Self {
            uploader,
            entries: HashMap::new(),
        }
    }

    /// Takes in what has arrived, asks for what is missing, forgets what the document no longer uses.
    /// The layers come first, then the source.
    pub fn update(&mut self, document: &Document, window: &egui::Context) {
        for finished in self.uploader.finished() {
            if let Some(entry) = self.entries.get_mut(&finished.pixels.key()) {
                entry.state = finished.texture.map_or(State::Failed, State::Ready);
            }
        }
        let mut used = Vec::new();
        collect_pixels(document.layers(), &mut used);
        used.extend(document.source());
        let keys: HashSet<usize> = used.iter().map(|pixels| pixels.key()).collect();
        self.entries.retain(|key, _| keys.contains(key));
        for pixels in used {
            let entry = self.entries.entry(pixels.key()).or_insert_with(|| Entry {
                _pixels: pixels.clone(),
                state: State::Wanted,
            });
            if matches!(entry.state, State::Wanted) {
                let request = Request {
                    pixels: pixels.clone(),
                    window: window.clone(),
                };
                if !self.uploader.request(request) {
                    // Full: an arrival repaints, and the rest is asked for then.
                    break;
                }
                entry.state = State::Uploading;
            }
        }
    }

    pub fn get(&self, pixels: &Pixels) -> Option<&PictureTexture> {
        match &self.entries.get(&pixels.key())?.state {
            State::Ready(texture) => Some(texture),
            _ => None,
        }
    }

    pub fn is_on_its_way(&self, pixels: &Pixels) -> bool {
        self.entries
            .get(&pixels.key())
            .is_none_or(|entry| entry.state.is_coming())
    }

    pub fn is_loading(&self) -> bool {
        self.entries.values().any(|entry| entry.state.is_coming())
    }
}

/// Of hidden layers too: showing one takes effect at once.
fn collect_pixels<'a>(layers: &'a [Layer], pixels: &mut Vec<&'a Pixels>) {
    for layer in layers {
        match &layer.content {
            LayerContent::Raster(raster) => pixels.push(&raster.pixels),
            LayerContent::Group(group) => collect_pixels(&group.children, pixels),
        }
    }
}
