use std::fmt;

use crate::open_task::Opened;

/// What waits for the answer about unsaved work.
#[derive(Clone)]
pub enum Intent {
    Quit,
    Replace(Box<Opened>),
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quit => f.write_str("Quit"),
            Self::Replace(opened) => write!(f, "Replace({})", opened.name),
        }
    }
}
