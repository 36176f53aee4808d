use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::{Document, Pixels};

use crate::clipboard::{Clipboard, Copied};

/// Where a picture comes from.
#[derive(Debug, Clone)]
pub enum OpenSource {
    File(PathBuf),
    /// A picture that was copied, or a file's path.
    Clipboard(Arc<dyn Clipboard>),
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

    /// Decodes the picture; slow. The error is a sentence for the user.
    pub fn load(self) -> Result<Opened, String> {
        let name = self.name();
        match self {
            Self::File(path) => {
                let picture = import::open(&path).map_err(|error| error.to_string())?;
                let pixels = Pixels::new(picture.image);
                Ok(Opened {
                    name,
                    path: Some(path),
                    document: Document::from_source(pixels, picture.pixels_per_inch),
                })
            }
            Self::Clipboard(clipboard) => match clipboard.read() {
                Copied::Picture(image) if image.width() > 0 && image.height() > 0 => Ok(Opened {
                    name,
                    path: None,
                    document: Document::from_source(Pixels::new(image), None),
                }),
                Copied::Text(text) => match file_in_text(&text) {
                    Some(path) => Self::File(path).load(),
                    None => Err("The clipboard holds text, not a picture".to_owned()),
                },
                Copied::Picture(_) | Copied::Nothing => {
                    Err("The clipboard holds no picture; copy one first".to_owned())
                }
            },
        }
    }
}

/// A path or `file://` address in pasted text.
fn file_in_text(text: &str) -> Option<PathBuf> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let path = match line.strip_prefix("file://") {
        Some(encoded) => percent_decoded(encoded),
        None => PathBuf::from(line),
    };
    path.is_absolute().then_some(path)
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
