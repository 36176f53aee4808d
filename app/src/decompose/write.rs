//! The last of a picture's three steps: from the backend's layers to files.

use std::path::PathBuf;

use anyhow::{Context, Result};
use engine::{CancelToken, RawDecomposition};
use words::say;

use super::failure::Failure;
use super::make::Made;
use super::open::{OpenedPicture, Results};
use super::write_document;
use crate::args::FileArgs;
use crate::history::{Record, run_of};
use crate::outputs::RawOutputs;
use crate::progress::{PictureProgress, TerminalProgress};
use crate::report::{RawReport, SourceReport};

/// A picture that the backend is done with.
pub struct Finished {
    pub opened: OpenedPicture,
    pub made: Made,
}

/// A picture's results.
pub struct Written {
    /// The PSD, or the folder of raw layers.
    pub path: PathBuf,
    /// For a person.
    pub summary: String,
}

pub struct Writer<'a> {
    pub files: &'a FileArgs,
    pub cancel: &'a CancelToken,
    pub progress: &'a TerminalProgress,
    pub record: Record,
}

impl Writer<'_> {
    pub fn write(&self, Finished { opened, made }: Finished) -> Result<Written, Failure> {
        let progress = self.progress.of(&opened.input, false);
        let failure = |error: anyhow::Error| Failure::writing(error, self.cancel.is_cancelled());
        match opened.results {
            Results::Raw(outputs) => {
                progress.say("Write");
                let raw = made
                    .into_raw()
                    .map_err(|error| Failure::engine(&opened.input, &error))?;
                let written = write_raw(&raw, opened.source, outputs, self.cancel);
                let (path, report) = written.map_err(failure)?;
                let summary = report.summary();
                Ok(Written { path, summary })
            }
            Results::Document(document, outputs) => {
                let mut on_event = |event| progress.event(&event);
                let decomposition = made
                    .finish(&mut on_event, self.cancel)
                    .map_err(|error| Failure::engine(&opened.input, &error))?;
                let run = run_of(&decomposition);
                progress.say("Write");
                let written = write_document(
                    document,
                    decomposition,
                    opened.source,
                    outputs,
                    self.files,
                    &mut sharing(&progress, self.cancel),
                );
                let (path, report) = written.map_err(failure)?;
                if let Some(run) = run {
                    self.record.keep(&run);
                }
                let summary = report.summary();
                Ok(Written { path, summary })
            }
        }
    }
}

fn sharing(progress: &PictureProgress, cancel: &CancelToken) -> impl FnMut(f32) -> bool + Send {
    move |share| {
        progress.share(share);
        !cancel.is_cancelled()
    }
}

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
        saved.with_context(|| say!("batch-cannot-write", file = path.display().to_string()))?;
        files.push(file);
    }
    let report = RawReport::new(raw, files, source);
    let json = serde_json::to_vec_pretty(&report)?;
    export::write_file(&outputs.staged_report(), &json)?;
    Ok((outputs.publish()?, report))
}
