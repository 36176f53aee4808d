//! Another computer whose backends are offered beside this one's.

use std::path::PathBuf;
use std::sync::Arc;

use engine::{Backend, EngineError, JobId, ServerAddress, Servers};
use session::Task;

/// What panels ask for.
#[derive(Debug, Clone)]
pub enum ServerCommand {
    /// Opens the dialog.
    Ask,
    /// Shows the desktop's dialog for the token's file; the question comes back with it.
    BrowseToken(ServerQuestion),
    Connect(ServerAddress),
    Disconnect,
}

/// As it stands in the dialog.
#[derive(Debug, Clone, Default)]
pub struct ServerQuestion {
    pub url: String,
    /// Empty where there is none.
    pub token_file: String,
}

/// What panels read.
#[derive(Default)]
pub struct Server {
    /// Whether there is something that reaches servers.
    pub can_connect: bool,
    pub address: Option<ServerAddress>,
    pub phase: ServerPhase,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ServerPhase {
    #[default]
    Disconnected,
    Connecting,
    /// Its backends are among the others.
    Connected,
    Failed(String),
}

/// What is done about a server beside the window.
#[derive(Default)]
pub struct ServerTasks {
    pub servers: Option<Arc<dyn Servers>>,
    pub asking: Option<Connecting>,
    /// The engine is about to have its backends.
    pub joining: Option<Joining>,
}

/// A server that was asked for its backends.
pub struct Connecting {
    pub is_users: bool,
    pub task: Task<Result<Vec<Box<dyn Backend>>, EngineError>>,
}

pub struct Joining {
    pub change: JobId,
    /// The one that is chosen then, as the user has just asked for the server.
    pub choose: Option<String>,
}

impl ServerTasks {
    pub fn is_busy(&self) -> bool {
        self.asking.is_some() || self.joining.is_some()
    }
}

impl ServerQuestion {
    pub fn about(address: &ServerAddress) -> Self {
        let token_file = address.token_file.as_deref();
        Self {
            url: address.url.clone(),
            token_file: token_file.map_or_else(String::new, |path| path.display().to_string()),
        }
    }

    /// `None` while nothing is typed; without a scheme it is HTTP.
    pub fn address(&self) -> Option<ServerAddress> {
        let url = self.url.trim();
        let token_file = self.token_file.trim();
        let url = match url.contains("://") {
            true => url.to_owned(),
            false => format!("http://{url}"),
        };
        let is_named = !self.url.trim().is_empty();
        is_named.then(|| ServerAddress {
            url,
            token_file: (!token_file.is_empty()).then(|| PathBuf::from(token_file)),
        })
    }
}
