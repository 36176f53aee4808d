//! The neural networks that ship inside the program (`assets/models`, whose README says where each comes from), and the
//! runtime that runs them on the processor. Nobody else names the runtime.
//!
//! A network gives the same numbers on any count of threads; it uses as many as the caller's rayon pool has.

mod embedded;
mod network;

pub use embedded::{TEXT_CHARACTERS, layers, text_detection, text_recognition};
pub use network::{Network, NetworkError, Tensor};
