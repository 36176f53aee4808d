use clap::ValueEnum;
use export::PngExtent;
use project::ExportOptions;

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
