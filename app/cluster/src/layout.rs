//! The streams, consumers and buckets on the NATS server, with their names and limits.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::object_store;
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use engine::{Controls, DecomposeRequest, Resolution};
use uuid::Uuid;

/// Times that a job is delivered, at most; one that then has no end goes to the dead letters.
pub const DELIVERIES: i64 = 3;
/// A job that nobody takes, and a picture or layers that nobody fetches, go after this.
const KEPT: Duration = Duration::from_secs(7 * DAY);
/// How long a job's events and end are kept: longer than the job can wait.
const END_KEPT: Duration = Duration::from_secs(14 * DAY);
const DEAD_KEPT: Duration = Duration::from_secs(30 * DAY);
const DAY: u64 = 24 * 3600;
/// A job that is submitted again within this is told by its message id.
const DUPLICATES: Duration = Duration::from_secs(600);
/// Jobs that all workers together may have in hand.
const IN_HAND: i64 = 10_000;

/// What a job needs of the computer that runs it: a subject of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// A backend whose networks are inside the program; any computer does.
    Embedded,
    /// A diffusion model at 640.
    R640,
    /// A diffusion model at 1024.
    R1024,
}

impl Need {
    /// The hardest first.
    pub const ALL: [Self; 3] = [Self::R1024, Self::R640, Self::Embedded];

    /// Of a job for a backend that heeds these controls.
    pub fn of(request: &DecomposeRequest, controls: &Controls) -> Self {
        match (&controls.resolution, request.diffusion.resolution) {
            (None, _) => Self::Embedded,
            (Some(_), Resolution::R640) => Self::R640,
            (Some(_), Resolution::R1024) => Self::R1024,
        }
    }

    /// "embedded", "640" or "1024"; the queue's part and its consumer are called so.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::R640 => "640",
            Self::R1024 => "1024",
        }
    }

    /// The need of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.name() == name)
    }

    pub(crate) fn subject(self) -> String {
        format!("lamina.jobs.{}", self.name())
    }

    /// Delivers each job to one worker, and to another once that one was silent for so long.
    pub(crate) fn consumer(self, silence: Duration) -> pull::Config {
        pull::Config {
            durable_name: Some(self.name().into()),
            filter_subject: self.subject(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: silence,
            max_ack_pending: IN_HAND,
            // No limit here: workers count deliveries themselves, to record why a job is given up.
            max_deliver: -1,
            ..pull::Config::default()
        }
    }
}

/// The subjects of all jobs, on which a waiting worker hears of new ones.
pub const ALL_JOBS: &str = "lamina.jobs.*";

/// The queue: a job stays until it is acknowledged.
pub fn jobs() -> Config {
    Config {
        name: "LAMINA_JOBS".into(),
        subjects: vec![ALL_JOBS.into()],
        retention: RetentionPolicy::WorkQueue,
        max_age: KEPT,
        duplicate_window: DUPLICATES,
        ..Config::default()
    }
}

/// The latest of each kind of event of each job, among them its end.
pub fn events() -> Config {
    Config {
        name: "LAMINA_EVENTS".into(),
        subjects: vec!["lamina.events.*.*".into()],
        max_messages_per_subject: 1,
        max_age: END_KEPT,
        allow_direct: true,
        ..Config::default()
    }
}

/// Jobs that were given up, with why.
pub fn dead() -> Config {
    Config {
        name: "LAMINA_DEAD".into(),
        subjects: vec!["lamina.dead.*".into()],
        max_messages_per_subject: 1,
        max_age: DEAD_KEPT,
        ..Config::default()
    }
}

pub fn event_subject(job: Uuid, kind: &str) -> String {
    format!("lamina.events.{job}.{kind}")
}

/// Looks at unfinished layers, which no stream keeps.
pub fn preview_subject(job: Uuid) -> String {
    format!("lamina.previews.{job}")
}

/// Where it is asked what a job of that need would take.
pub fn estimate_subject(need: Need) -> String {
    format!("lamina.estimates.{}", need.name())
}

pub fn dead_subject(job: Uuid) -> String {
    format!("lamina.dead.{job}")
}

/// Pictures by the SHA-256 of their PNG.
pub fn pictures() -> object_store::Config {
    bucket("lamina-pictures")
}

/// Layers as PNGs, by the run that made them.
pub fn layers() -> object_store::Config {
    bucket("lamina-layers")
}

fn bucket(name: &str) -> object_store::Config {
    object_store::Config {
        bucket: name.into(),
        max_age: KEPT,
        ..object_store::Config::default()
    }
}
