use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;

use super::mapped::MappedFile;
use super::random::RandomWeights;
use crate::{ModelError, Result};

/// The weights of one part of the model: its safetensors files, memory-mapped, of which only the headers have been read;
/// or random ones.
pub(crate) struct WeightFiles {
    files: Vec<(PathBuf, MappedFile)>,
    /// The file and the name in it of each tensor, by the name that the model's code uses.
    tensors: HashMap<String, (usize, String)>,
    /// Every tensor that is asked for is drawn.
    random: Option<RandomWeights>,
    /// What to call the whole in messages.
    path: PathBuf,
}

impl WeightFiles {
    /// `rename` turns a file's own name of a tensor into the model's; `None` leaves the tensor out.
    pub fn open(
        path: &Path,
        shards: &[PathBuf],
        rename: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut files = Vec::with_capacity(shards.len());
        let mut tensors = HashMap::new();
        for (index, shard) in shards.iter().enumerate() {
            let file = MappedFile::open(shard)?;
            for own in file.names() {
                if let Some(name) = rename(&own) {
                    tensors.insert(name, (index, own));
                }
            }
            files.push((shard.clone(), file));
        }
        Ok(Self {
            files,
            tensors,
            random: None,
            path: path.to_owned(),
        })
    }

    /// `query_norm`: 1, or by how much larger the scores of the transformer's attention are.
    pub fn random(part: &str, query_norm: f64) -> Self {
        Self {
            files: Vec::new(),
            tensors: HashMap::new(),
            random: Some(RandomWeights::new(query_norm)),
            path: part.into(),
        }
    }

    /// Where tensors are drawn from, if they are.
    pub(super) fn as_random(&self) -> Option<&RandomWeights> {
        self.random.as_ref()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn contains(&self, name: &str) -> bool {
        self.random.is_some() || self.tensors.contains_key(name)
    }

    /// Of all files, to measure progress by; 0 of random weights.
    pub fn bytes(&self) -> u64 {
        self.tensors
            .keys()
            .filter_map(|name| self.view(name))
            .map(|(_, view)| view.data().len() as u64)
            .sum()
    }

    pub fn view(&self, name: &str) -> Option<(&Path, TensorView<'_>)> {
        let (index, own) = self.tensors.get(name)?;
        let (path, file) = self.files.get(*index)?;
        Some((path, file.view(own)?))
    }

    /// A tensor was loaded.
    pub fn release(&self, name: &str) {
        if let Some((index, own)) = self.tensors.get(name)
            && let Some((_, file)) = self.files.get(*index)
        {
            file.release(own);
        }
    }

    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.view(name).map(|(_, view)| view.shape().to_vec())
    }

    /// One dimension of a tensor that a configuration is derived from.
    pub fn size(&self, name: &str, dimension: usize) -> Result<usize> {
        self.shape(name)
            .and_then(|shape| shape.get(dimension).copied())
            .ok_or_else(|| ModelError::MissingTensor {
                path: self.path.clone(),
                name: name.to_owned(),
            })
    }

    /// How many numbered modules `list`.0, `list`.1, … there are.
    pub fn count(&self, list: &str) -> usize {
        let number = |name: &String| {
            let rest = name.strip_prefix(list)?.strip_prefix('.')?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        self.tensors
            .keys()
            .filter_map(number)
            .max()
            .map_or(0, |last| last.saturating_add(1))
    }
}
