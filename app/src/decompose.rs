use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Error, anyhow};

use document::Document;
use engine::{Backend, CancelToken, DecomposeRequest, Decomposition, EngineError};
use import::Picture;

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
    let mut backends = crate::backends();
    let mut taken = HashSet::new();
    let mut worst = Exit::Success;
    for input in &args.inputs {
        let exit = match decompose(args, input, &mut backends, &mut taken, &cancel) {
            Ok(summary) => {
                println!("{summary}");
                Exit::Success
            }
            Err(failure) => {
                eprintln!("lamina: {:#}", failure.error);
                failure.exit
            }
        };
        worst = worst.max(exit);
        if exit == Exit::Interrupted {
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
        Self { exit: Exit::BadInput, error: error.into() }
    }

    fn failed(error: impl Into<Error>) -> Self {
        Self { exit: Exit::Failed, error: error.into() }
    }
}

fn decompose(
    args: &DecomposeArgs,
    input: &Path,
    backends: &mut [Box<dyn Backend>],
    taken: &mut HashSet<std::ffi::OsString>,
    cancel: &CancelToken,
) -> Result<String, Failure> {
    let started = Instant::now();
    let mut progress = TerminalProgress::new(&input.display().to_string());
    progress.say("Open");
    let picture = import::open(input).map_err(Failure::bad_input)?;
    let outputs = Outputs::prepare(&args.output, input, taken).map_err(Failure::failed)?;

    let Picture { image, pixels_per_inch } = picture;
    let source = Arc::new(image);
    let request = request(args, Arc::clone(&source));
    let decomposition = engine::run(backends, &request, &mut |event| progress.event(&event), cancel)
        .map_err(|error| engine_failure(input, error))?;
    drop(request);

    let source_report = SourceReport {
        path: input.display().to_string(),
        width: source.width(),
        height: source.height(),
        pixels_per_inch,
    };
    let document = editor::document_from(&decomposition, source, pixels_per_inch);
    let psd = write(args, &document, &decomposition, source_report, outputs, &mut progress, cancel)?;
    progress.finish();
    Ok(summary(input, &psd, &decomposition, started.elapsed().as_secs_f64()))
}

fn request(args: &DecomposeArgs, source: Arc<image::RgbaImage>) -> DecomposeRequest {
    DecomposeRequest {
        backend: args.backend_choice(),
        layers: args.layers,
        seed: args.seed,
        rebuild: !args.no_rebuild,
        ..DecomposeRequest::new(source)
    }
}

fn engine_failure(input: &Path, error: EngineError) -> Failure {
    let exit = match error {
        EngineError::Cancelled => Exit::Interrupted,
        EngineError::InvalidRequest(_) | EngineError::UnknownBackend(..) => Exit::BadInput,
        _ => Exit::Failed,
    };
    Failure { exit, error: anyhow!("{}: {error}", input.display()) }
}

/// Returns the PSD's path.
fn write(
    args: &DecomposeArgs,
    document: &Document,
    decomposition: &Decomposition,
    source: SourceReport,
    outputs: Outputs,
    progress: &mut TerminalProgress,
    cancel: &CancelToken,
) -> Result<std::path::PathBuf, Failure> {
    progress.say("Write");
    let mut on_progress = |share: f32| {
        progress.share(share);
        !cancel.is_cancelled()
    };
    let or_interrupted = |error: export::ExportError| {
        if cancel.is_cancelled() {
            Failure { exit: Exit::Interrupted, error: error.into() }
        } else {
            Failure::failed(error)
        }
    };
    let files = export::write_layer_pngs(document, &outputs.staged_layers(), args.png.into(), &mut on_progress)
        .map_err(or_interrupted)?;
    let options = export::PsdOptions { include_source: args.keep_original };
    let psd = export::write_psd(document, &outputs.staged_psd(), options, &mut on_progress).map_err(or_interrupted)?;
    let extension = psd.extension().and_then(|extension| extension.to_str()).unwrap_or("psd");
    let report = FileReport::new(decomposition, source, &files, &outputs.file(extension));
    let json = serde_json::to_vec_pretty(&report).map_err(Failure::failed)?;
    export::write_file(&outputs.staged_report(), &json).map_err(Failure::failed)?;
    outputs.publish(&psd).map_err(Failure::failed)
}

fn summary(input: &Path, psd: &Path, decomposition: &Decomposition, seconds: f64) -> String {
    let report = &decomposition.report;
    let error = match &report.recomposition {
        Some(error) => format!("recomposition error {:.2}/255 mean, {:.0}/255 at 99.9 %", error.mean, error.p999),
        None => "layers at the backend's own size".to_owned(),
    };
    let layers = decomposition.layers.len();
    format!(
        "{} → {}: {layers} layer{} by {} in {seconds:.1} s, {error}",
        input.display(),
        psd.display(),
        if layers == 1 { "" } else { "s" },
        report.backend.label,
    )
}
