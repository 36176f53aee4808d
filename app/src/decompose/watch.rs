//! Pictures that come into folders while the program runs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use engine::{CancelToken, DecomposeRequest};

use super::inputs::{Input, InputFolder};

/// By looking, which network disks know as well.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a wait goes without asking whether it is cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(50);

pub struct Watch {
    folders: Vec<InputFolder>,
    seen: HashMap<PathBuf, Seen>,
}

struct Seen {
    stamp: Stamp,
    /// Not to be handed out again as it is.
    is_taken: bool,
}

type Stamp = Option<(SystemTime, u64)>;

impl Watch {
    /// `known` pictures come again only when they change.
    pub fn new(folders: Vec<InputFolder>, known: &[Input]) -> Self {
        let seen = |input: &Input| {
            let stamp = stamp(&input.picture);
            let is_taken = true;
            (input.picture.clone(), Seen { stamp, is_taken })
        };
        Self {
            seen: known.iter().map(seen).collect(),
            folders,
        }
    }

    /// Waits for pictures that are new or have changed and that nobody writes any more; `None` once cancelled.
    pub fn next(&mut self, request: &DecomposeRequest, cancel: &CancelToken) -> Option<Vec<Input>> {
        loop {
            for _ in 0..LOOK_EVERY.as_millis() / CANCEL_POLL.as_millis() {
                cancel.check().ok()?;
                thread::sleep(CANCEL_POLL);
            }
            let found = self.look(request);
            if !found.is_empty() {
                return Some(found);
            }
        }
    }

    /// A file counts once two looks find it the same.
    fn look(&mut self, request: &DecomposeRequest) -> Vec<Input> {
        let mut found = Vec::new();
        for folder in &self.folders {
            // A folder that cannot be read now may be the next time.
            for picture in folder.pictures().flatten() {
                let stamp = stamp(&picture);
                let is_taken = false;
                let new = Seen { stamp, is_taken };
                match self.seen.get_mut(&picture) {
                    Some(seen) if seen.stamp != stamp => *seen = new,
                    Some(seen) if !seen.is_taken => {
                        seen.is_taken = true;
                        found.push(folder.input(picture, request));
                    }
                    Some(_) => {}
                    None => drop(self.seen.insert(picture, new)),
                }
            }
        }
        found
    }
}

fn stamp(picture: &Path) -> Stamp {
    let metadata = picture.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
