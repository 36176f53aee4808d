use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::Stream;
use tokio::time::sleep;

use crate::ClusterError;

const LOOK_EVERY: Duration = Duration::from_millis(50);
const TRY_EVERY: Duration = Duration::from_secs(1);
/// How long a server may be unreachable, as while it restarts.
const AWAY: Duration = Duration::from_secs(60);

/// A connection that is made anew wherever it breaks, and what lies behind it.
#[derive(Clone)]
pub struct Link {
    pub url: Arc<str>,
    /// How long a worker may be silent.
    pub silence: Duration,
    pub client: Client,
    pub context: Context,
    pub jobs: Stream,
    pub events: Stream,
    pub pictures: ObjectStore,
    pub layers: ObjectStore,
}

/// How long a question is repeated while the server is unreachable.
#[derive(Clone, Copy)]
pub struct RetryPolicy<'a> {
    pub limit: Option<Duration>,
    /// Hears of each time that it failed, and says whether to go on.
    pub goes_on: &'a (dyn Fn(&ClusterError) -> bool + Sync),
}

impl RetryPolicy<'_> {
    /// Long enough for a server to restart.
    pub const RESTART: Self = Self {
        limit: Some(AWAY),
        goes_on: &|_| true,
    };
}

impl Link {
    pub fn away(&self, error: impl Display) -> ClusterError {
        ClusterError::Away {
            url: self.url.to_string(),
            error: error.to_string(),
        }
    }

    /// Why a message was not kept.
    pub fn unsent(&self, error: &PublishError) -> ClusterError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => ClusterError::TooLarge {
                url: self.url.to_string(),
            },
            _ => self.away(error),
        }
    }

    /// Writes what a subject holds one of, and says whether there was none yet.
    pub async fn write_once(
        &self,
        subject: String,
        message: PublishMessage,
    ) -> Result<bool, ClusterError> {
        let first = message.expected_last_subject_sequence(0);
        let written = match self.context.send_publish(subject, first).await {
            Ok(acknowledged) => acknowledged.await.map(drop),
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(false),
            Err(error) => Err(self.unsent(&error)),
        }
    }

    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Repeats what may be done twice until it succeeds, fails for good, or the policy says stop.
    pub async fn retry<T, F: Future<Output = Result<T, ClusterError>>>(
        &self,
        policy: RetryPolicy<'_>,
        attempt: impl Fn() -> F,
    ) -> Result<T, ClusterError> {
        let started = Instant::now();
        loop {
            let error = match self.is_connected() {
                // Without a connection messages are buffered, so that each try would arrive.
                false => self.away("the connection is lost"),
                true => match attempt().await {
                    Err(error) if error.may_pass() => error,
                    done => return done,
                },
            };
            let is_over = policy.limit.is_some_and(|limit| started.elapsed() >= limit);
            if is_over || !(policy.goes_on)(&error) {
                return Err(error);
            }
            let until = Instant::now() + TRY_EVERY;
            while Instant::now() < until && !self.is_connected() {
                sleep(LOOK_EVERY).await;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}
