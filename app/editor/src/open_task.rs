use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::{Document, Pixels};
use egui::ColorImage;
use image::RgbaImage;
use import::Picture;

/// Where a picture comes from.
#[derive(Debug, Clone)]
pub enum OpenSource {
    File(PathBuf),
    /// Pixels from the clipboard.
    Clipboard(Arc<ColorImage>),
}

/// A picture that is ready to be edited.
#[derive(Clone)]
pub struct Opened {
    /// For the title bar: the file's name.
    pub name: String,
    /// Where exports are suggested to go.
    pub path: Option<PathBuf>,
    pub document: Document,
}

impl OpenSource {
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => file_name(path),
            Self::Clipboard(_) => "Pasted picture".to_owned(),
        }
    }

    /// A path or `file://` address in pasted text.
    pub fn from_text(text: &str) -> Option<Self> {
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'))?;
        let path = match line.strip_prefix("file://") {
            Some(encoded) => percent_decoded(encoded),
            None => PathBuf::from(line),
        };
        path.is_absolute().then_some(Self::File(path))
    }

    /// Decodes the picture; slow. The error is a sentence for the user.
    pub fn load(self) -> Result<Opened, String> {
        let name = self.name();
        let (picture, path) = match self {
            Self::File(path) => (
                import::open(&path).map_err(|error| error.to_string())?,
                Some(path),
            ),
            Self::Clipboard(image) => (picture_from_clipboard(&image)?, None),
        };
        let document = Document::from_source(Pixels::new(picture.image), picture.pixels_per_inch);
        Ok(Opened {
            name,
            path,
            document,
        })
    }
}

fn picture_from_clipboard(image: &ColorImage) -> Result<Picture, String> {
    let [width, height] = image.size;
    let bytes: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(egui::Color32::to_srgba_unmultiplied)
        .collect();
    let size = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    let image = size.and_then(|(width, height)| RgbaImage::from_raw(width, height, bytes));
    match image {
        Some(image) if image.width() > 0 && image.height() > 0 => Ok(Picture {
            image,
            pixels_per_inch: None,
        }),
        _ => Err("The picture in the clipboard is damaged; copy it again.".to_owned()),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// `%20` and the like, as file managers write addresses (RFC 3986, section 2.1).
fn percent_decoded(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
