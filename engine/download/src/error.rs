use std::path::{Path, PathBuf};
use std::time::Duration;

pub type Result<T, E = DownloadError> = std::result::Result<T, E>;

/// What keeps a file from being there. Each message is one sentence for the user, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("the download was stopped; start it again and it goes on from there")]
    Cancelled,
    #[error("downloads are off, as HF_HUB_OFFLINE says; unset it to download {0}")]
    Offline(String),
    #[error(
        "{url} asks who you are (HTTP {status}); accept the model's terms on its page and give your token in HF_TOKEN"
    )]
    Forbidden { url: String, status: u16 },
    #[error("{0} is not there (HTTP 404); update this program, or choose another model")]
    NotThere(String),
    #[error("{url} answers HTTP {status}; try again later, or another server with HF_ENDPOINT")]
    Refused { url: String, status: u16 },
    /// The same, where it says how long to wait.
    #[error("{url} answers HTTP {status}; try again in {} s", pause.as_secs())]
    Busy {
        url: String,
        status: u16,
        pause: Duration,
    },
    #[error(
        "{url} cannot be reached ({reason}); look at the connection and start the download again: it goes on from there"
    )]
    Unreachable { url: String, reason: String },
    #[error(
        "{url} sends {found} bytes where {expected} were announced; try another server with HF_ENDPOINT"
    )]
    WrongSize {
        url: String,
        expected: u64,
        found: u64,
    },
    #[error(
        "what came from {url} is not the published file (its SHA-256 is {found}); it was deleted, download it again"
    )]
    WrongBytes { url: String, found: String },
    #[error(
        "{url} answers with what cannot be read ({reason}); try another server with HF_ENDPOINT"
    )]
    Unreadable { url: String, reason: String },
    #[error("{} has {free} bytes free and the download needs {needed}; make room or choose another folder", path.display())]
    NoRoom {
        path: PathBuf,
        needed: u64,
        free: u64,
    },
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl DownloadError {
    /// Whether it may go better the next time.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
