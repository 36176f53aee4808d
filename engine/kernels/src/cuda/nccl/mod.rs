//! NVIDIA's NCCL between the devices of one process, where it is installed.

mod communicator;
mod library;

pub(crate) use communicator::Communicator;

/// What of NCCL is missing: a sentence for the user.
pub(crate) fn missing() -> Option<String> {
    library::Library::get().err().map(|error| {
        format!("{error}, so several GPUs cannot share a picture's tokens; install NCCL 2 (libnccl) for this CUDA version.")
    })
}
