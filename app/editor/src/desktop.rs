//! What the desktop offers: file dialogs and the clipboard.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::RgbaImage;
use rfd::FileDialog;
use session::{Clipboard, Copied};
use words::say;

/// Asks the user for a file or a folder. Called on a background thread, and blocks until the user has answered.
/// `Ok(None)` means that the user closed the dialog.
pub trait FileDialogs: Send + Sync {
    fn open_picture(&self, folder: Option<&Path>) -> Result<Option<PathBuf>, DialogError>;

    /// A file to write; `suggested` gives the folder, the name and the extension.
    fn save_file(&self, title: &str, suggested: &Path) -> Result<Option<PathBuf>, DialogError>;

    /// A file of weights to read.
    fn pick_weights(
        &self,
        title: &str,
        folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError>;

    /// Any file to read.
    fn pick_file(&self, title: &str) -> Result<Option<PathBuf>, DialogError>;

    /// A folder; `folder` is where the dialog begins.
    fn pick_folder(
        &self,
        title: &str,
        folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError>;
}

/// Why no dialog was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogError {
    #[error(
        "This desktop offers no file dialog; type the path instead, or install xdg-desktop-portal or zenity."
    )]
    Unavailable,
}

/// The desktop's dialogs, through the XDG portal or zenity.
pub struct SystemDialogs;

/// Nobody answers a dialog faster than this: it was never shown. rfd does not tell the two apart.
const FASTEST_ANSWER: Duration = Duration::from_millis(250);

impl FileDialogs for SystemDialogs {
    fn open_picture(&self, folder: Option<&Path>) -> Result<Option<PathBuf>, DialogError> {
        let dialog = in_folder(FileDialog::new(), folder)
            .set_title(say!("open-title"))
            .add_filter(say!("open-title".pictures), &openable())
            .add_filter(say!("open-title".all_files), &["*"]);
        answered(|| dialog.pick_file())
    }

    fn save_file(&self, title: &str, suggested: &Path) -> Result<Option<PathBuf>, DialogError> {
        let mut dialog = in_folder(FileDialog::new(), suggested.parent()).set_title(title);
        if let Some(name) = suggested.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        answered(|| dialog.save_file())
    }

    fn pick_weights(
        &self,
        title: &str,
        folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError> {
        let dialog = in_folder(FileDialog::new(), folder)
            .set_title(title)
            .add_filter(say!("model-weights"), &["safetensors", "gguf"])
            .add_filter(say!("open-title".all_files), &["*"]);
        answered(|| dialog.pick_file())
    }

    fn pick_file(&self, title: &str) -> Result<Option<PathBuf>, DialogError> {
        let dialog = FileDialog::new().set_title(title);
        answered(|| dialog.pick_file())
    }

    fn pick_folder(
        &self,
        title: &str,
        folder: Option<&Path>,
    ) -> Result<Option<PathBuf>, DialogError> {
        let dialog = in_folder(FileDialog::new(), folder).set_title(title);
        answered(|| dialog.pick_folder())
    }
}

fn openable() -> Vec<&'static str> {
    let projects = [project::EXTENSION, project::OPENRASTER_EXTENSION];
    let layered = import::LAYERED_EXTENSIONS.into_iter();
    let others = layered.chain(import::EXTENSIONS);
    projects.into_iter().chain(others).collect()
}

fn in_folder(dialog: FileDialog, folder: Option<&Path>) -> FileDialog {
    match folder {
        Some(folder) if !folder.as_os_str().is_empty() => dialog.set_directory(folder),
        _ => dialog,
    }
}

fn answered(ask: impl FnOnce() -> Option<PathBuf>) -> Result<Option<PathBuf>, DialogError> {
    let asked = Instant::now();
    match ask() {
        None if asked.elapsed() < FASTEST_ANSWER => Err(DialogError::Unavailable),
        answer => Ok(answer),
    }
}

/// The desktop's clipboard.
#[derive(Debug)]
pub struct SystemClipboard;

impl Clipboard for SystemClipboard {
    fn read(&self) -> Copied {
        let Ok(mut clipboard) = arboard::Clipboard::new() else {
            return Copied::Nothing;
        };
        // A copied file comes as text; a copied picture has none.
        if let Ok(text) = clipboard.get_text() {
            return Copied::Text(text);
        }
        let picture = clipboard.get_image().ok().and_then(|image| {
            let (width, height) = (image.width.try_into().ok()?, image.height.try_into().ok()?);
            RgbaImage::from_raw(width, height, image.bytes.into_owned())
        });
        picture.map_or(Copied::Nothing, Copied::Picture)
    }
}
