//! `lamina decompose`: one picture after the other, from file to files.

mod document;
mod failure;
mod raw;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::{Backend, CancelToken, DecomposeRequest, ModelControl, Report};
use import::Picture;
use qwen_image_layered::Handle;

use crate::args::DecomposeArgs;
use crate::backends::backends;
use crate::exit::Exit;
use crate::outputs::Taken;
use crate::progress::TerminalProgress;
use crate::report::SourceReport;
use failure::Failure;

/// Decomposes each input in turn. A bad one is named on standard error and does not stop the rest.
pub fn run(args: &DecomposeArgs) -> Exit {
    let mut batch = match Batch::new(args) {
        Ok(batch) => batch,
        Err(failure) => return told(&failure),
    };
    let mut worst = Exit::Success;
    for input in &args.inputs {
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
    model: Handle,
    /// Without a picture.
    request: DecomposeRequest,
    taken: Taken,
    cancel: CancelToken,
}

impl<'a> Batch<'a> {
    /// Fails on settings that no picture could be decomposed with.
    fn new(args: &'a DecomposeArgs) -> Result<Self, Failure> {
        let request = args.request();
        request.validate().map_err(Failure::bad_input)?;
        let model = crate::model::for_command_line(args).map_err(Failure::bad_input)?;
        let cancel = CancelToken::default();
        let on_interrupt = cancel.clone();
        if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
            eprintln!("lamina: Ctrl-C will not stop this run cleanly: {error}");
        }
        Ok(Self {
            args,
            model: model.handle(),
            backends: backends(model),
            request,
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

    /// What the model wrote about the picture, where it ran and had no prompt.
    fn caption(&self, ran: &Report) -> Option<String> {
        let model_ran = self.backends.first()?.id() == ran.backend;
        self.model.caption().filter(|_| model_ran)
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
