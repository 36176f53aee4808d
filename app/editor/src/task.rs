use std::io;
use std::thread;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// Work on a named thread of its own, asked for its result once a frame. Dropping it forgets the result.
pub struct Task<T> {
    result: Receiver<T>,
}

/// The thread ended without a result: it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLost;

impl<T: Send + 'static> Task<T> {
    /// Repaints the window when the work is done.
    pub fn spawn(
        name: &str,
        ctx: &egui::Context,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, result) = bounded(1);
        let ctx = ctx.clone();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // Nobody waits for a result whose task was dropped.
                let _ = sender.send(work());
                drop(sender);
                ctx.request_repaint();
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
