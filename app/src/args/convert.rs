use std::path::PathBuf;

use super::layout::LayoutArgs;

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
