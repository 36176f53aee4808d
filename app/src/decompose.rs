use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, anyhow};

use document::{Document, Pixels};
use engine::{Backend, CancelToken, DecomposeRequest, Decomposition, EngineError};

use crate::args::DecomposeArgs;
use crate::exit::Exit;
use crate::outputs::Outputs;
use crate::progress::TerminalProgress;
use crate::report::{FileReport, SourceReport};

/// Decomposes each input in turn. A bad one is named on standard error and does not stop the rest.
pub fn run(args: &DecomposeArgs) -> Exit {
    let cancel = CancelToken::default();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("lamina: Ctrl-C will not stop this run cleanly: {error}");
    }
    let mut batch = Batch {
        args,
        backends: crate::backends(),
        taken: HashSet::new(),
        cancel,
    };
    let mut worst = Exit::Success;
    for input in &args.inputs {
        match batch.decompose(input) {
            Ok(summary) => println!("{summary}"),
            Err(failure) => {
                eprintln!("lamina: {:#}", failure.error);
                worst = worst.max(failure.exit);
            }
        }
        if worst == Exit::Interrupted {
            break;
        }
    }
    worst
}

struct Failure {
    exit: Exit,
    error: Error,
}

impl Failure {
    fn bad_input(error: impl Into<Error>) -> Self {
        Self {
            exit: Exit::BadInput,
            error: error.into(),
        }
    }

    fn failed(error: impl Into<Error>) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
        }
    }

    fn engine(input: &Path, error: &EngineError) -> Self {
        let exit = match error {
            EngineError::Cancelled => Exit::Interrupted,
            EngineError::InvalidRequest(_) | EngineError::UnknownBackend(..) => Exit::BadInput,
            _ => Exit::Failed,
        };
        Self {
            exit,
            error: anyhow!("{}: {error}", input.display()),
        }
    }
}

/// What the inputs of one run share.
struct Batch<'a> {
    args: &'a DecomposeArgs,
    backends: Vec<Box<dyn Backend>>,
    /// Names of outputs that are spoken for.
    taken: HashSet<OsString>,
    cancel: CancelToken,
}

impl Batch<'_> {
    /// From picture to files; returns a line that says what was done.
    fn decompose(&mut self, input: &Path) -> Result<String, Failure> {
        let started = Instant::now();
        let mut progress = TerminalProgress::new(&input.display().to_string());
        progress.say("Open");
        let picture = import::open(input).map_err(Failure::bad_input)?;
        let outputs =
            Outputs::prepare(&self.args.output, input, &mut self.taken).map_err(Failure::failed)?;

        let source = SourceReport {
            path: input.display().to_string(),
            width: picture.image.width(),
            height: picture.image.height(),
            pixels_per_inch: picture.pixels_per_inch,
        };
        let opened = Document::from_source(Pixels::new(picture.image), picture.pixels_per_inch);
        let request = request(self.args, &opened);
        let mut on_event = |event| progress.event(&event);
        let decomposition = engine::run(&mut self.backends, &request, &mut on_event, &self.cancel)
            .map_err(|error| Failure::engine(input, &error))?;

        let mut report = FileReport::new(&decomposition, source);
        let document = document_of(opened, decomposition).map_err(Failure::failed)?;
        let psd = self.write(&document, &mut report, outputs, &mut progress)?;
        progress.finish();
        let seconds = started.elapsed().as_secs_f64();
        Ok(format!(
            "{} → {} in {seconds:.1} s: {}",
            input.display(),
            psd.display(),
            report.summary()
        ))
    }

    /// Returns the PSD's path.
    fn write(
        &self,
        document: &Document,
        report: &mut FileReport,
        outputs: Outputs,
        progress: &mut TerminalProgress,
    ) -> Result<PathBuf, Failure> {
        progress.say("Write");
        let cancel = &self.cancel;
        let mut on_progress = |share: f32| {
            progress.share(share);
            !cancel.is_cancelled()
        };
        let failure = |error: export::ExportError| {
            let exit = if cancel.is_cancelled() {
                Exit::Interrupted
            } else {
                Exit::Failed
            };
            Failure {
                exit,
                error: error.into(),
            }
        };
        let extent = self.args.png.into();
        let layers =
            export::write_layer_pngs(document, &outputs.staged_layers(), extent, &mut on_progress)
                .map_err(failure)?;
        let options = export::PsdOptions {
            include_source: self.args.keep_original,
        };
        let psd = export::write_psd(document, &outputs.staged_psd(), options, &mut on_progress)
            .map_err(failure)?;
        report.name_files(&layers, &outputs.final_psd(&psd));
        let json = serde_json::to_vec_pretty(&report).map_err(Failure::failed)?;
        export::write_file(&outputs.staged_report(), &json).map_err(Failure::failed)?;
        outputs.publish(&psd).map_err(Failure::failed)
    }
}

fn request(args: &DecomposeArgs, opened: &Document) -> DecomposeRequest {
    let source = opened.source().map(Pixels::shared).unwrap_or_default();
    DecomposeRequest {
        backend: args.backend_choice(),
        layers: args.layers,
        seed: args.seed,
        rebuild: !args.no_rebuild,
        ..DecomposeRequest::new(source)
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
