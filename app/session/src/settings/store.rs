use std::path::{Path, PathBuf};

use super::{Settings, SettingsError};
use crate::task::{Task, Waker};

/// Seconds without a change before the file is written: a window that is dragged changes with each frame.
const PAUSE: f64 = 0.5;

/// The settings of this window, and the file that keeps them. Written on a thread of its own; what is not written when
/// it is dropped is written then.
#[derive(Default)]
pub struct SettingsStore {
    file: Option<PathBuf>,
    now: Settings,
    /// As the file has them, as far as this window knows.
    saved: Settings,
    /// Seconds on the window's clock.
    changed_at: f64,
    writing: Option<Task<Result<(), SettingsError>>>,
    /// What the user has not been told.
    problem: Option<SettingsError>,
    /// The user has been told that nothing is remembered.
    write_failed: bool,
}

impl SettingsStore {
    /// Remembers until the window closes.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// The user's own file.
    pub fn of_user() -> Self {
        Settings::user_file().map_or_else(Self::nowhere, Self::at)
    }

    /// Reads `file`; when that fails, the defaults stand, and the window says so.
    pub fn at(file: PathBuf) -> Self {
        let mut store = Self::nowhere();
        match Settings::read(&file) {
            Ok(settings) => store.now = settings,
            Err(error) => store.problem = Some(error),
        }
        store.saved = store.now.clone();
        store.file = Some(file);
        store
    }

    pub fn get(&self) -> &Settings {
        &self.now
    }

    /// `now` in seconds on the window's clock.
    pub fn change(&mut self, now: f64, change: impl FnOnce(&mut Settings)) {
        let before = self.now.clone();
        change(&mut self.now);
        if self.now != before {
            self.changed_at = now;
        }
    }

    /// Something is still to be written.
    pub fn is_busy(&self) -> bool {
        self.writing.is_some() || self.is_due()
    }

    fn is_due(&self) -> bool {
        self.file.is_some() && self.now != self.saved
    }

    /// Writes what has changed and returns what the user should be told. Once a frame, `now` in seconds on the window's
    /// clock.
    pub fn poll(&mut self, now: f64, waker: &Waker) -> Option<SettingsError> {
        if let Some(written) = self.writing.as_ref().and_then(Task::poll) {
            self.writing = None;
            self.note(written.unwrap_or(Ok(())));
        }
        if self.writing.is_none() && self.is_due() {
            let left = self.changed_at + PAUSE - now;
            if left > 0.0 {
                waker.wake_after_secs(left);
            } else {
                self.start_writing(waker);
            }
        }
        self.problem.take()
    }

    fn start_writing(&mut self, waker: &Waker) {
        let Some(file) = self.file.clone() else {
            return;
        };
        let (now, before) = (self.now.clone(), self.saved.clone());
        // Without a thread there is another try at the next change, and at the end.
        if let Ok(task) = Task::spawn("settings", waker, move || update(&file, now, &before)) {
            self.saved = self.now.clone();
            self.writing = Some(task);
        }
    }

    fn note(&mut self, written: Result<(), SettingsError>) {
        if let Err(error) = written
            && !std::mem::replace(&mut self.write_failed, true)
        {
            self.problem = Some(error);
        }
    }
}

impl Drop for SettingsStore {
    fn drop(&mut self) {
        if let Some(task) = self.writing.take() {
            let _ = task.wait();
        }
        if let Some(file) = self.file.as_deref().filter(|_| self.now != self.saved) {
            // The window is gone: there is nobody left to tell.
            let _ = update(file, self.now.clone(), &self.saved);
        }
    }
}

/// Another window may have written since.
fn update(file: &Path, now: Settings, before: &Settings) -> Result<(), SettingsError> {
    let in_file = Settings::read(file).unwrap_or_default();
    now.changes_since(before, in_file).write(file)
}
