use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Backend, EngineError};

/// Reaches other computers that decompose. Waits for them, and so belongs on a thread of its own.
pub trait Servers: Send + Sync {
    /// All that the server decomposes with, best first, under ids and labels that tell them from this computer's own.
    ///
    /// # Errors
    /// One sentence, when it cannot be reached, wants another token, or the token's file cannot be read.
    fn backends(&self, server: &ServerAddress) -> Result<Vec<Box<dyn Backend>>, EngineError>;
}

/// Another computer that runs `lamina serve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// "http://desk:7860".
    pub url: String,
    /// The first line of this file is the token that it asks for.
    pub token_file: Option<PathBuf>,
}
