use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use download::{Wanted, sha256};
use qwen_image_layered::ModelSource;
use qwen_image_layered::catalogue::Published;
use serde::{Deserialize, Serialize};

use super::pull::Watching;

/// Names a folder of models.
const VARIABLE: &str = "LAMINA_MODELS";
/// In a model's folder: what was downloaded into it, all of it.
const MANIFEST: &str = "lamina-model.json";

/// The models that were downloaded.
pub struct Here(PathBuf);

#[derive(Serialize, Deserialize)]
struct Manifest {
    files: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Within the model's folder.
    path: PathBuf,
    size: u64,
    sha256: Option<String>,
}

/// The model that was downloaded last, whole.
pub fn newest() -> Option<ModelSource> {
    let here = Here::new(None).ok()?;
    let models = Published::all().iter().filter_map(|published| {
        let manifest = here.folder_of(published).join(MANIFEST);
        Some((manifest.metadata().ok()?.modified().ok()?, published))
    });
    let (_, published) = models.max_by_key(|(modified, _)| *modified)?;
    Some(ModelSource::Folder(here.folder_of(published)))
}

impl Here {
    /// In `folder`, in that of the environment, or in the user's own.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            return Ok(Self(folder.to_owned()));
        }
        if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
            return Ok(Self(folder.into()));
        }
        let own = directories::ProjectDirs::from("", "", "lamina");
        let own = own.ok_or_else(|| anyhow!("you have no home folder; name one with --models"))?;
        Ok(Self(own.data_dir().join("models")))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn folder_of(&self, published: &Published) -> PathBuf {
        self.0.join(published.name)
    }

    /// Whether all of it was downloaded.
    pub fn has(&self, published: &Published) -> bool {
        self.folder_of(published).join(MANIFEST).is_file()
    }

    /// All of it is there.
    pub fn keep(&self, published: &Published, wanted: &[Wanted]) -> Result<()> {
        let folder = self.folder_of(published);
        let files = wanted.iter().filter_map(|wanted| {
            Some(Kept {
                path: wanted.to.strip_prefix(&folder).ok()?.to_owned(),
                size: wanted.file.size,
                sha256: wanted.file.sha256.clone(),
            })
        });
        let manifest = Manifest {
            files: files.collect(),
        };
        let path = folder.join(MANIFEST);
        let write = || -> Result<()> {
            let mut beside = tempfile::NamedTempFile::new_in(&folder)?;
            beside.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
            beside.persist(&path)?;
            Ok(())
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Files that are missing or are not what was published.
    pub fn wrong_files(&self, published: &Published, watch: &Watching) -> Result<Vec<PathBuf>> {
        let folder = self.folder_of(published);
        let mut wrong = Vec::new();
        for kept in self.manifest(published)?.files {
            let path = folder.join(&kept.path);
            let length = path.metadata().map(|metadata| metadata.len());
            let is_right = length.is_ok_and(|length| length == kept.size)
                && match &kept.sha256 {
                    Some(expected) => sha256(&path, watch)?.eq_ignore_ascii_case(expected),
                    None => true,
                };
            if !is_right {
                wrong.push(path);
            }
        }
        Ok(wrong)
    }

    /// Nothing but what was downloaded is deleted.
    pub fn remove(&self, published: &Published) -> Result<()> {
        let folder = self.folder_of(published);
        let mut folders = Vec::new();
        for kept in self.manifest(published)?.files {
            let path = folder.join(&kept.path);
            if path.is_file() {
                fs::remove_file(&path)
                    .with_context(|| format!("{} cannot be deleted", path.display()))?;
            }
            let between = path.ancestors().skip(1);
            folders.extend(
                between
                    .take_while(|above| *above != folder)
                    .map(Path::to_owned),
            );
        }
        let manifest = folder.join(MANIFEST);
        fs::remove_file(&manifest)
            .with_context(|| format!("{} cannot be deleted", manifest.display()))?;
        // Deepest first; what somebody else put in stays, and its folder with it.
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        for folder in folders.into_iter().chain([folder]) {
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    fn manifest(&self, published: &Published) -> Result<Manifest> {
        let path = self.folder_of(published).join(MANIFEST);
        if !path.is_file() {
            bail!(
                "{} is not here; `lamina model pull {0}` downloads it",
                published.name
            );
        }
        let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} is damaged; `lamina model pull {}` mends it",
                path.display(),
                published.name
            )
        })
    }
}
