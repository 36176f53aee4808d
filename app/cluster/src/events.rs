//! A job's events: live by its subject, and for a late subscriber the latest of each kind.

use std::time::{Duration, Instant};

use engine::{EngineError, EventKind};
use futures_util::{StreamExt, stream};
use tokio::time::timeout;
use uuid::Uuid;

use crate::ClusterError;
use crate::end::{END, End};
use crate::job::{read, text};
use crate::layout::{event_subject, preview_subject};
use crate::link::{Link, RetryPolicy};
use crate::previews::preview_of;

/// Live events may be lost, so a follower also asks this often whether the job has ended.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Gets each event and returns whether to go on.
pub type OnEvent<'a> = &'a (dyn Fn(EventKind) -> bool + Send + Sync);

/// Kinds of events whose latest a late subscriber gets, in this order.
const KINDS: [&str; 4] = ["started", "planned", "caption", "progress"];

/// An event's kind as its text form names it; `None` for the end and previews, which are sent otherwise.
fn kind(event: &EventKind) -> Option<&'static str> {
    match event {
        EventKind::Started(_) => Some(KINDS[0]),
        EventKind::Planned(_) => Some(KINDS[1]),
        EventKind::Caption(_) => Some(KINDS[2]),
        EventKind::Progress { .. } => Some(KINDS[3]),
        EventKind::Note(_) => Some("note"),
        _ => None,
    }
}

impl Link {
    /// Without an acknowledgement: a lost event does no harm.
    pub async fn publish(&self, job: Uuid, event: &EventKind) {
        if let EventKind::Preview { layers } = event {
            return self.show(job, layers).await;
        }
        if let (Some(kind), Ok(text)) = (kind(event), text(event))
            && self.is_connected()
        {
            let subject = event_subject(job, kind);
            let _ = self.client.publish(subject, text.into()).await;
        }
    }

    /// Passes the job's events on, last its end with the layers; stops when `on_event` returns false.
    pub async fn follow(&self, job: Uuid, on_event: OnEvent<'_>) {
        let result = match self.until_end(job, on_event).await {
            Ok(Some(end)) => self.whole(end).await,
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        on_event(EventKind::Finished(result));
    }

    /// `None` once `on_event` has returned false.
    async fn until_end(
        &self,
        job: Uuid,
        on_event: OnEvent<'_>,
    ) -> Result<Option<End>, ClusterError> {
        let live = self.client.subscribe(event_subject(job, "*")).await;
        let live = live.map_err(|error| self.away(error))?;
        let previews = self.client.subscribe(preview_subject(job)).await;
        let previews = previews.map_err(|error| self.away(error))?;
        let mut live = stream::select(live, previews);
        for kind in KINDS {
            // An error here only loses an event.
            if let Ok(Some((payload, _))) = self.last_event(job, kind).await
                && let Ok(event) = read(&payload)
                && !on_event(event)
            {
                return Ok(None);
            }
        }
        let mut asked = None::<Instant>;
        loop {
            if asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
                let end = self.retry(RetryPolicy::RESTART, || self.end(job)).await?;
                if let Some(end) = end {
                    return Ok(Some(end));
                }
                asked = Some(Instant::now());
            }
            let Ok(heard) = timeout(ASK_EVERY, live.next()).await else {
                continue;
            };
            let heard = heard.ok_or_else(|| self.away("the connection was closed"))?;
            if heard.subject.ends_with(END) {
                return End::of(&heard).map(Some);
            }
            let event = match heard.subject.as_str() == preview_subject(job) {
                true => preview_of(&heard),
                false => read(&heard.payload).ok(),
            };
            if let Some(event) = event
                && !on_event(event)
            {
                return Ok(None);
            }
        }
    }

    /// The end with its layers' pixels.
    async fn whole(&self, end: End) -> Result<Box<engine::Decomposition>, EngineError> {
        let decomposition = end.result?;
        let run = end.run.unwrap_or_default();
        let fetch = || async {
            let mut whole = decomposition.clone();
            self.fetch_layers(&run, &mut whole).await?;
            Ok(whole)
        };
        Ok(self.retry(RetryPolicy::RESTART, fetch).await?)
    }
}
