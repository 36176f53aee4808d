//! Layers that recompose to the picture, as a PSD, PNGs and a report.

use std::path::PathBuf;

use anyhow::Result;
use document::{Document, DocumentError};
use engine::Decomposition;
use project::{ExportFormat, ExportOptions, Project};

use crate::args::{Also, FileArgs};
use crate::outputs::DocumentOutputs;
use crate::report::{FileReport, SourceReport};

/// Writes what was made of the picture that `opened` has, and moves it into place once it is whole. `on_progress` gets the
/// share of each file, and ends it all by `false`. Returns the PSD's path and the report.
pub fn write_document(
    opened: Document,
    decomposition: Decomposition,
    source: SourceReport,
    outputs: DocumentOutputs,
    files: &FileArgs,
    on_progress: export::OnProgress,
) -> Result<(PathBuf, FileReport)> {
    let mut report = FileReport::new(&decomposition, source);
    let document = document_of(opened, decomposition)?;
    let folder = outputs.staged_layers();
    let layers = export::write_layer_pngs(&document, &folder, files.png.into(), on_progress)?;
    let options = files.layout.options(files.keep_original, files.png.into());
    let psd = outputs.staged_psd(files.psb);
    let psd = ExportFormat::Psd
        .write(&document, &psd, options, on_progress)?
        .path;
    report.name_files(&layers, &outputs.final_psd(&psd));
    let mut also = Vec::new();
    for kind in &files.also {
        also.push(write_also(
            *kind,
            &document,
            &report,
            &outputs,
            options,
            on_progress,
        )?);
    }
    let json = serde_json::to_vec_pretty(&report)?;
    export::write_file(&outputs.staged_report(), &json)?;
    Ok((outputs.publish(&psd, &also)?, report))
}

/// Where it is staged.
fn write_also(
    kind: Also,
    document: &Document,
    report: &FileReport,
    outputs: &DocumentOutputs,
    options: ExportOptions,
    on_progress: export::OnProgress,
) -> Result<PathBuf> {
    let path = outputs.staged(kind.extension());
    let Some(format) = kind.format() else {
        let project = Project {
            document: document.clone(),
            runs: vec![serde_json::to_value(report)?],
        };
        project::save(&project, &path, None, on_progress)?;
        return Ok(path);
    };
    Ok(format.write(document, &path, options, on_progress)?.path)
}

/// Without rebuild the layers keep their own size, and the document has it too.
fn document_of(opened: Document, decomposition: Decomposition) -> Result<Document, DocumentError> {
    let (width, height) = (decomposition.width, decomposition.height);
    let base = if (width, height) == (opened.width(), opened.height()) {
        opened
    } else {
        Document::new(width, height).with_metadata(opened.metadata().clone())
    };
    session::with_layers(base, decomposition)
}
