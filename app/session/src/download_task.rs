use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::{EngineError, ModelLibrary, ModelSource, Transfer};
use words::say;

use crate::task::{Task, Waker};

/// The rate is that of the last of these.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Seconds between two frames that show how far it is.
const FRAME: f64 = 0.2;

/// A download on its own thread.
pub struct DownloadTask {
    shared: Arc<Shared>,
    task: Task<Result<ModelSource, EngineError>>,
    /// Bytes that were there when the window looked.
    samples: VecDeque<(Instant, u64)>,
}

#[derive(Default)]
struct Shared {
    transfer: Mutex<Transfer>,
    ended: AtomicBool,
}

impl DownloadTask {
    pub fn spawn(waker: &Waker, library: Arc<dyn ModelLibrary>, name: String) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sink, wakes) = (Arc::clone(&shared), Arc::clone(waker));
        let task = Task::spawn("download", waker, move || {
            library.download(&name, &|transfer| {
                *sink.transfer.lock().unwrap_or_else(PoisonError::into_inner) = transfer;
                wakes.wake_after_secs(FRAME);
                !sink.ended.load(Ordering::Relaxed)
            })
        })?;
        Ok(Self {
            shared,
            task,
            samples: VecDeque::new(),
        })
    }

    /// Ends it soon; what is there stays.
    pub fn end(&self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }

    /// How far it is, and bytes a second where that can be told.
    pub fn progress(&mut self) -> (Transfer, Option<f64>) {
        let transfer = *self
            .shared
            .transfer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // What was there before it began is no part of its rate.
        if transfer.all > 0 && !transfer.checking {
            self.samples.push_back((now, transfer.there));
        }
        while let Some((when, _)) = self.samples.front()
            && now.duration_since(*when) > REMEMBERED
        {
            self.samples.pop_front();
        }
        let rate = match (self.samples.front(), self.samples.back()) {
            (Some((began, before)), Some((last, after))) if last > began => {
                let seconds = last.duration_since(*began).as_secs_f64();
                Some(after.saturating_sub(*before) as f64 / seconds)
            }
            _ => None,
        };
        (transfer, rate.filter(|rate| *rate > 0.0))
    }

    /// `None` while it runs.
    pub fn poll(&self) -> Option<Result<ModelSource, EngineError>> {
        let ended = self.task.poll()?;
        Some(ended.unwrap_or_else(|_| Err(EngineError::Backend(say!("download-lost").into()))))
    }
}
