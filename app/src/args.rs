use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use engine::BackendChoice;

use crate::bench::BenchArgs;

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
    Decompose(DecomposeArgs),
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

    /// What decomposes: a backend's name, or "auto" for the best that can run here
    #[arg(long, default_value = "auto", value_name = "NAME")]
    pub backend: String,

    /// At most this many layers; empty and equal ones are dropped
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub layers: u32,

    #[arg(long, default_value_t = 777)]
    pub seed: u64,

    /// Leave the layers at the backend's own size and colours
    #[arg(long)]
    pub no_rebuild: bool,

    /// Keep the picture itself as a hidden bottom layer of the PSD
    #[arg(long)]
    pub keep_original: bool,

    /// How large each layer's PNG is
    #[arg(long, value_enum, default_value_t)]
    pub png: PngExtent,
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

impl DecomposeArgs {
    pub fn backend_choice(&self) -> BackendChoice {
        match self.backend.as_str() {
            "auto" => BackendChoice::Auto,
            name => BackendChoice::Named(name.to_owned()),
        }
    }
}
