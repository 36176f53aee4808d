//! The files in ComfyUI's folders.

mod extra_paths;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use engine::SingleFiles;

use super::description::{FileDescription, FileKind};
use crate::{ModelError, Result};
use extra_paths::extra_folders;

/// Where ComfyUI has transformers, text encoders and VAEs, by today's names and by older ones (Comfy-Org/ComfyUI,
/// `folder_paths.py`).
const FOLDERS: [&str; 5] = ["diffusion_models", "unet", "text_encoders", "clip", "vae"];
const LORAS: &str = "loras";
/// Folders within folders that are looked into.
const DEEPEST: usize = 4;

/// The weight files of a ComfyUI, each told apart by its header.
#[derive(Debug, Default)]
pub struct ComfyUi {
    pub files: Vec<(PathBuf, FileDescription)>,
    pub loras: Vec<PathBuf>,
}

impl ComfyUi {
    /// Whether a folder is ComfyUI's own, or its `models`.
    pub fn is_at(folder: &Path) -> bool {
        models(folder).is_some() || extra_paths::is_at(folder)
    }

    /// `folder`: ComfyUI's own, or its `models`; what `extra_model_paths.yaml` names is looked into as well. Files that
    /// cannot be read are left out.
    pub fn look(folder: &Path) -> Result<Self> {
        let models = models(folder);
        let extra = extra_folders(folder)?;
        if models.is_none() && extra.is_empty() {
            return Err(ModelError::NotAFolder {
                path: folder.to_owned(),
                what: "ComfyUI, with models/diffusion_models, models/text_encoders and models/vae",
            });
        }
        let own = models.iter().flat_map(|models| {
            let names = FOLDERS.iter().chain([&LORAS]);
            names.map(|name| (*name, models.join(name)))
        });
        let extra = extra.iter();
        let extra = extra.map(|(name, folder)| (name.as_str(), folder.clone()));
        let (mut this, mut seen) = (Self::default(), HashSet::new());
        for (name, folder) in own.chain(extra) {
            let is_of_loras = name == LORAS;
            if !is_of_loras && !FOLDERS.contains(&name) {
                continue;
            }
            for path in weights(&folder) {
                // Two names may lead to one folder.
                let place = path.canonicalize().unwrap_or_else(|_| path.clone());
                if !seen.insert(place) {
                    continue;
                }
                if is_of_loras {
                    this.loras.push(path);
                } else if let Ok(description) = FileDescription::read(&path) {
                    this.files.push((path, description));
                }
            }
        }
        Ok(this)
    }

    /// The model of these files, with those that `named` has in their place.
    ///
    /// # Errors
    /// Where there is none of a kind, or more than one.
    pub fn model(&self, folder: &Path, named: &NamedFiles) -> Result<SingleFiles, NotOneFile> {
        let only = |named: &Option<PathBuf>, kind: FileKind| match named {
            Some(named) => Ok(named.clone()),
            None => self.only(folder, kind),
        };
        let text_encoder = only(&named.text_encoder, FileKind::TextEncoder)?;
        // Several are no reason to refuse: most files need none.
        let mmproj = || self.only(folder, FileKind::Mmproj).ok();
        let is_gguf = text_encoder.extension() == Some("gguf".as_ref());
        Ok(SingleFiles {
            transformer: only(&named.transformer, FileKind::Transformer)?,
            vae: only(&named.vae, FileKind::Vae)?,
            mmproj: named
                .mmproj
                .clone()
                .or_else(|| mmproj().filter(|_| is_gguf)),
            text_encoder,
            tokenizer: named.tokenizer.clone(),
        })
    }

    fn only(&self, folder: &Path, kind: FileKind) -> Result<PathBuf, NotOneFile> {
        let found = self.files.iter().filter(|(_, file)| file.kind == kind);
        let found: Vec<_> = found.map(|(path, _)| path).collect();
        if let [only] = found.as_slice() {
            return Ok((*only).clone());
        }
        let names = found.iter().filter_map(|path| path.file_name());
        Err(NotOneFile {
            folder: folder.to_owned(),
            kind,
            found: names
                .map(|name| name.to_string_lossy().into_owned())
                .collect(),
        })
    }
}

/// A folder of ComfyUI has none of a kind of files, or several, and none was named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {}", folder.display(), self.reason())]
pub struct NotOneFile {
    pub folder: PathBuf,
    pub kind: FileKind,
    /// Their names.
    pub found: Vec<String>,
}

impl NotOneFile {
    fn reason(&self) -> String {
        let Self { kind, found, .. } = self;
        match found.is_empty() {
            true => {
                format!("has no {kind} that fits this model; download one into it or name one")
            }
            false => format!("has more than one {kind}: {}; name one", found.join(", ")),
        }
    }
}

impl From<NotOneFile> for ModelError {
    fn from(error: NotOneFile) -> Self {
        Self::WrongModel {
            reason: error.reason(),
            path: error.folder,
        }
    }
}

/// The folder of the folders, which has one for transformers.
fn models(folder: &Path) -> Option<PathBuf> {
    let [new, old, ..] = FOLDERS;
    let candidates = [folder.join("models"), folder.to_owned()];
    let has = |models: &PathBuf| [new, old].iter().any(|name| models.join(name).is_dir());
    candidates.into_iter().find(has)
}

/// Files that the user named.
#[derive(Debug, Clone, Default)]
pub struct NamedFiles {
    pub transformer: Option<PathBuf>,
    pub vae: Option<PathBuf>,
    pub text_encoder: Option<PathBuf>,
    pub mmproj: Option<PathBuf>,
    pub tokenizer: Option<PathBuf>,
}

/// Of a folder and those in it, by name.
pub(crate) fn weights(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut found) = (vec![(folder.to_owned(), 0)], Vec::new());
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().unwrap_or_default();
            if path.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if ending == "safetensors" || ending == "gguf" {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
