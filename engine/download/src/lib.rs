//! Large files from Hugging Face, or a mirror of it: in several parts at a time, resumed after any break, and checked by
//! SHA-256 before they take their place. Nothing is fetched unasked.

mod error;
mod fetch;
mod parts;
mod server;

use std::path::PathBuf;
use std::time::Duration;

pub use error::{DownloadError, Result};
pub use fetch::{Fetched, check_room, fetch, free_space, sha256};
pub use parts::{discard, there};
pub use server::{RemoteFile, Server};

/// A file to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// "owner/name".
    pub repository: String,
    /// Within it, with slashes.
    pub file: RemoteFile,
    /// Where it is to lie. Until it is whole, what is there of it lies beside, under the same name with `.part`.
    pub to: PathBuf,
}

/// Follows a download, and can end it: what is there stays for the next time.
pub trait Watch: Sync {
    /// Bytes that are there, of all.
    fn bytes(&self, there: u64, all: u64);

    /// All is there and is being read again, to see whether it is what it should be.
    fn checking(&self) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Watch for () {
    fn bytes(&self, _: u64, _: u64) {}
}

/// How a download goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// Until the server answers, and until a part of the file is there.
    pub answer: Duration,
    pub part: Duration,
    /// Failures in a row, without a byte between them, after which it ends.
    pub failures: u32,
    /// Before it tries again, and twice as long each time after, unless the server says how long.
    pub pause: Duration,
    /// Bytes that one connection fetches at a time.
    pub part_bytes: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            part: Duration::from_secs(600),
            failures: 6,
            pause: Duration::from_secs(1),
            part_bytes: 32 << 20,
        }
    }
}
