use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Staging, Taken, free_name, move_files};
use crate::report::written_layers;

const REPORT: &str = "report.json";
const TENSORS: &str = "tensors.safetensors";

/// `layer_0.png` …, `report.json` and, when asked for, `tensors.safetensors`: in the output folder itself, or in its
/// `NAME/` where a run has several inputs.
pub struct RawOutputs {
    /// Where the files will lie.
    folder: PathBuf,
    staging: Staging,
}

impl RawOutputs {
    /// `taken` holds the names of a run with several inputs.
    pub fn prepare(folder: &Path, input: &Path, taken: Option<&mut Taken>) -> Result<Self> {
        let folder = match taken {
            Some(taken) => folder.join(free_name(input, taken)),
            None => folder.to_owned(),
        };
        let staging = Staging::new(&folder)?;
        Ok(Self { folder, staging })
    }

    /// Where all files are written first.
    pub fn staged_layer(&self, file: &str) -> PathBuf {
        self.staging.path(file)
    }

    pub fn staged_report(&self) -> PathBuf {
        self.staging.path(REPORT)
    }

    pub fn staged_tensors(&self) -> PathBuf {
        self.staging.path(TENSORS)
    }

    /// Moves everything into place. What an earlier run wrote under these names and this one did not is removed; no
    /// other file is touched.
    pub fn publish(self) -> Result<PathBuf> {
        let earlier = self.folder.join(REPORT);
        let stale = written_layers(&earlier);
        self.staging.publish(|| {
            if !stale.is_empty() {
                // Gone already is as good as removed.
                for file in stale.iter().map(String::as_str).chain([TENSORS]) {
                    fs::remove_file(self.folder.join(file)).ok();
                }
            }
            move_files(&self.staging.results(), &self.folder)
        })?;
        Ok(self.folder)
    }
}
