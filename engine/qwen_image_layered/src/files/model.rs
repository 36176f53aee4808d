use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use engine::{ModelSource, SingleFiles};
use runtime::weights::{Target, WeightFiles, refuse_lfs_pointer};
use serde_json::Value;

use super::comfyui::{ComfyUi, NamedFiles};
use crate::{ModelError, Result};

/// An index lists tensors by name; the published ones are under 1 MB.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// All files of a model, found but not opened.
#[derive(Debug, Clone)]
pub(crate) struct ModelFiles {
    pub transformer: PartFiles,
    pub vae: PartFiles,
    pub text_encoder: PartFiles,
    /// A folder; `None` where it is to be looked for.
    pub tokenizer: Option<PathBuf>,
    pub generation: Option<PathBuf>,
    pub scheduler: Option<PathBuf>,
    pub processor: Option<PathBuf>,
}

/// One network's weights and configuration.
#[derive(Debug, Clone)]
pub(crate) struct PartFiles {
    /// The folder, or the single file; for messages.
    pub path: PathBuf,
    pub config: Option<PathBuf>,
    pub shards: Vec<PathBuf>,
}

/// Quick: looks whether a model's files are there, and reads headers at most. A folder is as diffusers saves it, with
/// transformer/, vae/, text_encoder/, tokenizer/ and their configurations, or of ComfyUI's kind with diffusion_models/,
/// text_encoders/ and vae/. Single files are safetensors as ComfyUI has them or GGUF; a config.json beside one is used, and
/// otherwise the configuration is derived from the tensors.
pub(crate) fn find(source: &ModelSource) -> Result<ModelFiles> {
    match source {
        ModelSource::Folder(folder) if ComfyUi::is_at(folder) => {
            let named = NamedFiles::default();
            find_files(&ComfyUi::look(folder)?.model(folder, &named)?)
        }
        ModelSource::Folder(folder) => in_folder(folder),
        ModelSource::Files(files) => find_files(files),
    }
}

/// Fails when a file of a model is missing; reads headers at most.
pub fn check(source: &ModelSource) -> Result<()> {
    find(source).map(drop)
}

fn find_files(files: &SingleFiles) -> Result<ModelFiles> {
    let mut text_encoder = PartFiles::single(&files.text_encoder)?;
    if let Some(mmproj) = &files.mmproj {
        text_encoder
            .shards
            .extend(PartFiles::single(mmproj)?.shards);
    }
    let what = "tokenizer.json, or vocab.json and merges.txt";
    let named = files.tokenizer.as_deref();
    let tokenizer = named
        .map(|folder| chosen_folder(folder, what))
        .transpose()?;
    Ok(ModelFiles {
        transformer: PartFiles::single(&files.transformer)?,
        vae: PartFiles::single(&files.vae)?,
        generation: beside(&files.text_encoder, "generation_config.json"),
        scheduler: beside(&files.transformer, "scheduler_config.json"),
        processor: tokenizer.as_deref().and_then(preprocessor_in),
        text_encoder,
        tokenizer,
    })
}

impl PartFiles {
    /// A part in one file.
    pub fn single(file: &Path) -> Result<Self> {
        if !file.is_file() {
            return Err(ModelError::NotFound(file.to_owned()));
        }
        Ok(Self {
            path: file.to_owned(),
            config: beside(file, "config.json"),
            shards: vec![file.to_owned()],
        })
    }

    pub fn open<T: Into<Target>>(&self, rename: impl Fn(&str) -> Option<T>) -> Result<WeightFiles> {
        WeightFiles::open(&self.path, &self.shards, rename)
    }
}

fn in_folder(folder: &Path) -> Result<ModelFiles> {
    chosen_folder(folder, "transformer, vae, text_encoder and tokenizer")?;
    let text_encoder = folder.join("text_encoder");
    Ok(ModelFiles {
        transformer: part(&folder.join("transformer"))?,
        vae: part(&folder.join("vae"))?,
        text_encoder: part(&text_encoder)?,
        tokenizer: Some(existing_folder(&folder.join("tokenizer"))?),
        generation: existing(text_encoder.join("generation_config.json")),
        scheduler: existing(folder.join("scheduler/scheduler_config.json")),
        processor: preprocessor_in(&folder.join("processor"))
            .or_else(|| preprocessor_in(&folder.join("tokenizer"))),
    })
}

fn part(folder: &Path) -> Result<PartFiles> {
    existing_folder(folder)?;
    Ok(PartFiles {
        path: folder.to_owned(),
        config: existing(folder.join("config.json")),
        shards: shards(folder)?,
    })
}

/// The files that an index names, or the only safetensors file of the folder.
fn shards(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|error| ModelError::io(folder, error))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let ends = |ending: &'static str| names.iter().filter(move |name| name.ends_with(ending));
    if let Some(index) = ends(".safetensors.index.json").next() {
        return indexed(folder, &folder.join(index));
    }
    let found: Vec<_> = ends(".safetensors").collect();
    match found[..] {
        [only] => Ok(vec![folder.join(only)]),
        [] if ends(".bin")
            .chain(ends(".ckpt"))
            .chain(ends(".pt"))
            .next()
            .is_some() =>
        {
            Err(ModelError::missing(
                folder,
                "safetensors weights (pickled ones are never opened)",
            ))
        }
        [] => Err(ModelError::missing(folder, "its .safetensors weights")),
        [..] => Err(ModelError::missing(
            folder,
            "the .index.json that says how its .safetensors files belong together",
        )),
    }
}

fn indexed(folder: &Path, index: &Path) -> Result<Vec<PathBuf>> {
    let length = fs::metadata(index)
        .map_err(|error| ModelError::io(index, error))?
        .len();
    if length > MAX_INDEX_BYTES {
        return Err(ModelError::config(index, "the file is too large"));
    }
    refuse_lfs_pointer(index)?;
    let text = fs::read_to_string(index).map_err(|error| ModelError::io(index, error))?;
    let json: Value = serde_json::from_str(&text)
        .map_err(|error| ModelError::config(index, error.to_string()))?;
    let map = json
        .get("weight_map")
        .and_then(Value::as_object)
        .ok_or_else(|| ModelError::config(index, "it has no weight_map"))?;
    let names: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
    names
        .into_iter()
        .map(|name| {
            // Nothing outside the folder is read.
            if Path::new(name).file_name() != Some(name.as_ref()) {
                return Err(ModelError::config(
                    index,
                    format!("the shard {name} lies outside the folder"),
                ));
            }
            existing(folder.join(name))
                .ok_or_else(|| ModelError::missing(folder, format!("the shard {name}")))
        })
        .collect()
}

fn preprocessor_in(folder: &Path) -> Option<PathBuf> {
    existing(folder.join("preprocessor_config.json"))
        .or_else(|| existing(folder.join("processor_config.json")))
}

fn beside(file: &Path, name: &str) -> Option<PathBuf> {
    existing(file.with_file_name(name))
}

fn existing(file: PathBuf) -> Option<PathBuf> {
    file.is_file().then_some(file)
}

/// A folder that the user named.
fn chosen_folder(folder: &Path, what: &'static str) -> Result<PathBuf> {
    if folder.is_dir() {
        return Ok(folder.to_owned());
    }
    Err(ModelError::NotAFolder {
        path: folder.to_owned(),
        what,
    })
}

/// A folder that a model has.
fn existing_folder(folder: &Path) -> Result<PathBuf> {
    if folder.is_dir() {
        return Ok(folder.to_owned());
    }
    let parent = folder.parent().unwrap_or(folder);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Err(ModelError::missing(parent, format!("the folder {name}")))
}
