use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use download::{Wanted, Watch, discard, sha256};
use engine::ModelSource;
use serde::{Deserialize, Serialize};

use super::Published;
use super::error::Result;
use crate::ModelError;

/// Names a folder of models.
const VARIABLE: &str = "LAMINA_MODELS";
/// In a model's folder: what was downloaded into it, all of it.
const MANIFEST: &str = "lamina-model.json";
/// The same until all of it is there.
const BEGUN: &str = "lamina-model.part.json";

/// The models that were downloaded, each in a folder of its own.
#[derive(Debug, Clone)]
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

impl Here {
    /// In `folder`, in that of the environment, or in the user's own.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            return Ok(Self(folder.to_owned()));
        }
        if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
            return Ok(Self(folder.into()));
        }
        let own = directories::ProjectDirs::from("", "", "lamina").ok_or_else(|| {
            ModelError::Request(format!(
                "you have no home folder to keep models in; name a folder with {VARIABLE}"
            ))
        })?;
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

    /// Whether a download of it was begun and has not ended.
    pub fn has_begun(&self, published: &Published) -> bool {
        self.folder_of(published).join(BEGUN).is_file()
    }

    /// All that were downloaded, whole, with their folders.
    pub fn models(&self) -> impl Iterator<Item = (&'static Published, PathBuf)> {
        let all = Published::all().iter();
        let here = all.filter(|published| self.has(published));
        here.map(|published| (published, self.folder_of(published)))
    }

    /// The model that was downloaded last, whole.
    pub fn newest(&self) -> Option<ModelSource> {
        let folders = self.models().map(|(_, folder)| folder);
        let when = |folder: &PathBuf| folder.join(MANIFEST).metadata().ok()?.modified().ok();
        folders.max_by_key(when).map(ModelSource::Folder)
    }

    /// These files are about to come.
    pub(super) fn begin(&self, published: &Published, wanted: &[Wanted]) -> Result<()> {
        self.write(published, BEGUN, wanted)
    }

    /// All of it is there.
    pub(super) fn keep(&self, published: &Published, wanted: &[Wanted]) -> Result<()> {
        self.write(published, MANIFEST, wanted)?;
        Ok(delete(&self.folder_of(published).join(BEGUN))?)
    }

    fn write(&self, published: &Published, name: &str, wanted: &[Wanted]) -> Result<()> {
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
        let path = folder.join(name);
        let write = || {
            fs::create_dir_all(&folder)?;
            let mut beside = tempfile::NamedTempFile::new_in(&folder)?;
            beside.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
            beside.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| ModelError::Unwritable {
            path: path.clone(),
            source,
        })?;
        Ok(())
    }

    /// Files that are missing or are not what was published.
    pub fn wrong_files(&self, published: &Published, watch: &dyn Watch) -> Result<Vec<PathBuf>> {
        let folder = self.folder_of(published);
        let mut wrong = Vec::new();
        for kept in manifest(&folder.join(MANIFEST), published)?.files {
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

    /// Nothing but what was downloaded is deleted, all of the model or what there is of it.
    pub fn remove(&self, published: &Published) -> Result<()> {
        let folder = self.folder_of(published);
        let begun = folder.join(BEGUN);
        let manifests = [folder.join(MANIFEST), begun.clone()];
        let there = manifests.iter().filter(|path| path.is_file());
        let mut folders = Vec::new();
        let first = if begun.is_file() {
            &begun
        } else {
            &manifests[0]
        };
        for kept in manifest(first, published)?.files {
            let path = folder.join(&kept.path);
            delete(&path)?;
            discard(&path)?;
            let between = path.ancestors().skip(1);
            folders.extend(
                between
                    .take_while(|above| *above != folder)
                    .map(Path::to_owned),
            );
        }
        there.into_iter().try_for_each(|path| delete(path))?;
        // Deepest first; what somebody else put in stays, and its folder with it.
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        for folder in folders.into_iter().chain([folder]) {
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

fn manifest(path: &Path, published: &Published) -> Result<Manifest, ModelError> {
    let name = published.name;
    if !path.is_file() {
        return Err(ModelError::Request(format!(
            "{name} is not here; `lamina model pull {name}` downloads it"
        )));
    }
    let text = fs::read(path).map_err(|error| ModelError::io(path, error))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| {
        ModelError::Request(format!(
            "{} is damaged ({error}); `lamina model pull {name}` mends it",
            path.display()
        ))
    })?;
    Ok(manifest)
}

/// Where it is not there, nothing is to be done.
fn delete(path: &Path) -> Result<(), ModelError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ModelError::Unwritable {
            path: path.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}
