use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::format::{Contents, Encoding, Entry, Metadata, Stored};
use super::lora::Loras;
use super::map::FileMap;
use super::random::RandomWeights;
use super::target::{Part, Target};
use crate::{ModelError, Result};

/// The weights of one part of the model: its files, memory-mapped, of which only the headers have been read; or random
/// ones.
pub struct WeightFiles {
    files: Vec<WeightFile>,
    /// Where each tensor is, by the name that the model's code uses; in several pieces where a file has it so.
    tensors: HashMap<String, Vec<Piece>>,
    /// What is added to the tensors when they are loaded.
    loras: Loras,
    /// Every tensor that is asked for is drawn.
    random: Option<RandomWeights>,
    /// What to call the whole in messages.
    path: PathBuf,
}

struct WeightFile {
    map: FileMap,
    contents: Contents,
}

/// A tensor of a file and what it is of the model's.
struct Piece {
    part: Part,
    file: usize,
    /// In the file.
    name: String,
}

/// A piece with what its file has.
pub(super) struct StoredPiece<'a> {
    pub part: Part,
    pub path: &'a Path,
    pub stored: Stored<'a>,
}

impl WeightFiles {
    /// `rename` turns a file's own name of a tensor into the model's; `None` leaves the tensor out.
    pub fn open<T: Into<Target>>(
        path: &Path,
        shards: &[PathBuf],
        rename: impl Fn(&str) -> Option<T>,
    ) -> Result<Self> {
        let mut files = Vec::with_capacity(shards.len());
        let mut tensors: HashMap<String, Vec<Piece>> = HashMap::new();
        for (file, shard) in shards.iter().enumerate() {
            let map = FileMap::open(shard)?;
            let contents = Contents::read(shard, map.bytes())?;
            for own in contents.tensors.keys() {
                let Some(Target { name, part }) = rename(own).map(Into::into) else {
                    continue;
                };
                let pieces = tensors.entry(name).or_default();
                // A later file's tensor takes an earlier one's place.
                pieces.retain(|piece| piece.part != part);
                pieces.push(Piece {
                    part,
                    file,
                    name: own.clone(),
                });
            }
            files.push(WeightFile { map, contents });
        }
        for pieces in tensors.values_mut() {
            pieces.sort_by_key(|piece| piece.part);
        }
        Ok(Self {
            files,
            tensors,
            loras: Loras::default(),
            random: None,
            path: path.to_owned(),
        })
    }

    /// `query_norm`: 1, or by how much larger the scores of the transformer's attention are.
    pub fn random(part: &str, query_norm: f64) -> Self {
        Self {
            files: Vec::new(),
            tensors: HashMap::new(),
            loras: Loras::default(),
            random: Some(RandomWeights::new(query_norm)),
            path: part.into(),
        }
    }

    /// With LoRAs, which were opened for these files.
    #[must_use]
    pub fn with_loras(self, loras: Loras) -> Self {
        Self { loras, ..self }
    }

    pub fn loras(&self) -> &Loras {
        &self.loras
    }

    /// Where tensors are drawn from, if they are.
    pub(super) fn as_random(&self) -> Option<&RandomWeights> {
        self.random.as_ref()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A small tensor that is in one piece, on the processor, and its shape.
    pub(super) fn numbers(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>)> {
        let pieces = self.pieces(name);
        let [piece] = pieces.as_slice() else {
            return Err(ModelError::MissingTensor {
                path: self.path.clone(),
                name: name.to_owned(),
            });
        };
        let numbers = piece.stored.numbers();
        let numbers = numbers.ok_or_else(|| ModelError::UnsupportedType {
            path: self.path.clone(),
            name: name.to_owned(),
            dtype: piece.stored.encoding.to_string(),
        })?;
        match numbers.iter().all(|number| number.is_finite()) {
            true => Ok((numbers, piece.stored.shape.to_vec())),
            false => Err(ModelError::NotFinite(format!(
                "{name} in {}",
                self.path.display()
            ))),
        }
    }

    pub fn contains(&self, name: &str) -> bool {
        self.random.is_some() || self.tensors.contains_key(name)
    }

    /// What each file says of itself, with the file.
    pub fn described(&self) -> impl Iterator<Item = (&Path, &Metadata, &[u8])> {
        self.files.iter().map(|file| {
            let (map, contents) = (&file.map, &file.contents);
            (map.path(), &contents.metadata, map.bytes())
        })
    }

    /// Of all files, to measure progress by; 0 of random weights.
    pub fn bytes(&self) -> u64 {
        self.tensors.keys().map(|name| self.bytes_of(name)).sum()
    }

    pub fn bytes_of(&self, name: &str) -> u64 {
        let entries = self.entries(name);
        entries.map(|(_, entry)| entry.byte_count()).sum()
    }

    fn entries(&self, name: &str) -> impl Iterator<Item = (&Piece, &Entry)> {
        let pieces = self.tensors.get(name).into_iter().flatten();
        pieces.filter_map(|piece| {
            let contents = &self.files.get(piece.file)?.contents;
            Some((piece, contents.tensors.get(&piece.name)?))
        })
    }

    /// Of a tensor where e4m3 stays as it is and all else is in bf16.
    pub fn bytes_beside_fp8(&self, name: &str) -> u64 {
        let entries = self.entries(name).map(|(_, entry)| {
            let numbers = entry.shape.iter().product::<usize>() as u64;
            match entry.encoding {
                Encoding::E4m3 => numbers,
                _ => 2 * numbers,
            }
        });
        entries.sum()
    }

    /// Of what LoRAs add beside a matrix, in bf16.
    pub fn side_bytes(&self, name: &str) -> u64 {
        let sizes: usize = self.shape(name).into_iter().flatten().sum();
        (2 * self.loras.rank(name) * sizes) as u64
    }

    pub fn has_fp8(&self) -> bool {
        let mut entries = self.tensors.keys().flat_map(|name| self.entries(name));
        entries.any(|(_, entry)| matches!(entry.encoding, Encoding::E4m3 | Encoding::E5m2))
    }

    /// Whether matrices can stay as the file has them: it is one of ggml's blocks, and what LoRAs add goes beside them.
    pub fn stays_packed(&self) -> bool {
        let mut entries = self.tensors.keys().flat_map(|name| self.entries(name));
        self.loras.are_products()
            && entries.any(|(_, entry)| matches!(entry.encoding, Encoding::Blocks(_)))
    }

    /// Bytes of the largest tensor that is what this one is in one of the numbered modules `list`.0, `list`.1, …
    pub(super) fn room(&self, list: &str, name: &str) -> usize {
        let rest = name
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('.'));
        let Some((_, tensor)) = rest.and_then(|rest| rest.split_once('.')) else {
            return 0;
        };
        let all = (0..self.count(list)).map(|index| format!("{list}.{index}.{tensor}"));
        let bytes = all.map(|name| self.bytes_of(&name)).max();
        bytes.unwrap_or_default() as usize
    }

    /// Bytes of the largest of the numbered modules `list`.0, `list`.1, …; `bytes`: of each tensor, by its name.
    pub fn largest(&self, list: &str, bytes: impl Fn(&str) -> u64) -> u64 {
        let mut modules: HashMap<&str, u64> = HashMap::new();
        for name in self.tensors.keys() {
            let rest = name
                .strip_prefix(list)
                .and_then(|rest| rest.strip_prefix('.'));
            if let Some((number, _)) = rest.and_then(|rest| rest.split_once('.')) {
                *modules.entry(number).or_default() += bytes(name);
            }
        }
        modules.into_values().max().unwrap_or_default()
    }

    /// The pieces that a tensor is made of.
    pub(super) fn pieces(&self, name: &str) -> Vec<StoredPiece<'_>> {
        let entries = self.entries(name);
        let pieces = entries.filter_map(|(piece, entry)| {
            let map = &self.files.get(piece.file)?.map;
            Some(StoredPiece {
                part: piece.part,
                path: map.path(),
                stored: entry.stored(map.bytes())?,
            })
        });
        pieces.collect()
    }

    /// A tensor was loaded. Fails where its file was written meanwhile.
    pub(super) fn release(&self, name: &str) -> Result<()> {
        for (piece, entry) in self.entries(name) {
            if let Some(file) = self.files.get(piece.file) {
                file.map.release(entry.place.clone());
                file.map.check_unchanged()?;
            }
        }
        Ok(())
    }

    /// The file that a tensor, or its first piece, is in.
    pub fn path_of(&self, name: &str) -> &Path {
        let piece = self.tensors.get(name).and_then(|pieces| pieces.first());
        let file = piece.and_then(|piece| self.files.get(piece.file));
        file.map_or(&self.path, |file| file.map.path())
    }

    /// Of the tensor whose pieces are joined.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let mut entries = self.entries(name);
        let (first, entry) = entries.next()?;
        let mut shape = entry.shape.clone();
        let others = entries.map(|(_, entry)| entry);
        match first.part {
            Part::Whole => {}
            Part::Rows(_) => {
                let rows = others.filter_map(|entry| entry.shape.first());
                let rows: usize = rows.sum();
                if let Some(first) = shape.first_mut() {
                    *first = first.saturating_add(rows);
                }
            }
            Part::Frame(_) => {
                let at = shape.len().min(2);
                shape.insert(at, 1 + others.count());
            }
        }
        Some(shape)
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
