use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use engine::ModelSource;

use super::find;

/// The user's own choice.
const VARIABLE: &str = "LAMINA_MODEL";
/// As Hugging Face names it.
const PUBLISHED: &str = "Qwen/Qwen-Image-Layered";

/// The folder that the environment variable `LAMINA_MODEL` names, or the one remembered from an earlier run, or a whole
/// model in the Hugging Face cache.
pub fn installed(remembered: Option<ModelSource>) -> Option<ModelSource> {
    named().or(remembered).or_else(cached)
}

/// By the environment.
fn named() -> Option<ModelSource> {
    let folder = env::var_os(VARIABLE).filter(|folder| !folder.is_empty())?;
    Some(ModelSource::Folder(folder.into()))
}

/// In the Hugging Face cache.
pub(crate) fn cached() -> Option<ModelSource> {
    cached_in(&hub()?)
}

/// Where huggingface_hub keeps its downloads.
fn hub() -> Option<PathBuf> {
    let path = |name| env::var_os(name).map(PathBuf::from);
    path("HF_HUB_CACHE")
        .or_else(|| Some(path("HF_HOME")?.join("hub")))
        .or_else(|| Some(env::home_dir()?.join(".cache/huggingface/hub")))
}

/// The folders that the cache has of a model, newest first.
pub(crate) fn snapshots_of(model: &str) -> Vec<PathBuf> {
    hub().map_or_else(Vec::new, |hub| snapshots_in(&hub, model))
}

fn snapshots_in(hub: &Path, model: &str) -> Vec<PathBuf> {
    let folder = format!("models--{}", model.replace('/', "--"));
    let Ok(snapshots) = fs::read_dir(hub.join(folder).join("snapshots")) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = snapshots
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    folders.sort();
    folders
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .collect()
}

/// The newest snapshot that has all parts.
fn cached_in(hub: &Path) -> Option<ModelSource> {
    let snapshots = snapshots_in(hub, PUBLISHED).into_iter();
    let mut sources = snapshots.map(ModelSource::Folder);
    sources.find(|source| find(source).is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_snapshots_are_taken() {
        let hub = tempfile::tempdir().unwrap();
        assert_eq!(cached_in(hub.path()), None);
        let snapshots = hub
            .path()
            .join("models--Qwen--Qwen-Image-Layered")
            .join("snapshots");
        fs::create_dir_all(snapshots.join("partial/transformer")).unwrap();
        assert_eq!(cached_in(hub.path()), None);
        let whole = snapshots.join("whole");
        for part in ["transformer", "vae", "text_encoder"] {
            fs::create_dir_all(whole.join(part)).unwrap();
            fs::write(whole.join(part).join("model.safetensors"), "").unwrap();
        }
        fs::create_dir_all(whole.join("tokenizer")).unwrap();
        assert_eq!(cached_in(hub.path()), Some(ModelSource::Folder(whole)));
    }
}
