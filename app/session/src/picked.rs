use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use engine::{FoundModel, ModelRole, ModelSource, SingleFiles};

/// Single files on the way to a whole model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    files: [Option<PathBuf>; 4],
    /// That of the model that runs.
    tokenizer: Option<PathBuf>,
}

impl Picked {
    /// In the order in which they are asked for.
    pub const ROLES: [ModelRole; 4] = [
        ModelRole::Transformer,
        ModelRole::TextEncoder,
        ModelRole::Mmproj,
        ModelRole::Vae,
    ];

    /// Without these there is no model.
    pub const NEEDED: [ModelRole; 3] = [
        ModelRole::Transformer,
        ModelRole::TextEncoder,
        ModelRole::Vae,
    ];

    /// What a model is made of; nothing of one in a folder.
    pub fn of(source: &ModelSource) -> Self {
        match source.clone() {
            ModelSource::Folder(_) => Self::default(),
            ModelSource::Files(files) => Self {
                files: [
                    Some(files.transformer),
                    Some(files.text_encoder),
                    files.mmproj,
                    Some(files.vae),
                ],
                tokenizer: files.tokenizer,
            },
        }
    }

    pub fn get(&self, role: ModelRole) -> Option<&Path> {
        let at = Self::ROLES.iter().position(|known| *known == role)?;
        self.files[at].as_deref()
    }

    /// Picks a file, and with it what is the only one of its role among those found.
    pub fn pick(&mut self, role: ModelRole, path: PathBuf, found: &[FoundModel]) {
        self.set(role, Some(path));
        if role == ModelRole::TextEncoder {
            self.tokenizer = None;
            self.set(ModelRole::Mmproj, None);
        }
        for role in Self::NEEDED {
            if self.get(role).is_none() {
                self.set(role, only(found, role));
            }
        }
        if self.needs_mmproj() && self.get(ModelRole::Mmproj).is_none() {
            let beside = self.beside_text_encoder(found);
            self.set(
                ModelRole::Mmproj,
                beside.or_else(|| only(found, ModelRole::Mmproj)),
            );
        }
    }

    fn set(&mut self, role: ModelRole, path: Option<PathBuf>) {
        if let Some(at) = Self::ROLES.iter().position(|known| *known == role) {
            self.files[at] = path;
        }
    }

    /// A text encoder in GGUF has its vision half in another file.
    pub fn needs_mmproj(&self) -> bool {
        let text_encoder = self.get(ModelRole::TextEncoder);
        text_encoder.is_some_and(|path| path.extension() == Some(OsStr::new("gguf")))
    }

    fn beside_text_encoder(&self, found: &[FoundModel]) -> Option<PathBuf> {
        let folder = self.get(ModelRole::TextEncoder)?.parent();
        let mut beside = found
            .iter()
            .filter(|file| file.role == ModelRole::Mmproj && file.path.parent() == folder);
        beside.next().map(|file| file.path.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.files.iter().all(Option::is_none)
    }

    /// The model, once it has all that it needs.
    pub fn source(&self) -> Option<ModelSource> {
        let get = |role| self.get(role).map(Path::to_owned);
        Some(ModelSource::Files(SingleFiles {
            transformer: get(ModelRole::Transformer)?,
            text_encoder: get(ModelRole::TextEncoder)?,
            vae: get(ModelRole::Vae)?,
            mmproj: get(ModelRole::Mmproj).filter(|_| self.needs_mmproj()),
            tokenizer: self.tokenizer.clone(),
        }))
    }
}

fn only(found: &[FoundModel], role: ModelRole) -> Option<PathBuf> {
    let mut files = found.iter().filter(|file| file.role == role);
    let first = files.next()?;
    files.next().is_none().then(|| first.path.clone())
}
