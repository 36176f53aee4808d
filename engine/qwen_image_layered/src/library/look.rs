use crate::parts::sizes_of_path;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use engine::{FoundModel, ModelPlaces, ModelRole, ModelSource};

use super::Host;
use crate::catalogue::{Here, Published};
use crate::files::{
    ComfyUi, FileDescription, FileKind, ModelFiles, cached, find, snapshots_of, weights,
};

/// All that is here of the model, each once: what was downloaded, the Hugging Face cache, ComfyUI, and what the user named.
pub(super) fn look(here: &Here, places: &ModelPlaces, host: &Host) -> Vec<FoundModel> {
    let mut found = Found {
        host,
        seen: HashSet::new(),
        models: Vec::new(),
    };
    for (published, folder) in here.models() {
        found.whole(&folder, published.name.to_owned());
        found.files(weights(&folder));
    }
    if let Some(ModelSource::Folder(folder)) = cached() {
        found.whole(&folder, "Hugging Face cache".into());
    }
    let published = Published::all().iter();
    let repositories: HashSet<_> = published.flat_map(Published::repositories).collect();
    for repository in repositories {
        for folder in snapshots_of(repository) {
            found.files(weights(&folder));
        }
    }
    for path in places.comfyui.iter().chain(&places.named) {
        if path.is_file() {
            found.files([path.clone()]);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        found.whole(path, name.into_owned());
        if let Ok(comfy) = ComfyUi::look(path) {
            found.described(comfy.files);
            found.files(comfy.loras);
        }
    }
    found.models
}

struct Found<'a> {
    host: &'a Host,
    seen: HashSet<PathBuf>,
    models: Vec<FoundModel>,
}

impl Found<'_> {
    /// A folder that holds a whole model, if it does.
    fn whole(&mut self, folder: &Path, name: String) {
        let Ok(files) = find(&ModelSource::Folder(folder.to_owned())) else {
            return;
        };
        let Some(transformer) = files.transformer.shards.first() else {
            return;
        };
        let Ok(description) = FileDescription::read(transformer) else {
            return;
        };
        if self.is_new(folder) {
            let mut model = self.model(ModelRole::Whole, folder, &description);
            (model.name, model.bytes) = (name, bytes(&files));
            self.models.push(model);
        }
    }

    fn files(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        let read = |path: PathBuf| {
            let description = FileDescription::read(&path).ok()?;
            Some((path, description))
        };
        let described: Vec<_> = paths.into_iter().filter_map(read).collect();
        self.described(described);
    }

    /// Of single files, those that are of this model. Parts in several files belong to a folder.
    fn described(&mut self, files: Vec<(PathBuf, FileDescription)>) {
        for (path, description) in files {
            let role = match description.kind {
                FileKind::Transformer => ModelRole::Transformer,
                FileKind::TextEncoder => ModelRole::TextEncoder,
                FileKind::Mmproj => ModelRole::Mmproj,
                FileKind::Vae => ModelRole::Vae,
                FileKind::Lora => ModelRole::Lora,
                FileKind::OtherTransformer | FileKind::RgbVae | FileKind::Unknown => continue,
            };
            if !is_shard(&path) && self.is_new(&path) {
                let model = self.model(role, &path, &description);
                self.models.push(model);
            }
        }
    }

    fn model(&self, role: ModelRole, path: &Path, description: &FileDescription) -> FoundModel {
        let sizes = match role {
            ModelRole::Whole | ModelRole::Transformer => sizes_of_path(path, &[]).ok(),
            _ => None,
        };
        FoundModel {
            role,
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            format: description.format.to_string(),
            precision: description.precision.clone(),
            bytes: description.bytes,
            fit: sizes.and_then(|sizes| self.host.fit_of(&sizes)),
            path: path.to_owned(),
        }
    }

    /// The same file can be reached in several ways.
    fn is_new(&mut self, path: &Path) -> bool {
        self.seen
            .insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }
}

/// "model-00001-of-00004.safetensors".
fn is_shard(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let last = name.rsplit_once("-of-").map(|(_, count)| count);
    last.is_some_and(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
}

fn bytes(files: &ModelFiles) -> u64 {
    let parts = [&files.transformer, &files.text_encoder, &files.vae];
    let shards = parts.into_iter().flat_map(|part| &part.shards);
    let lengths = shards.filter_map(|shard| Some(shard.metadata().ok()?.len()));
    lengths.sum()
}
