use std::sync::{Mutex, PoisonError};

use crate::{ExportError, OnProgress};

/// Counts finished pixels from any thread and passes the share on to the caller.
pub struct Progress<'a>(Mutex<State<'a>>);

struct State<'a> {
    callback: OnProgress<'a>,
    done: u64,
    total: u64,
    cancelled: bool,
}

impl<'a> Progress<'a> {
    /// `total` is the number of pixels that will be counted; 0 is taken as 1.
    pub fn new(total: u64, callback: OnProgress<'a>) -> Self {
        Self(Mutex::new(State {
            callback,
            done: 0,
            total: total.max(1),
            cancelled: false,
        }))
    }

    /// Adds finished pixels. Once the caller has said no, every later call fails too, so all threads stop.
    pub fn advance(&self, pixels: u64) -> Result<(), ExportError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.done = state.done.saturating_add(pixels).min(state.total);
        let share = (state.done as f64 / state.total as f64) as f32;
        if !state.cancelled {
            state.cancelled = !(state.callback)(share);
        }
        if state.cancelled {
            return Err(ExportError::Cancelled);
        }
        Ok(())
    }

    /// All is done, even where the total was estimated too high.
    pub fn finish(&self) -> Result<(), ExportError> {
        self.advance(u64::MAX)
    }

    /// Counts from the start again, for a second attempt.
    pub fn restart(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).done = 0;
    }
}
