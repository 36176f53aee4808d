use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use engine::EngineError;

/// Why the service cannot start or go on, as one sentence with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("cannot listen on {address}: {error}; choose another with --listen")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error(
        "{0} can be reached by other computers, which needs a token; give a file that holds one with --token-file, or listen on 127.0.0.1"
    )]
    NeedsToken(SocketAddr),
    #[error("cannot read the tokens in {}: {error}; give another file with --token-file", path.display())]
    Tokens { path: PathBuf, error: io::Error },
    #[error(
        "{} holds no token of at least {shortest} characters; write one a line, such as \"openssl rand -hex 32\" prints", path.display()
    )]
    NoToken { path: PathBuf, shortest: usize },
    #[error("cannot use the folder {}: {error}; choose another with --data", path.display())]
    Data { path: PathBuf, error: io::Error },
    #[error("another lamina serves from the folder {}; end it or choose another with --data", .0.display())]
    InUse(PathBuf),
    #[error(
        "{} is of a later version of this program; update it or choose another folder with --data", .0.display()
    )]
    LaterVersion(PathBuf),
    #[error("the record of jobs failed ({0}); look whether its disk is full")]
    Database(#[from] rusqlite::Error),
    #[error("the system gives no more threads or files ({0}); end other programs")]
    System(io::Error),
    #[error("{0}")]
    Engine(#[from] EngineError),
}
