use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use engine::EngineError;

/// Why the service cannot start or go on, as one sentence. What mends it is an option of whoever starts it, and named there.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("{0} can be reached by other computers, which needs a token")]
    NeedsToken(SocketAddr),
    #[error("cannot read the tokens in {}: {error}", path.display())]
    Tokens { path: PathBuf, error: io::Error },
    #[error(
        "{} holds no token of at least {shortest} characters; write one a line, such as \"openssl rand -hex 32\" prints", path.display()
    )]
    NoToken { path: PathBuf, shortest: usize },
    #[error("cannot use the folder {}: {error}", path.display())]
    Data { path: PathBuf, error: io::Error },
    #[error("another lamina serves from the folder {}", .0.display())]
    InUse(PathBuf),
    #[error(
        "{} is of a later version of this program", .0.display()
    )]
    LaterVersion(PathBuf),
    #[error("the record of jobs failed ({0}); look whether its disk is full")]
    Database(#[from] rusqlite::Error),
    #[error("the system gives no more threads or files ({0}); end other programs")]
    System(io::Error),
    #[error("{0}")]
    Engine(#[from] EngineError),
}
