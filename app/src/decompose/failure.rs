use std::path::Path;

use anyhow::Error;

use engine::EngineError;

use crate::advice;
use crate::exit::Exit;

/// Why one input gave nothing, in a sentence.
pub struct Failure {
    pub exit: Exit,
    pub error: Error,
}

impl Failure {
    pub fn bad_input(error: impl Into<Error>) -> Self {
        Self {
            exit: Exit::BadInput,
            error: error.into(),
        }
    }

    pub fn failed(error: impl Into<Error>) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
        }
    }

    /// On standard error.
    pub fn print(&self) -> Exit {
        eprintln!("lamina: {}", advice::sentence(&self.error));
        self.exit
    }

    pub fn engine(input: &Path, error: &EngineError) -> Self {
        let exit = match error {
            EngineError::Cancelled => Exit::Interrupted,
            EngineError::InvalidRequest(_)
            | EngineError::UnknownBackend { .. }
            | EngineError::Unavailable { .. }
            | EngineError::UnusableModel(_) => Exit::BadInput,
            _ => Exit::Failed,
        };
        Self {
            exit,
            error: Error::new(error.clone()).context(input.display().to_string()),
        }
    }

    /// The work was stopped by Ctrl-C if `cancelled`.
    pub fn writing(error: impl Into<Error>, cancelled: bool) -> Self {
        Self {
            exit: if cancelled {
                Exit::Interrupted
            } else {
                Exit::Failed
            },
            error: error.into(),
        }
    }
}
