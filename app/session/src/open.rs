use std::path::{Path, PathBuf};
use std::sync::Arc;

use document::{Document, Pixels};
use image::RgbaImage;
use project::{Origin, Project, Saved};
use words::say;

/// Reads what was copied. Called on a background thread: a large picture takes long to decode.
pub trait Clipboard: std::fmt::Debug + Send + Sync {
    fn read(&self) -> Copied;
}

/// What the clipboard holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Copied {
    Text(String),
    /// Straight alpha, sRGB.
    Picture(RgbaImage),
    Nothing,
}

/// Where a picture comes from.
#[derive(Debug, Clone)]
pub enum OpenSource {
    File(PathBuf),
    /// A picture that was copied, or a file's path.
    Clipboard(Arc<dyn Clipboard>),
    /// What a window that is gone had not saved.
    Unsaved {
        document: PathBuf,
        origin: Origin,
    },
}

/// A picture that is ready to be edited.
#[derive(Clone)]
pub struct OpenedDocument {
    /// For the title bar: the file's name.
    pub name: String,
    /// Where exports are suggested to go.
    pub path: Option<PathBuf>,
    /// `path` is a project, so that Save writes there.
    pub is_project: bool,
    /// What the project's file holds.
    pub saved: Option<Saved>,
    /// It is not on the disk as it is.
    pub is_recovered: bool,
    pub document: Document,
    /// The reports of the runs that made its layers.
    pub runs: Vec<serde_json::Value>,
    /// Sentences for the user.
    pub notes: Vec<String>,
}

impl OpenedDocument {
    fn of_document(name: String, path: Option<PathBuf>, document: Document) -> Self {
        Self {
            name,
            path,
            is_project: false,
            saved: None,
            is_recovered: false,
            document,
            runs: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn of_project(name: String, path: PathBuf, project: Project, saved: Saved) -> Self {
        Self {
            is_project: true,
            saved: Some(saved),
            runs: project.runs,
            ..Self::of_document(name, Some(path), project.document)
        }
    }
}

impl OpenSource {
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => file_name(path),
            Self::Clipboard(_) => say!("open-pasted-picture").to_owned(),
            Self::Unsaved { origin, .. } => origin.name.clone(),
        }
    }

    /// Decodes the picture; slow. The error is a sentence for the user.
    pub fn load(self) -> Result<OpenedDocument, String> {
        let name = self.name();
        match self {
            Self::File(path) => load_file(name, path),
            Self::Unsaved { document, origin } => {
                let project = project::open(&document).map_err(|error| error.to_string())?;
                let is_project = origin.project.is_some();
                let opened = OpenedDocument::of_document(name, origin.project, project.document);
                Ok(OpenedDocument {
                    is_project,
                    is_recovered: true,
                    runs: project.runs,
                    ..opened
                })
            }
            Self::Clipboard(clipboard) => match clipboard.read() {
                Copied::Picture(image) if image.width() > 0 && image.height() > 0 => {
                    let document = Document::from_source(Pixels::new(image), None);
                    Ok(OpenedDocument::of_document(name, None, document))
                }
                Copied::Text(text) => match file_in_text(&text) {
                    Some(path) => Self::File(path).load(),
                    None => Err(say!("open-clipboard-text").to_owned()),
                },
                Copied::Picture(_) | Copied::Nothing => {
                    Err(say!("open-clipboard-empty").to_owned())
                }
            },
        }
    }
}

fn load_file(name: String, path: PathBuf) -> Result<OpenedDocument, String> {
    let opened = project::open_any(&path).map_err(|error| error.to_string())?;
    Ok(match opened {
        project::Opened::Project(project, saved) => {
            OpenedDocument::of_project(name, path, project, saved)
        }
        project::Opened::Layers(document, notes) | project::Opened::Picture(document, notes) => {
            OpenedDocument {
                notes,
                ..OpenedDocument::of_document(name, Some(path), document)
            }
        }
    })
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
