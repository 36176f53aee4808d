//! How the program ends, by itself or by Ctrl-C.

use std::process::ExitCode;

use engine::CancelToken;
use words::say;

/// How the program ends; several inputs end as the worst of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Success,
    /// An input could not be read, or a setting is out of range: 2, as for a wrong argument.
    BadInput,
    /// The work itself failed: 1.
    Failed,
    /// Ctrl-C: 130, as a shell reports it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::BadInput => Self::from(2),
            Exit::Failed => Self::from(1),
            Exit::Interrupted => Self::from(130),
        }
    }
}

/// Cancelled by Ctrl-C, or when the system asks the program to end.
pub fn on_interrupt() -> CancelToken {
    let cancel = CancelToken::default();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!(
            "lamina: {}",
            say!("run-no-ctrl-c", error = error.to_string())
        );
    }
    cancel
}
