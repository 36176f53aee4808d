use std::collections::VecDeque;

use engine::{CaptionLanguage, ModelSource};
use image::RgbaImage;
use sha2::{Digest, Sha256};

/// Captions remembered at most.
const CAPACITY: usize = 64;

/// Captions by picture, so that a second run on a picture skips the captioner.
#[derive(Debug, Default)]
pub(crate) struct Captions {
    /// Oldest first.
    entries: VecDeque<(Key, String)>,
}

/// The picture's hash, the language it was described in, and the model that did.
pub(crate) type Key = ([u8; 32], CaptionLanguage, Option<ModelSource>);

pub(crate) fn key(
    image: &RgbaImage,
    language: CaptionLanguage,
    model: Option<&ModelSource>,
) -> Key {
    let mut hash = Sha256::new();
    hash.update(image.width().to_le_bytes());
    hash.update(image.height().to_le_bytes());
    hash.update(image.as_raw());
    (hash.finalize().into(), language, model.cloned())
}

impl Captions {
    pub fn get(&self, key: &Key) -> Option<&str> {
        let (_, caption) = self.entries.iter().find(|(known, _)| known == key)?;
        Some(caption)
    }

    pub fn insert(&mut self, key: Key, caption: String) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back((key, caption));
    }
}
