//! The backends of another computer that runs `lamina serve`, as backends of this one: with their controls, estimate, events,
//! previews, cancel and errors. The layers come at the backend's own size; bringing them to the picture's is done here, as for
//! any backend.

mod backend;
mod client;
mod events;
mod layers;

pub use backend::RemoteBackend;
pub use client::{RemoteError, Server};
