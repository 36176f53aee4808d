//! Every kind of file that a document is written as for other programs, in one place for the window and the command line.

use std::path::{Path, PathBuf};

use document::Document;
use export::{OnProgress, PngExtent, PptxText, PsdOptions, PsdText};

use crate::{OPENRASTER_EXTENSION, ProjectError, save_openraster};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// PSD, or PSB where that is the path's extension or the document is too large for a PSD.
    Psd,
    OpenRaster,
    /// One slide.
    Pptx,
    Svg,
    /// All that is visible.
    FlattenedPng,
    /// One PNG for each layer, in a folder.
    PngLayers,
}

/// Each format takes what concerns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportOptions {
    /// Keep the source as a hidden bottom layer of a PSD.
    pub include_source: bool,
    /// Words stay words: text layers in a PSD, text boxes on a slide.
    pub editable_text: bool,
    /// A PSD for Live2D Cubism.
    pub live2d: bool,
    /// How large a layer's PNG is.
    pub extent: PngExtent,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub path: PathBuf,
    pub files: usize,
}

impl ExportFormat {
    pub const ALL: [Self; 6] = [
        Self::Psd,
        Self::OpenRaster,
        Self::Pptx,
        Self::Svg,
        Self::PngLayers,
        Self::FlattenedPng,
    ];

    /// Of its files, without the dot; none of a folder.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::Psd => Some("psd"),
            Self::OpenRaster => Some(OPENRASTER_EXTENSION),
            Self::Pptx => Some("pptx"),
            Self::Svg => Some("svg"),
            Self::FlattenedPng => Some("png"),
            Self::PngLayers => None,
        }
    }

    /// By an extension without the dot, in letters of any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_lowercase();
        if extension == "psb" {
            return Some(Self::Psd);
        }
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == Some(extension.as_str()))
    }

    /// Replaces an older file once the new one is whole.
    ///
    /// # Errors
    /// [`ProjectError::Write`]; what was there is then as it was.
    pub fn write(
        self,
        document: &Document,
        path: &Path,
        options: ExportOptions,
        progress: OnProgress,
    ) -> Result<Exported, ProjectError> {
        let mut files = 1;
        let mut path = path.to_path_buf();
        match self {
            Self::Psd => {
                let psd = PsdOptions {
                    include_source: options.include_source,
                    text: match options.editable_text {
                        true => PsdText::Editable,
                        false => PsdText::Pixels,
                    },
                    live2d: options.live2d,
                };
                path = export::write_psd(document, &path, psd, progress)?;
            }
            Self::OpenRaster => save_openraster(document, &path, progress)?,
            Self::Pptx => {
                let text = match options.editable_text {
                    true => PptxText::Boxes,
                    false => PptxText::Pictures,
                };
                path = export::write_pptx(document, &path, text, progress)?;
            }
            Self::Svg => path = export::write_svg(document, &path, progress)?,
            Self::FlattenedPng => export::write_flattened_png(document, &path)?,
            Self::PngLayers => {
                files = export::write_layer_pngs(document, &path, options.extent, progress)?.len();
            }
        }
        Ok(Exported { path, files })
    }
}
