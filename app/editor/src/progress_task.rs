use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::task::{Task, TaskLost};

/// Work of which the window shows how far it is, and which it can stop.
pub struct ProgressTask<T> {
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
        ctx: &egui::Context,
        work: impl FnOnce(export::OnProgress) -> T + Send + 'static,
    ) -> io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let (shared, repaint) = (Arc::clone(&progress), ctx.clone());
        let task = Task::spawn(name, ctx, move || {
            work(&mut |share| {
                shared.share.store(share.to_bits(), Ordering::Relaxed);
                repaint.request_repaint();
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
