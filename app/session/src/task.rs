//! Work on threads of its own, asked for its result once a frame.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// Has whoever asks for results ask again.
pub trait Wake: Send + Sync {
    fn wake(&self);

    fn wake_after_secs(&self, seconds: f64);
}

pub type Waker = Arc<dyn Wake>;

/// Work on a named thread of its own. Dropping it forgets the result.
pub struct Task<T> {
    result: Receiver<T>,
}

/// The thread ended without a result: it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLost;

impl<T: Send + 'static> Task<T> {
    /// Wakes when the work is done.
    pub fn spawn(
        name: &str,
        waker: &Waker,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, result) = bounded(1);
        let waker = Arc::clone(waker);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // Nobody waits for a result whose task was dropped.
                let _ = sender.send(work());
                drop(sender);
                waker.wake();
            })?;
        Ok(Self { result })
    }

    /// Blocks until the work is done.
    pub fn wait(self) -> Result<T, TaskLost> {
        self.result.recv().map_err(|_| TaskLost)
    }

    /// `None` while the work goes on.
    pub fn poll(&self) -> Option<Result<T, TaskLost>> {
        match self.result.try_recv() {
            Ok(result) => Some(Ok(result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(TaskLost)),
        }
    }
}

/// Work that says how far it is, and that can be stopped.
pub(crate) struct ProgressTask<T> {
    progress: Arc<Progress>,
    task: Task<T>,
}

#[derive(Default)]
struct Progress {
    /// An `f32` in its bits: the share that is done, 0 to 1.
    share: AtomicU32,
    cancelled: AtomicBool,
}

impl<T: Send + 'static> ProgressTask<T> {
    pub fn spawn(
        name: &str,
        waker: &Waker,
        work: impl FnOnce(export::OnProgress) -> T + Send + 'static,
    ) -> io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let (shared, wakes) = (Arc::clone(&progress), Arc::clone(waker));
        let task = Task::spawn(name, waker, move || {
            work(&mut |share| {
                shared.share.store(share.to_bits(), Ordering::Relaxed);
                wakes.wake();
                !shared.cancelled.load(Ordering::Relaxed)
            })
        })?;
        Ok(Self { progress, task })
    }

    /// The share that is done, 0 to 1.
    pub fn share(&self) -> f32 {
        f32::from_bits(self.progress.share.load(Ordering::Relaxed))
    }

    pub fn cancel(&self) {
        self.progress.cancelled.store(true, Ordering::Relaxed);
    }

    /// `None` while it runs.
    pub fn poll(&self) -> Option<Result<T, TaskLost>> {
        self.task.poll()
    }

    /// Blocks until the work is done.
    pub fn wait(self) -> Result<T, TaskLost> {
        self.task.wait()
    }
}
