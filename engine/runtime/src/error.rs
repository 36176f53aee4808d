use std::path::{Path, PathBuf};

use engine::{Cancelled, EngineError};
use kernels::is_out_of_memory;

use crate::plan::run::{Plan, TooSmall};

pub type Result<T, E = ModelError> = std::result::Result<T, E>;

/// What keeps the model from loading or running. Each message is one sentence for the user, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the job was cancelled")]
    Cancelled,
    /// A file or folder that a whole model has.
    #[error("{} is missing {what}; download the whole model again or choose another folder", path.display())]
    Missing { path: PathBuf, what: String },
    #[error("{} does not exist; choose the file again", .0.display())]
    NotFound(PathBuf),
    #[error("{} is not a folder; choose one that holds {what}", path.display())]
    NotAFolder { path: PathBuf, what: &'static str },
    #[error("{} cannot be read: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} cannot be changed ({source}); look at who may write there", path.display())]
    Unwritable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is a git-LFS pointer, not the weights themselves; run `git lfs pull` in the model's folder", .0.display())]
    LfsPointer(PathBuf),
    #[error("{} was written while it was read; wait until it is complete and start the job again", .0.display())]
    Changed(PathBuf),
    /// The file's own structure is broken.
    #[error("{} is truncated or damaged ({reason}); download it again", path.display())]
    Corrupt { path: PathBuf, reason: String },
    #[error("{} asks for something that cannot be: {reason}; restore the published file", path.display())]
    Config { path: PathBuf, reason: String },
    /// Weights of a sibling model that this one is often confused with.
    #[error("{} {reason}", path.display())]
    WrongModel { path: PathBuf, reason: String },
    #[error("{} has no tensor {name}; it is not the model's file of this kind, or a shard is missing", path.display())]
    MissingTensor { path: PathBuf, name: String },
    #[error("{} has the tensor {name} in the shape {found:?} where {expected:?} was expected; it does not fit the rest of the model", path.display())]
    WrongShape {
        path: PathBuf,
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error("{} stores {name} as {dtype}, which is not read; choose a file in bf16, fp8, or GGUF Q2_K to Q8_0", path.display())]
    UnsupportedType {
        path: PathBuf,
        name: String,
        dtype: String,
    },
    /// Infinite or not a number, in a weight or in what was computed.
    #[error(
        "{0} holds values that are not numbers; the model files are damaged or were made with overflow, use the bf16 files"
    )]
    NotFinite(String),
    #[error("no tokenizer was found near {}; name the folder of the text encoder's, with tokenizer.json, or vocab.json and merges.txt", .0.display())]
    NoTokenizer(PathBuf),
    #[error("{} is not a usable tokenizer ({reason}); download the model's tokenizer folder again", path.display())]
    Tokenizer { path: PathBuf, reason: String },
    #[error("the device {device} cannot be used: {reason}; choose another one")]
    Device { device: String, reason: String },
    #[error(
        "not enough memory on the device; choose the lower resolution or fewer layers, or free the device"
    )]
    OutOfMemory,
    /// The planner was too hopeful; it has learned from it.
    #[error("not enough memory on the device; start the job again and it will use less: {0}")]
    OutOfMemoryNow(Plan),
    /// No way to run the job fits the device, as the planner found before it began.
    #[error("{0}")]
    TooSmall(TooSmall),
    /// The request asks for what the loaded model cannot do.
    #[error("{0}")]
    Request(String),
    #[error("the computation failed: {0}")]
    Compute(candle_core::Error),
}

impl ModelError {
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub fn corrupt(path: &Path, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            reason: printable(&reason.into()),
        }
    }

    pub fn config(path: &Path, reason: impl Into<String>) -> Self {
        Self::Config {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    pub fn missing(path: &Path, what: impl Into<String>) -> Self {
        Self::Missing {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}

/// A file's own words as part of a sentence, whatever they are.
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    let shown = text.chars().take(LONGEST);
    shown
        .map(|letter| match letter.is_control() {
            true => char::REPLACEMENT_CHARACTER,
            false => letter,
        })
        .collect()
}

impl From<Cancelled> for ModelError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<TooSmall> for ModelError {
    fn from(refusal: TooSmall) -> Self {
        match refusal {
            TooSmall::Spread(reason) => Self::Request(reason.into()),
            refusal => Self::TooSmall(refusal),
        }
    }
}

impl From<candle_core::Error> for ModelError {
    fn from(error: candle_core::Error) -> Self {
        let error = without_backtrace(error);
        match is_out_of_memory(&error) {
            true => Self::OutOfMemory,
            false => Self::Compute(error),
        }
    }
}

/// Which candle shows where RUST_BACKTRACE asks for it: no part of a sentence for the user.
fn without_backtrace(error: candle_core::Error) -> candle_core::Error {
    match error {
        candle_core::Error::WithBacktrace { inner, .. } => without_backtrace(*inner),
        error => error,
    }
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => Self::Cancelled,
            ModelError::OutOfMemory => Self::OutOfMemory {
                what: "the model".into(),
                advice: "choose the lower resolution or fewer layers, or close what else uses the device"
                    .into(),
            },
            ModelError::OutOfMemoryNow(smaller) => Self::OutOfMemory {
                what: "this plan of the model".into(),
                advice: format!("start the job again and it will use less: {smaller}"),
            },
            ModelError::TooSmall(refusal) => Self::OutOfMemory {
                what: "the model".into(),
                advice: refusal.to_string(),
            },
            ModelError::Request(reason) => Self::InvalidRequest(reason),
            ModelError::Compute(_) => Self::Backend(error.to_string()),
            other => Self::UnusableModel(other.to_string()),
        }
    }
}
