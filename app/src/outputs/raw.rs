use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::{Staging, move_files};
use crate::report::written_layers;

/// The name of its report.
pub const REPORT: &str = "report.json";
const TENSORS: &str = "tensors.safetensors";

/// `layer_0.png` …, `report.json` and, when asked for, `tensors.safetensors` in one folder.
pub struct RawOutputs {
    /// Where the files will lie.
    folder: PathBuf,
    staging: Staging,
}

impl RawOutputs {
    pub fn prepare(folder: PathBuf) -> Result<Self> {
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
