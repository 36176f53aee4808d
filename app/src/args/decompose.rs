use std::path::PathBuf;

use clap::ValueEnum;
use engine::{BackendChoice, DecomposeRequest};
use project::ExportFormat;

use super::convert::LayoutArgs;
use super::elsewhere::{NatsArgs, RemoteArgs};
use super::model::ModelArgs;
use super::settings::SettingsArgs;
use crate::backends;

/// Options of `lamina decompose`.
#[derive(Debug, clap::Args)]
pub struct DecomposeArgs {
    #[arg(required_unless_present_any = ["again", "jobs_file"], value_name = "PICTURE", help = format!("{} files, or folders of them", import::FORMATS))]
    pub inputs: Vec<PathBuf>,

    /// Folder for NAME.psd, NAME/layer_00_….png and NAME.json; made if missing. With --again the report's own unless given
    #[arg(short, long, required_unless_present = "again", value_name = "FOLDER")]
    pub output: Option<PathBuf>,

    /// Run a report's job again: its picture, with all that was asked for
    #[arg(long, value_name = "NAME.json", conflicts_with_all = ["inputs", "BatchArgs", "backend", "SettingsArgs", "PlaceArgs", "vae_tiling", "retry"])]
    pub again: Option<PathBuf>,

    #[arg(long, default_value = "auto", value_name = "NAME", help = format!("What decomposes: auto, which is the first that can run here of {}", backends::names()))]
    pub backend: String,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub remote: RemoteArgs,

    #[command(flatten)]
    pub nats: NatsArgs,

    #[command(flatten)]
    pub settings: SettingsArgs,

    #[command(flatten)]
    pub files: FileArgs,

    #[command(flatten)]
    pub batch: BatchArgs,
}

impl DecomposeArgs {
    /// For a picture that is put in later.
    pub fn request(&self) -> DecomposeRequest {
        let backend = match self.backend.as_str() {
            // Only a model has raw layers.
            "auto" if self.files.raw => BackendChoice::Named(backends::WITH_MODEL.id.into_owned()),
            "auto" => BackendChoice::Auto,
            name => BackendChoice::Named(name.to_owned()),
        };
        DecomposeRequest {
            backend,
            rebuild: !(self.files.no_rebuild || self.files.raw),
            hardware: self.model.hardware(),
            ..self.settings.request()
        }
    }
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Leave the layers at the backend's own size and colours
    #[arg(long)]
    pub no_rebuild: bool,

    /// Keep the picture itself as a hidden bottom layer of the PSD
    #[arg(long)]
    pub keep_original: bool,

    /// Write a PSB, Photoshop's format for large documents; without this only where a PSD is too small
    #[arg(long)]
    pub psb: bool,

    /// Write NAME.EXTENSION as well, several times for several
    #[arg(long, value_enum, value_name = "EXTENSION")]
    pub also: Vec<Also>,

    #[command(flatten)]
    pub layout: LayoutArgs,

    /// How large each layer's PNG is
    #[arg(long, value_enum, default_value_t, value_name = "EXTENT")]
    pub png: PngExtent,

    /// Write only what the model made, as it made it: layer_0.png …, bottom first, and report.json; with several
    /// pictures into NAME/ each
    #[arg(long, conflicts_with_all = ["keep_original", "png", "psb", "also", "text", "live2d"])]
    pub raw: bool,

    /// Beside the raw layers, tensors.safetensors with sigmas, step.i.latents and transformer.k.in, .out, .text
    #[arg(long, requires = "raw")]
    pub dump_tensors: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Also {
    /// A project of Lamina
    Lamina,
    /// OpenRaster
    Ora,
    /// A slide
    Pptx,
    Svg,
}

impl Also {
    /// None of a project, which holds more than an export.
    pub fn format(self) -> Option<ExportFormat> {
        match self {
            Self::Lamina => None,
            Self::Ora => Some(ExportFormat::OpenRaster),
            Self::Pptx => Some(ExportFormat::Pptx),
            Self::Svg => Some(ExportFormat::Svg),
        }
    }

    pub fn extension(self) -> &'static str {
        let exported = self.format().and_then(ExportFormat::extension);
        exported.unwrap_or(project::EXTENSION)
    }
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

/// Options of many pictures.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Many pictures")]
pub struct BatchArgs {
    /// Also the pictures in the folders below a folder; results get the same folders
    #[arg(long)]
    pub recursive: bool,

    /// Wait for more pictures in the folders, until Ctrl-C
    #[arg(long, requires = "inputs")]
    pub watch: bool,

    /// Pass over a picture whose report in the output folder is of the same content and the same request, with what
    /// --also names beside it
    #[arg(long)]
    pub skip_done: bool,

    /// Pictures with settings of their own, a JSON object a line: {"picture": "a.png", "layers": 4, "prompt": "…"}
    #[arg(long, value_name = "LIST.jsonl")]
    pub jobs_file: Option<PathBuf>,

    /// Where to write what became of each picture, as JSON
    #[arg(long, value_name = "FILE.json")]
    pub summary: Option<PathBuf>,
}
