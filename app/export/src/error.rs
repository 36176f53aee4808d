use std::io;
use std::path::{Path, PathBuf};

/// Why an export wrote nothing: one sentence each, saying what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the export was cancelled; nothing was written")]
    Cancelled,
    #[error(
        "the canvas is {width} × {height} px, and a {format} needs 1 to {limit} px a side; resize the picture"
    )]
    CanvasSize {
        width: u32,
        height: u32,
        format: &'static str,
        limit: u32,
    },
    #[error(
        "the layer \"{name}\" is {width} × {height} px, and a layer may have at most {limit} px a side; scale it down"
    )]
    LayerSize {
        name: String,
        width: u32,
        height: u32,
        limit: u32,
    },
    #[error(
        "the document has {count} layers and a PSD holds at most {limit} (a group counts as two); merge or delete some"
    )]
    TooManyLayers { count: usize, limit: usize },
    #[error("the disk is full: {} was not written; free some space or choose another folder", .0.display())]
    DiskFull(PathBuf),
    #[error("{} may not be written; choose another folder or change its permissions", .0.display())]
    NotAllowed(PathBuf),
    #[error("{} cannot be made because a part of its path is not a folder; choose another folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} is a folder or a device, not a file; choose another name", .0.display())]
    NotAFile(PathBuf),
    #[error("{} names no file; add a file name", .0.display())]
    NoFileName(PathBuf),
    #[error("{} could not be written ({source}); choose another folder and try again", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl ExportError {
    /// The sentence for a failure while writing `path`.
    pub fn io(path: &Path, source: io::Error) -> Self {
        use io::ErrorKind;
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::DiskFull(path)
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NotAllowed(path),
            // A file where a folder should be: `create_dir_all` says AlreadyExists, opening says NotADirectory.
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => Self::NotAFolder(path),
            ErrorKind::IsADirectory => Self::NotAFile(path),
            _ => Self::Io { path, source },
        }
    }
}
