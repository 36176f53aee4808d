use std::path::{Path, PathBuf};

use document::{Document, Pixels};
use engine::Decomposition;
use import::Picture;

use super::failure::Failure;
use super::{Batch, source_report};
use crate::outputs::DocumentOutputs;
use crate::progress::TerminalProgress;
use crate::report::FileReport;

impl Batch<'_> {
    /// Layers that recompose to the picture, as a PSD and PNGs; returns the PSD's path and a summary.
    pub(super) fn document(
        &mut self,
        input: &Path,
        picture: Picture,
        progress: &mut TerminalProgress,
    ) -> Result<(PathBuf, String), Failure> {
        let outputs = DocumentOutputs::prepare(&self.output, input, &mut self.taken)
            .map_err(Failure::failed)?;
        let source = source_report(input, &picture);
        let opened = Document::from_source(Pixels::new(picture.image), picture.pixels_per_inch);
        let request = self.request(opened.source().map(Pixels::shared).unwrap_or_default());
        let mut on_event = |event| progress.event(&event);
        let decomposition = engine::run(&mut self.backends, &request, &mut on_event, &self.cancel)
            .map_err(|error| Failure::engine(input, &error))?;

        let mut report = FileReport::new(&decomposition, source);
        let document = document_of(opened, decomposition).map_err(Failure::failed)?;
        let psd = self.write(&document, &mut report, outputs, progress)?;
        Ok((psd, report.summary()))
    }

    /// Returns the PSD's path.
    fn write(
        &self,
        document: &Document,
        report: &mut FileReport,
        outputs: DocumentOutputs,
        progress: &mut TerminalProgress,
    ) -> Result<PathBuf, Failure> {
        progress.say("Write");
        let cancel = &self.cancel;
        let mut on_progress = |share: f32| {
            progress.share(share);
            !cancel.is_cancelled()
        };
        let failure = |error: export::ExportError| Failure::writing(error, cancel.is_cancelled());
        let extent = self.args.files.png.into();
        let layers =
            export::write_layer_pngs(document, &outputs.staged_layers(), extent, &mut on_progress)
                .map_err(failure)?;
        let options = export::PsdOptions {
            include_source: self.args.files.keep_original,
        };
        let psd = export::write_psd(document, &outputs.staged_psd(), options, &mut on_progress)
            .map_err(failure)?;
        report.name_files(&layers, &outputs.final_psd(&psd));
        let json = serde_json::to_vec_pretty(&report).map_err(Failure::failed)?;
        export::write_file(&outputs.staged_report(), &json).map_err(Failure::failed)?;
        outputs.publish(&psd).map_err(Failure::failed)
    }
}

/// Without rebuild the layers keep their own size, and the document has it too.
fn document_of(
    opened: Document,
    decomposition: Decomposition,
) -> Result<Document, document::DocumentError> {
    let (width, height) = (decomposition.width, decomposition.height);
    let base = if (width, height) == (opened.width(), opened.height()) {
        opened
    } else {
        Document::new(width, height)
    };
    editor::with_layers(base, decomposition)
}
