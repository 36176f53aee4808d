use std::collections::VecDeque;

use engine::CaptionLanguage;
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

/// The picture's hash, and the language it was described in.
pub(crate) type Key = ([u8; 32], CaptionLanguage);

pub(crate) fn key(image: &RgbaImage, language: CaptionLanguage) -> Key {
    let mut hash = Sha256::new();
    hash.update(image.width().to_le_bytes());
    hash.update(image.height().to_le_bytes());
    hash.update(image.as_raw());
    (hash.finalize().into(), language)
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

    /// Another model describes pictures in other words.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
