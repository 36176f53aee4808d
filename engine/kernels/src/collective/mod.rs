//! What threads with a device each give one another. A CUDA device reads what others offer by itself, a thread on a processor
//! in their common memory. Only threads ever wait for one another, never a device for work that has not been given to its
//! other, so one that gives up leaves nobody behind.

mod carrier;
#[cfg(feature = "cuda")]
mod cuda {
    pub(crate) mod lines;
    pub(crate) mod peers;
}
mod rank;
mod rendezvous;
mod ulysses;

use candle_core::Device;

pub use carrier::{Carrier, Way};
#[cfg(feature = "cuda")]
pub(crate) use rank::AT_ONCE;
pub use rank::{AllToAll, Rank, ranks};
pub use ulysses::{ToHeads, ToRows};

/// A thread's use of devices. Its end waits until they have done what the thread gave them, whatever happened: a thread
/// that ends while its stream waits for another device may never end (seen with CUDA 13.0 on two H200).
pub struct SynchronizeAtEnd<'a>(pub &'a [Device]);

impl Drop for SynchronizeAtEnd<'_> {
    fn drop(&mut self) {
        for device in self.0 {
            // An error has been told already, or is told by the device's next operation.
            let _ = device.synchronize();
        }
    }
}

/// How many of `total` things each of so many takes: the same, or one more.
pub fn shares(total: usize, count: usize) -> Vec<usize> {
    let share = |index| total / count + usize::from(index < total % count);
    (0..count).map(share).collect()
}
