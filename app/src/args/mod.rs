//! The command line: what it offers, and what it refuses before anything runs.

mod memory;
mod model;
mod parse;
mod settings;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use engine::{BackendChoice, DecomposeRequest};

use crate::bench::BenchArgs;
use crate::exit::Exit;
use crate::plan::PlanArgs;
pub use memory::{MemoryArgs, gib, tiling};
pub use model::ModelArgs;
pub use settings::SettingsArgs;

/// Splits a flat picture into editable layers that recompose to it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Picture to open in the editor
    pub picture: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decompose pictures without a window: writes a PSD, PNG layers and a JSON report for each
    Decompose(Box<DecomposeArgs>),
    /// Say where a job's weights would live, and what it would take of memory and time
    Plan(Box<PlanArgs>),
    /// Measure the model on this computer with random weights: no model files are needed
    Bench(BenchArgs),
}

#[derive(Debug, Parser)]
pub struct DecomposeArgs {
    /// PNG, JPEG, WebP, BMP, TIFF or GIF files
    #[arg(required = true, value_name = "PICTURE")]
    pub inputs: Vec<PathBuf>,

    /// Folder for NAME.psd, NAME/layer_00_….png and NAME.json; made if missing
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,

    /// What decomposes: "qwen", "quick", or "auto" for qwen where a model and a device for it are there, else quick
    #[arg(long, default_value = "auto", value_name = "NAME")]
    pub backend: String,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub settings: SettingsArgs,

    #[command(flatten)]
    pub files: FileArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Leave the layers at the backend's own size and colours
    #[arg(long)]
    pub no_rebuild: bool,

    /// Keep the picture itself as a hidden bottom layer of the PSD
    #[arg(long)]
    pub keep_original: bool,

    /// How large each layer's PNG is
    #[arg(long, value_enum, default_value_t, value_name = "EXTENT")]
    pub png: PngExtent,

    /// Write only what the model made, as it made it: layer_0.png …, bottom first, and report.json; with several
    /// pictures into NAME/ each
    #[arg(long, conflicts_with_all = ["keep_original", "png"])]
    pub raw: bool,

    /// Beside the raw layers, tensors.safetensors with sigmas, step.i.latents and transformer.k.in, .out, .text
    #[arg(long, requires = "raw")]
    pub dump_tensors: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum PngExtent {
    /// As large as the layer
    #[default]
    Trimmed,
    /// As large as the picture
    Canvas,
}

impl From<PngExtent> for export::PngExtent {
    fn from(extent: PngExtent) -> Self {
        match extent {
            PngExtent::Trimmed => Self::Trimmed,
            PngExtent::Canvas => Self::Canvas,
        }
    }
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
            && args.backend == "quick"
        {
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                "--raw writes a model's own layers and quick has no model; leave out one of the two",
            ));
        }
        Ok(self)
    }
}

impl DecomposeArgs {
    /// For a picture that is put in later.
    pub fn request(&self) -> DecomposeRequest {
        let backend = match self.backend.as_str() {
            // Only a model has raw layers.
            "auto" if self.files.raw => BackendChoice::Named("qwen".into()),
            "auto" => BackendChoice::Auto,
            name => BackendChoice::Named(name.to_owned()),
        };
        DecomposeRequest {
            backend,
            rebuild: !(self.files.no_rebuild || self.files.raw),
            ..self.settings.request()
        }
    }
}

/// The first paragraph of clap's message, on one line.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
    let line = lines.join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    format!("{line} (see --help)")
}
