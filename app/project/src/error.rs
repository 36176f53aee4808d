use std::io;
use std::path::PathBuf;

use export::ExportError;

/// Why a project was not saved or opened: one sentence each, saying what to do.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error(transparent)]
    Write(#[from] ExportError),
    #[error(
        "groups lie {depth} deep in each other and a project holds at most {limit}; take some apart"
    )]
    TooDeep { depth: usize, limit: usize },
    #[error(
        "{} was changed by another window or program since it was opened here; save under another name, or replace it",
        .0.display()
    )]
    ChangedMeanwhile(PathBuf),
    #[error(transparent)]
    Picture(#[from] import::ImportError),
    #[error("Could not open {}: {problem}.", .path.display())]
    Open { path: PathBuf, problem: Problem },
}

/// What is wrong with a file, worded to follow "Could not open poster.lamina: ".
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("there is no such file; check the name and the folder")]
    Missing,
    #[error("you may not read it; change its permissions or copy it elsewhere")]
    Forbidden,
    #[error("reading it failed ({0}); copy it to another disk and try again")]
    Unreadable(io::Error),
    #[error("it is not a Lamina project; choose a .lamina file")]
    NotAProject,
    #[error("it was saved by a newer Lamina (format {0}); update Lamina to open it")]
    Newer(u32),
    #[error("it is damaged ({0}); open a copy of it")]
    Damaged(String),
    #[error("it holds more than {0} million pixels, which is more than Lamina opens")]
    TooLarge(u64),
}

impl Problem {
    pub(crate) fn damaged(what: impl std::fmt::Display) -> Self {
        let text = what.to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        let line: String = words.join(" ").chars().take(160).collect();
        Self::Damaged(line.trim_end_matches('.').to_owned())
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Self::damaged(error),
            _ => Self::Unreadable(error),
        }
    }
}
