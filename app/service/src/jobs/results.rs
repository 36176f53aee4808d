//! The thread "results": from what the engine made to files, the record of runs, and the job's end.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use engine::{DecomposeRequest, Decomposition, EngineError};

use super::shared::Shared;
use crate::executor::Executor;
use crate::store::{Job, Run};

/// What is made of a decomposition.
pub struct Results<'a> {
    /// As its file names it; the picture itself is in the report's request.
    pub pixels_per_inch: Option<f64>,
    /// What its numbers mean, where that is not sRGB.
    pub profile: Option<Vec<u8>>,
    /// The picture file's own, for people.
    pub name: &'a str,
    /// Of the picture file's bytes.
    pub sha256: &'a str,
    pub decomposition: Decomposition,
    /// Where the files go, there already.
    pub folder: &'a Path,
}

/// Writes `document.psd` or `document.psb`, the layers in `document/`, bottom first, and last `document.json`, whose `layers`
/// name their files. An error is a sentence.
pub type ResultWriter = Box<dyn Fn(Results) -> Result<(), String> + Send>;

/// The name of a job's files.
pub(crate) const DOCUMENT: &str = "document";
/// The decomposition's text form, for clients that rebuild it.
pub(crate) const DECOMPOSITION: &str = "decomposition.json";

/// A job that the engine is done with.
pub struct Ended {
    pub job: Job,
    pub pixels_per_inch: Option<f64>,
    pub profile: Option<Vec<u8>>,
    pub result: Result<Box<Decomposition>, EngineError>,
    pub seconds: f64,
}

pub struct ResultsThread {
    pub shared: Shared,
    pub executor: Arc<Executor>,
    pub write: ResultWriter,
}

impl ResultsThread {
    pub fn serve(&self, finished: &Receiver<Ended>, written: &Sender<()>) {
        for ended in finished {
            self.end(ended);
            // The other thread may be gone.
            let _ = written.send(());
        }
    }

    fn end(&self, ended: Ended) {
        let Ended {
            job,
            pixels_per_inch,
            profile,
            result,
            seconds,
        } = ended;
        let result = result.map(|decomposition| *decomposition);
        if let Some(mut run) = Run::of(&job.request, result.as_ref(), seconds) {
            (run.width, run.height) = (job.width, job.height);
            self.shared.metrics.ran(&run);
            self.shared.log_error(self.shared.store.record(&run));
        }
        let written = result.and_then(|mut decomposition| {
            if self.executor.outlives() {
                decomposition.report.request = DecomposeRequest {
                    source: self.shared.picture(&job)?.image.into(),
                    ..job.request.clone()
                };
            }
            let stripped = without_pixels(&decomposition);
            let results = Results {
                pixels_per_inch,
                profile,
                name: &job.name,
                sha256: &job.sha256,
                decomposition,
                folder: &self.shared.store.results(job.id),
            };
            self.written(results)?;
            Ok(stripped)
        });
        match written {
            Ok(decomposition) => self.shared.end(job.id, decomposition),
            Err(error) => self.shared.fail(job.id, &error),
        }
        self.executor.forget(job.id);
    }

    fn written(&self, results: Results) -> Result<(), EngineError> {
        let folder = results.folder;
        let failed = |error: &dyn std::fmt::Display| {
            EngineError::Backend(format!(
                "the results could not be written ({error}); look whether the server's disk is full"
            ))
        };
        let text = serde_json::to_vec(&engine::Versioned::new(&results.decomposition))
            .map_err(|error| failed(&error))?;
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        fs::write(folder.join(DECOMPOSITION), text).map_err(|error| failed(&error))?;
        (self.write)(results).map_err(|error| failed(&error))
    }
}

/// What an event's text form has of it.
fn without_pixels(decomposition: &Decomposition) -> Box<Decomposition> {
    let mut stripped = decomposition.clone();
    for layer in &mut stripped.layers {
        layer.image = Arc::default();
    }
    stripped.report.request.source = Arc::default();
    Box::new(stripped)
}
