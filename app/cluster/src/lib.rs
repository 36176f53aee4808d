//! Decompositions shared out over many computers by NATS JetStream. Who asks puts the picture into an object store and a job
//! into a work queue; a worker takes it, says how it goes on, and writes the end of it once, however often it was delivered.
//!
//! Nothing of the distributing is done here: the server keeps the jobs, delivers one again whose worker fell silent, and lets a
//! second end of a job not in. What lies where is told by `layout`. The API blocks; tokio is inside.

mod asking;
mod end;
mod error;
mod estimates;
mod events;
mod job;
mod layout;
mod link;
mod objects;
mod presence;
mod previews;
mod server;
mod worker;

pub use asking::Cluster;
pub use error::ClusterError;
pub use layout::Need;
pub use server::{Access, Server};
pub use worker::{Stop, WorkerEvent, WorkerOptions};
