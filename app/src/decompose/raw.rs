//! What the model made, as it made it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use engine::{CancelToken, RawDecomposition};

use crate::outputs::RawOutputs;
use crate::report::{RawReport, SourceReport};

/// Writes the layers and a report, and moves them into place once all are whole. Returns the folder and the report.
pub fn write_raw(
    raw: &RawDecomposition,
    source: SourceReport,
    outputs: RawOutputs,
    cancel: &CancelToken,
) -> Result<(PathBuf, RawReport)> {
    let mut files = Vec::new();
    for (index, layer) in raw.layers.iter().enumerate() {
        cancel.check()?;
        let file = format!("layer_{index}.png");
        let path = outputs.staged_layer(&file);
        let saved = layer.image.save(&path);
        saved.with_context(|| format!("cannot write {}", path.display()))?;
        files.push(file);
    }
    let report = RawReport::new(raw, files, source);
    let json = serde_json::to_vec_pretty(&report)?;
    export::write_file(&outputs.staged_report(), &json)?;
    Ok((outputs.publish()?, report))
}
