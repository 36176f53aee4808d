//! The command line: what it offers, and what it refuses before anything runs.

mod bench;
mod convert;
mod decompose;
mod elsewhere;
mod history;
mod model;
mod models;
mod parse;
mod place;
mod plan;
mod serve;
mod settings;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use words::say;

use crate::backends::{WITH_MODEL, has_no_model};
use crate::exit::Exit;
pub use bench::BenchArgs;
pub use convert::ConvertArgs;
pub use decompose::{Also, DecomposeArgs, FileArgs};
pub use elsewhere::WorkerArgs;
pub use history::{GroupBy, HistoryArgs};
pub use model::ModelArgs;
pub use models::{ModelsArgs, ModelsCommand};
pub use parse::token;
pub use place::tiling;
pub use plan::PlanArgs;
pub use serve::ServeArgs;

/// Splits a flat picture into editable layers that recompose to it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Picture or project to open in the editor
    pub picture: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decompose pictures without a window: writes a PSD, PNG layers and a JSON report for each
    Decompose(Box<DecomposeArgs>),
    /// Write a project, OpenRaster, a PSD or a picture as another kind of file: .lamina, .ora, .psd, .pptx, .svg, .png, or a folder of PNGs
    Convert(ConvertArgs),
    /// Decompose over HTTP: takes pictures, queues them, and gives their layers
    Serve(Box<ServeArgs>),
    /// Decompose what a NATS server has for whichever computer takes it
    Worker(Box<WorkerArgs>),
    /// Say what jobs took, what they take as a rule, and which did not
    History(HistoryArgs),
    /// Say where a job's weights would live, and what it would take of memory and time
    Plan(Box<PlanArgs>),
    /// Download a model, see which are here, check and delete them
    Model(ModelsArgs),
    /// Measure the model on this computer with random weights: no model files are needed
    Bench(BenchArgs),
}

impl Args {
    /// Reads the command line. What ends the program at once, a mistake or `--help`, is printed here.
    pub fn read() -> Result<Self, Exit> {
        Self::try_parse()
            .and_then(Self::without_contradictions)
            .map_err(|error| {
                if error.use_stderr() {
                    eprintln!("lamina: {}", sentence(&error));
                    return Exit::BadInput;
                }
                // A closed pipe is no failure of `--help | head`.
                error.print().ok();
                Exit::Success
            })
    }

    /// Those that depend on an option's value.
    fn without_contradictions(self) -> Result<Self, clap::Error> {
        if let Some(Command::Decompose(args)) = &self.command
            && args.files.raw
            && has_no_model(&args.backend)
        {
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                say!(
                    "argument-raw-of-other",
                    model = WITH_MODEL.label,
                    other = args.backend
                ),
            ));
        }
        Ok(self)
    }
}

/// The first paragraph of clap's message, on one line.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
    let line = lines.join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    say!("argument-see-help", line = line)
}
