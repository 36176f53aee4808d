//! Decompositions over HTTP: `POST` a picture, follow its events, fetch its layers. The jobs are the engine's, with its
//! request, events, errors and report; what this crate adds is a queue on disk that survives a kill at any moment, the
//! results' files, and the record of every run.
//!
//! Three threads and the asynchronous ones of the HTTP server: the engine's, "jobs" which feeds it from the queue, and
//! "results" which writes what it made. Status requests read the database and wait for none of them.

mod error;
mod executor;
mod feed;
mod http;
mod jobs;
mod limits;
mod metrics;
mod serve;
mod store;
mod tokens;

pub use error::ServiceError;
pub use executor::{Listener, Workers};
pub use jobs::{ResultWriter, Results};
pub use limits::Limits;
pub use serve::{Options, Runs, serve};
pub use store::{JobState, Run, Store};
pub use tokens::Tokens;
