use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use engine::{DecomposeRequest, RawDecomposition};
use import::Picture;

use super::failure::Failure;
use super::{Batch, source_report};
use crate::outputs::RawOutputs;
use crate::progress::TerminalProgress;
use crate::report::RawReport;

impl Batch<'_> {
    /// What the model made, as it made it; returns the folder and a summary.
    pub(super) fn raw(
        &mut self,
        input: &Path,
        picture: Picture,
        progress: &mut TerminalProgress,
    ) -> Result<(PathBuf, String), Failure> {
        let several = self.inputs.len() > 1;
        let taken = several.then_some(&mut self.taken);
        let outputs = RawOutputs::prepare(&self.output, input, taken).map_err(Failure::failed)?;
        let source = source_report(input, &picture);
        let dumps = self.args.files.dump_tensors;
        let request = DecomposeRequest {
            dump: dumps.then(|| outputs.staged_tensors()),
            ..self.request(Arc::new(picture.image))
        };
        let mut on_event = |event| progress.event(&event);
        let raw = engine::run_raw(&mut self.backends, &request, &mut on_event, &self.cancel)
            .map_err(|error| Failure::engine(input, &error))?;

        progress.say("Write");
        let files = self.write_layers(&raw, &outputs)?;
        let report = RawReport::new(&raw, files, source);
        let json = serde_json::to_vec_pretty(&report).map_err(Failure::failed)?;
        export::write_file(&outputs.staged_report(), &json).map_err(Failure::failed)?;
        let folder = outputs.publish().map_err(Failure::failed)?;
        Ok((folder, report.summary()))
    }

    /// Returns the files' names, bottom first.
    fn write_layers(
        &self,
        raw: &RawDecomposition,
        outputs: &RawOutputs,
    ) -> Result<Vec<String>, Failure> {
        let write = |(index, layer): (usize, &engine::ModelLayer)| {
            self.cancel
                .check()
                .map_err(|error| Failure::writing(error, true))?;
            let file = format!("layer_{index}.png");
            let path = outputs.staged_layer(&file);
            layer
                .image
                .save(&path)
                .with_context(|| format!("cannot write {}", path.display()))
                .map_err(Failure::failed)?;
            Ok(file)
        };
        raw.layers.iter().enumerate().map(write).collect()
    }
}
