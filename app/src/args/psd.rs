use clap::ValueEnum;

/// How Photoshop files are written.
#[derive(Debug, Default, Clone, Copy, clap::Args)]
pub struct PsdArgs {
    /// What a PSD makes of layers whose words are known
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub psd_text: PsdText,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum PsdText {
    /// Pixels, exactly as they look
    #[default]
    Pixels,
    /// Text layers; Photoshop asks to update them when it opens the file, and sets the words anew in a font that it has
    Editable,
}

impl PsdArgs {
    pub fn options(self, include_source: bool) -> export::PsdOptions {
        export::PsdOptions {
            include_source,
            text: match self.psd_text {
                PsdText::Pixels => export::PsdText::Pixels,
                PsdText::Editable => export::PsdText::Editable,
            },
        }
    }
}
