//! `lamina decompose`: one picture after the other, from file to files.

mod document;
mod failure;
mod raw;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::{Backend, CancelToken, DecomposeRequest};
use import::Picture;

use crate::args::DecomposeArgs;
use crate::backends::backends;
use crate::exit::Exit;
use crate::outputs::Taken;
use crate::progress::TerminalProgress;
use crate::report::{self, SourceReport};
use failure::Failure;

/// Decomposes each input in turn. A bad one is named on standard error and does not stop the rest.
pub fn run(args: &DecomposeArgs) -> Exit {
    let mut batch = match Batch::new(args) {
        Ok(batch) => batch,
        Err(failure) => return told(&failure),
    };
    let mut worst = Exit::Success;
    for input in &batch.inputs.clone() {
        match batch.decompose(input) {
            Ok(summary) => println!("{summary}"),
            Err(failure) => worst = worst.max(told(&failure)),
        }
        if worst == Exit::Interrupted {
            break;
        }
    }
    worst
}

fn told(failure: &Failure) -> Exit {
    eprintln!("lamina: {:#}", failure.error);
    failure.exit
}

/// What the inputs of one run share.
struct Batch<'a> {
    args: &'a DecomposeArgs,
    backends: Vec<Box<dyn Backend>>,
    inputs: Vec<PathBuf>,
    output: PathBuf,
    /// Without a picture.
    request: DecomposeRequest,
    taken: Taken,
    cancel: CancelToken,
}

impl<'a> Batch<'a> {
    /// Fails on settings that no picture could be decomposed with.
    fn new(args: &'a DecomposeArgs) -> Result<Self, Failure> {
        let job = Asked::of(args).map_err(Failure::bad_input)?;
        job.request.validate().map_err(Failure::bad_input)?;
        let model = crate::model::for_command_line(args).map_err(Failure::bad_input)?;
        let cancel = CancelToken::default();
        let on_interrupt = cancel.clone();
        if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
            eprintln!("lamina: Ctrl-C will not stop this run cleanly: {error}");
        }
        Ok(Self {
            args,
            backends: backends(model),
            inputs: job.inputs,
            output: job.output,
            request: job.request,
            taken: Taken::default(),
            cancel,
        })
    }

    /// From picture to files; returns what was done, for a person.
    fn decompose(&mut self, input: &Path) -> Result<String, Failure> {
        let started = Instant::now();
        let mut progress = TerminalProgress::new(&input.display().to_string());
        progress.say("Open");
        let picture = import::open(input).map_err(Failure::bad_input)?;
        let (written, summary) = if self.args.files.raw {
            self.raw(input, picture, &mut progress)?
        } else {
            self.document(input, picture, &mut progress)?
        };
        progress.finish();
        let seconds = started.elapsed().as_secs_f64();
        Ok(format!(
            "{} → {} in {seconds:.1} s: {summary}",
            input.display(),
            written.display(),
        ))
    }

    fn request(&self, source: Arc<image::RgbaImage>) -> DecomposeRequest {
        DecomposeRequest {
            source,
            ..self.request.clone()
        }
    }
}

/// What the options, or the report that they name, ask for.
struct Asked {
    inputs: Vec<PathBuf>,
    output: PathBuf,
    request: DecomposeRequest,
}

impl Asked {
    fn of(args: &DecomposeArgs) -> anyhow::Result<Self> {
        let named = args.output.clone().unwrap_or_default();
        let Some(report) = &args.again else {
            return Ok(Self {
                inputs: args.inputs.clone(),
                output: named,
                request: args.request(),
            });
        };
        let written = report::read(report)?;
        let folder = report.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self {
            inputs: vec![written.source.path.into()],
            output: args.output.clone().unwrap_or(folder),
            request: DecomposeRequest {
                source: args.request().source,
                ..written.request
            },
        })
    }
}

fn source_report(input: &Path, picture: &Picture) -> SourceReport {
    SourceReport {
        path: input.display().to_string(),
        width: picture.image.width(),
        height: picture.image.height(),
        pixels_per_inch: picture.pixels_per_inch,
    }
}
