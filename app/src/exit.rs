use std::process::ExitCode;

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
