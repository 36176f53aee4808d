//! `lamina serve`: what `lamina decompose` does, for whoever asks over HTTP.

use anyhow::Result;
use document::{Document, Metadata, Pixels};
use service::{Options, Results, Runs, ServiceError, Tokens};
use words::say;

use crate::advice;
use crate::args::{FileArgs, ServeArgs};
use crate::backends::backends;
use crate::decompose::write_document;
use crate::exit::Exit;
use crate::history::data_folder;
use crate::model::for_command_line;
use crate::outputs::DocumentOutputs;
use crate::queue::Queue;
use crate::report::SourceReport;

/// The name of a job's files in its folder.
const DOCUMENT: &str = "document";

/// Until Ctrl-C, or until the system asks the program to end.
pub fn run(args: &ServeArgs) -> Exit {
    let options = match options(args) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("lamina: {}", advice::sentence(&error));
            return Exit::BadInput;
        }
    };
    let served = service::serve(options, |address| {
        println!("{}", say!("serve-ready", address = address.to_string()));
    });
    match served {
        Ok(()) => Exit::Success,
        Err(error) => {
            let exit = match error {
                ServiceError::NeedsToken(_) | ServiceError::Listen { .. } => Exit::BadInput,
                _ => Exit::Failed,
            };
            eprintln!("lamina: {}", advice::sentence(&error.into()));
            exit
        }
    }
}

fn options(args: &ServeArgs) -> Result<Options> {
    let tokens = match &args.token_file {
        Some(file) => Tokens::read(file)?,
        None => Tokens::default(),
    };
    let runs = match args.nats.connect()? {
        Some(cluster) => Runs::Workers(Box::new(Queue(cluster))),
        None => Runs::Here(backends(for_command_line(&args.model, true)?)),
    };
    Ok(Options {
        listen: args.listen,
        tokens,
        data: args.data.clone().map_or_else(data_folder, Ok)?,
        limits: args.limits.limits(),
        defaults: args.defaults(),
        runs,
        write: Box::new(|results| write(results).map_err(|error| format!("{error:#}"))),
    })
}

/// As `lamina decompose` writes by default.
fn write(results: Results) -> Result<()> {
    let picture = Pixels::from(results.decomposition.report.request.source.clone());
    let source = SourceReport {
        path: results.name.to_owned(),
        sha256: Some(results.sha256.to_owned()),
        width: picture.width(),
        height: picture.height(),
        pixels_per_inch: results.pixels_per_inch,
    };
    let outputs = DocumentOutputs::prepare(results.folder, DOCUMENT.into())?;
    let document = Document::from_source(picture, results.pixels_per_inch);
    let metadata = Metadata {
        profile: results.profile.map(Into::into),
        ..document.metadata().clone()
    };
    let document = document.with_metadata(metadata);
    let files = FileArgs::default();
    let on_progress = &mut |_: f32| true;
    write_document(
        document,
        results.decomposition,
        source,
        outputs,
        &files,
        on_progress,
    )?;
    Ok(())
}
