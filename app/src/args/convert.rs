//! `lamina convert`, and how layers are laid into files for other programs.

use std::path::PathBuf;

use clap::ValueEnum;
use export::PngExtent;
use project::ExportOptions;

/// Options of `lamina convert`.
#[derive(Debug, clap::Args)]
pub struct ConvertArgs {
    /// A project (.lamina), OpenRaster (.ora), a PSD or PSB, or a picture; its content decides what it is
    #[arg(value_name = "IN")]
    pub input: PathBuf,

    /// What to write, by its extension: .lamina, .ora, .psd or .psb, .pptx (one slide), .svg, .png for all that is visible in one picture, or none for a
    /// folder with a PNG for each layer; an older file of that name is replaced
    #[arg(value_name = "OUT")]
    pub output: PathBuf,

    #[command(flatten)]
    pub layout: LayoutArgs,
}

/// How layers are laid into files for other programs.
#[derive(Debug, Default, Clone, Copy, clap::Args)]
pub struct LayoutArgs {
    /// What becomes of layers whose words are known, in PSD and PPTX
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub text: TextKind,

    /// A PSD for Live2D Cubism: each name once, groups at most four deep, recolouring in the pixels
    #[arg(long)]
    pub live2d: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TextKind {
    /// Pixels, exactly as they look
    #[default]
    Pixels,
    /// Text layers or boxes, in Arial; Photoshop asks to update such layers when it opens the file
    Editable,
}

impl LayoutArgs {
    pub fn options(self, include_source: bool, extent: PngExtent) -> ExportOptions {
        ExportOptions {
            include_source,
            editable_text: self.text == TextKind::Editable,
            live2d: self.live2d,
            extent,
        }
    }
}
