use std::io;
use std::path::PathBuf;

use crate::format::{FORMATS, Format};
use crate::limits::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};

/// Why a picture did not open, as one sentence. All of them are the input's fault (exit code 2).
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// From [`open`](crate::open), which knows the file.
    #[error("Could not open {}: {problem}.", path.display())]
    File { path: PathBuf, problem: Problem },
    /// From [`decode`](crate::decode).
    #[error("Could not open the picture: {0}.")]
    Bytes(Problem),
}

/// What is wrong with the input and what to do, worded to follow "Could not open poster.png: ".
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("there is no such file; check the name and the folder")]
    Missing,
    #[error("it is a folder or a device; choose a picture file")]
    NotAFile,
    #[error("you may not read it; change its permissions or copy it elsewhere")]
    Forbidden,
    #[error("reading it failed ({0}); copy it to another disk and try again")]
    Unreadable(io::Error),
    #[error(
        "the file has {} MB and the limit is {} MB; save it smaller or compressed",
        .0 / 1_000_000, MAX_FILE_BYTES / 1_000_000
    )]
    FileTooLarge(u64),
    #[error("it is empty; choose another file")]
    Empty,
    #[error("its content is not a picture; choose a {FORMATS} file")]
    NotAPicture,
    #[error("it is {0}, which Lamina does not read; save it as PNG and open that")]
    OtherFormat(&'static str),
    #[error("its header says that it has no pixels; save it again from the program that made it")]
    NoPixels,
    #[error(
        "it is {width} × {height} pixels ({} million), but the limit is {MAX_SIDE} on a side and {} million in all; make it smaller first",
        millions(*width, *height), MAX_PIXELS / 1_000_000
    )]
    TooManyPixels { width: u32, height: u32 },
    #[error("decoding this {0} needs more memory than allowed; save it as PNG and open that")]
    TooMuchMemory(Format),
    #[error("the {0} ends before the picture does; copy or download it again")]
    Truncated(Format),
    #[error("the {format} is damaged ({detail}); copy or download it again")]
    Damaged { format: Format, detail: String },
    #[error("this kind of {format} is not supported ({detail}); save it as PNG and open that")]
    Unsupported { format: Format, detail: String },
}

fn millions(width: u32, height: u32) -> u64 {
    (u64::from(width) * u64::from(height)).div_ceil(1_000_000)
}

impl Problem {
    /// A decoder's error that is neither about memory nor about something it does not support.
    pub(crate) fn damaged(format: Format, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(current) = cause {
            // Some decoders keep the kind of the error, the others only say it.
            let is_end = current
                .downcast_ref::<io::Error>()
                .is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof);
            let message = current.to_string().to_lowercase();
            let says_end = ["unexpected end", "failed to fill whole buffer"];
            if is_end || says_end.iter().any(|end| message.contains(end)) {
                return Problem::Truncated(format);
            }
            cause = current.source();
        }
        Problem::Damaged {
            format,
            detail: one_line(&error.to_string()),
        }
    }

    pub(crate) fn unsupported(format: Format, detail: impl std::fmt::Display) -> Self {
        Problem::Unsupported {
            format,
            detail: one_line(&detail.to_string()),
        }
    }
}

/// A library's message as part of our sentence: one line, no full stop, not too long.
fn one_line(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(120).collect();
    line.trim_end_matches('.').to_owned()
}
