//! What the jobs that wait or run have said so far, for whoever follows them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{EventKind, Versioned};
use image::RgbaImage;
use tokio::sync::watch;
use uuid::Uuid;

/// An event as clients get it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSentEvent {
    /// Counts a job's events from 1; some are passed over.
    pub id: u64,
    /// "progress"
    pub name: String,
    /// The event, with a version, as JSON.
    pub data: Arc<str>,
}

/// One job's events. Of what can be missed only the latest of each kind is kept, so that it stays small, and a slow reader
/// costs nothing.
pub struct Feed {
    log: Mutex<Log>,
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Log {
    kept: Vec<(Kind, ServerSentEvent)>,
    has_ended: bool,
    preview: Arc<Vec<RgbaImage>>,
}

/// Events of one kind take each other's place; those of none are all kept.
#[derive(PartialEq)]
enum Kind {
    Progress(engine::Stage),
    Caption,
    Preview,
    Kept,
}

impl Feed {
    fn new() -> Self {
        Self {
            log: Mutex::default(),
            last: watch::channel(0).0,
        }
    }

    pub fn push(&self, event: &EventKind) {
        let Ok(data) = serde_json::to_string(&Versioned::new(event)) else {
            return;
        };
        let kind = match event {
            EventKind::Progress { stage, .. } => Kind::Progress(*stage),
            EventKind::Caption(_) => Kind::Caption,
            EventKind::Preview { .. } => Kind::Preview,
            _ => Kind::Kept,
        };
        let mut log = hold(&self.log);
        if let EventKind::Preview { layers } = event {
            log.preview = Arc::clone(layers);
        }
        log.has_ended = matches!(event, EventKind::Finished(_));
        if kind != Kind::Kept {
            log.kept.retain(|(other, _)| *other != kind);
        }
        let id = *self.last.borrow() + 1;
        let name = name(event).to_owned();
        let data = data.into();
        log.kept.push((kind, ServerSentEvent { id, name, data }));
        drop(log);
        self.last.send_replace(id);
    }

    /// What was said after the event of that id, and whether all was said.
    pub fn after(&self, id: u64) -> (Vec<ServerSentEvent>, bool) {
        let log = hold(&self.log);
        let said = log.kept.iter().map(|(_, said)| said);
        let new = said.filter(|said| said.id > id).cloned().collect();
        (new, log.has_ended)
    }

    /// Changes with each event.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// The latest, bottom first; none before the first.
    pub fn preview(&self) -> Arc<Vec<RgbaImage>> {
        Arc::clone(&hold(&self.log).preview)
    }
}

/// As the event's text form names it.
pub fn name(event: &EventKind) -> &'static str {
    match event {
        EventKind::Started(_) => "started",
        EventKind::Planned(_) => "planned",
        EventKind::Caption(_) => "caption",
        EventKind::Progress { .. } => "progress",
        EventKind::Note(_) => "note",
        EventKind::Preview { .. } => "preview",
        EventKind::Finished(_) => "finished",
        EventKind::Model(_) => "model",
        EventKind::Estimated(_) => "estimated",
        EventKind::Joined => "joined",
    }
}

/// The feeds of jobs that wait or run.
#[derive(Default)]
pub struct Feeds(Mutex<HashMap<Uuid, Arc<Feed>>>);

impl Feeds {
    /// Of a job that has not ended, made when it is first asked for.
    pub fn open(&self, id: Uuid) -> Arc<Feed> {
        let mut feeds = hold(&self.0);
        Arc::clone(feeds.entry(id).or_insert_with(|| Arc::new(Feed::new())))
    }

    pub fn get(&self, id: Uuid) -> Option<Arc<Feed>> {
        hold(&self.0).get(&id).cloned()
    }

    /// Of a job that had ended when the feed was opened; whoever else follows it still gets its last event.
    pub fn close_unfollowed(&self, id: Uuid, feed: Arc<Feed>) {
        let mut feeds = hold(&self.0);
        drop(feed);
        if feeds
            .get(&id)
            .is_some_and(|feed| Arc::strong_count(feed) == 1)
        {
            feeds.remove(&id);
        }
    }

    /// After the job's last event was said and its end is in the database.
    pub fn close(&self, id: Uuid) {
        hold(&self.0).remove(&id);
    }
}

/// What the locks guard is valid after each statement.
fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::{EngineError, Stage};

    use super::*;

    fn progress(stage: Stage, step: u32) -> EventKind {
        EventKind::Progress {
            stage,
            step,
            steps: 50,
            elapsed: Duration::ZERO,
            left: None,
        }
    }

    #[test]
    fn a_late_reader_gets_all_that_matters_and_a_feed_stays_small() {
        let feed = Feed::new();
        feed.push(&progress(Stage::Load, 1));
        feed.push(&EventKind::Note("The machine hummed.".into()));
        for step in 0..1000 {
            feed.push(&progress(Stage::Denoise, step));
        }
        let (said, has_ended) = feed.after(0);
        let names: Vec<_> = said.iter().map(|said| said.name.as_str()).collect();
        assert_eq!(names, ["progress", "note", "progress"]);
        assert!(said.is_sorted_by_key(|said| said.id) && !has_ended);
        assert!(said[2].data.contains("999"), "the latest step");

        feed.push(&EventKind::Finished(Err(EngineError::Cancelled)));
        let (rest, has_ended) = feed.after(said[2].id);
        assert!(has_ended);
        assert_eq!(rest.len(), 1, "nothing comes twice: {rest:?}");
        assert_eq!(*feed.changes().borrow(), rest[0].id);
    }
}
