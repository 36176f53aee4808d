use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{DownloadError, Result, Wanted};

/// A file that is partly there, and which parts are. What is written lies in `NAME.part`, what is known of it in
/// `NAME.part.json`.
pub(crate) struct Parts {
    path: PathBuf,
    done: Mutex<State>,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct State {
    size: u64,
    sha256: Option<String>,
    /// Bytes of a part, which one connection fetches; the last may have fewer.
    part: u64,
    /// Bytes from each part's start that are there.
    done: Vec<u64>,
    /// Parts that somebody fetches.
    #[serde(skip)]
    taken: Vec<usize>,
}

/// The rest of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    part: usize,
    pub first: u64,
    /// Included.
    pub last: u64,
}

impl Parts {
    /// For `to`: what an earlier download of the same file left, or nothing yet.
    pub fn open(to: &Path, size: u64, sha256: Option<&str>, part: u64) -> Result<Self> {
        let path = with_ending(to, ".part");
        let count = size.div_ceil(part) as usize;
        let fresh = State {
            size,
            sha256: sha256.map(str::to_owned),
            part,
            done: vec![0; count],
            taken: Vec::new(),
        };
        let known = known(&path);
        let is_same = |known: &State| {
            let mut lengths = known.done.iter().enumerate();
            known.size == size
                && known.sha256 == fresh.sha256
                && known.part == part
                && known.done.len() == count
                && path.is_file()
                && lengths.all(|(part, done)| *done <= known.length(part))
        };
        let done = match known.filter(is_same) {
            Some(known) => known,
            None => {
                File::create(&path).map_err(|error| DownloadError::io(&path, error))?;
                fresh
            }
        };
        Ok(Self {
            path,
            done: Mutex::new(done),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn there(&self) -> u64 {
        self.state(|state| state.done.iter().sum())
    }

    /// The rest of a part that nobody fetches; nobody else gets it until it is [given back](Self::give_back).
    pub fn take(&self) -> Option<Stretch> {
        self.state(|state| {
            let open = |part: &usize| {
                state.done[*part] < state.length(*part) && !state.taken.contains(part)
            };
            let part = (0..state.done.len()).find(open)?;
            state.taken.push(part);
            let start = part as u64 * state.part;
            Some(Stretch {
                part,
                first: start + state.done[part],
                last: start + state.length(part) - 1,
            })
        })
    }

    pub fn give_back(&self, stretch: Stretch) {
        self.state(|state| state.taken.retain(|part| *part != stretch.part));
    }

    /// Nothing of it is worth anything.
    pub fn forget(&self) {
        self.state(|state| state.done.fill(0));
    }

    /// Bytes of a stretch after those that were written of it before.
    pub fn write(&self, file: &mut File, stretch: &mut Stretch, bytes: &[u8]) -> Result<()> {
        let written = file
            .seek(SeekFrom::Start(stretch.first))
            .and_then(|_| file.write_all(bytes));
        written.map_err(|error| DownloadError::io(&self.path, error))?;
        stretch.first += bytes.len() as u64;
        self.state(|state| state.done[stretch.part] += bytes.len() as u64);
        Ok(())
    }

    pub fn writer(&self) -> Result<File> {
        let file = OpenOptions::new().write(true).open(&self.path);
        file.map_err(|error| DownloadError::io(&self.path, error))
    }

    /// So that the next download goes on from here.
    pub fn remember(&self) -> Result<()> {
        let path = with_ending(&self.path, ".json");
        let io = |error| DownloadError::io(&path, error);
        let text = self.state(|state| serde_json::to_vec(state));
        let text = text.map_err(|error| io(error.into()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        beside.write_all(&text).map_err(io)?;
        beside.persist(&path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// The whole file to its place.
    pub fn finish(self, to: &Path) -> Result<()> {
        fs::rename(&self.path, to).map_err(|error| DownloadError::io(to, error))?;
        // What is left is known to be of no file.
        let _ = fs::remove_file(with_ending(&self.path, ".json"));
        Ok(())
    }

    pub fn delete(self) {
        // Where it stays, its state is gone, and it begins anew.
        let _ = delete(&self.path);
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.done.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Of a part.
    fn length(&self, part: usize) -> u64 {
        let start = part as u64 * self.part;
        self.part.min(self.size.saturating_sub(start))
    }
}

/// How many bytes of a file are there, whole or in parts, without a look at what they are.
pub fn there(wanted: &Wanted) -> u64 {
    let size = wanted.file.size;
    if wanted.to.metadata().is_ok_and(|there| there.len() == size) {
        return size;
    }
    let known = known(&with_ending(&wanted.to, ".part"));
    let same = known.filter(|known| known.size == size && known.sha256 == wanted.file.sha256);
    same.map_or(0, |known| known.done.iter().sum::<u64>().min(size))
}

/// Deletes what there is in parts of a file that is wanted at `to`.
pub fn discard(to: &Path) -> Result<()> {
    delete(&with_ending(to, ".part"))
}

/// What is written in parts, and what is known of it.
fn delete(path: &Path) -> Result<()> {
    for path in [&with_ending(path, ".json"), path] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DownloadError::io(path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn known(path: &Path) -> Option<State> {
    let text = fs::read(with_ending(path, ".json")).ok()?;
    serde_json::from_slice(&text).ok()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
