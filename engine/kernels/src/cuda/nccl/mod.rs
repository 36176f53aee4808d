//! NVIDIA's NCCL between the devices of one process, where it is installed. Not run on GPUs yet: `tests/exchange.rs` with the
//! feature `cuda` does so where there are two.

mod communicator;
mod library;

pub(crate) use communicator::Communicator;

/// What of NCCL is missing: a sentence for the user.
pub(crate) fn missing() -> Option<String> {
    library::Library::get().err().map(|error| {
        format!("{error}, so several GPUs cannot share a picture's tokens; install NCCL 2 (libnccl) for this CUDA version.")
    })
}
