//! A set of pictures with known layers in a folder, as `frozen_set.py` writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use image::RgbaImage;
use serde::Deserialize;

pub struct Picture {
    pub name: String,
    pub kind: String,
    /// The words of the layers that are text.
    pub texts: BTreeMap<usize, String>,
    source: PathBuf,
    layers: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Facts {
    kind: String,
    texts: BTreeMap<String, String>,
}

impl Picture {
    pub fn all(folder: &Path) -> Result<Vec<Self>> {
        sorted(folder, "json")?
            .iter()
            .map(|facts| Self::new(facts))
            .collect()
    }

    fn new(facts: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(facts)?;
        let Facts { kind, texts } =
            serde_json::from_str(&text).with_context(|| facts.display().to_string())?;
        let texts = texts
            .into_iter()
            .map(|(n, words)| Ok((n.parse()?, words)))
            .collect::<Result<_>>()?;
        Ok(Self {
            name: facts
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            kind,
            texts,
            source: facts.with_extension("png"),
            layers: sorted(&facts.with_extension(""), "png")?,
        })
    }

    pub fn source(&self) -> Result<RgbaImage> {
        open(&self.source)
    }

    /// How many layers there are, the background included.
    pub fn count(&self) -> usize {
        self.layers.len()
    }

    pub fn layers(&self) -> Result<Vec<RgbaImage>> {
        self.layers.iter().map(|path| open(path)).collect()
    }
}

pub fn open(path: &Path) -> Result<RgbaImage> {
    Ok(image::open(path)
        .with_context(|| path.display().to_string())?
        .to_rgba8())
}

fn sorted(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
