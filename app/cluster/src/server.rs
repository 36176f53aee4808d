//! Connecting to a NATS server and creating the streams and buckets that are missing.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{ContextBuilder, RequestErrorKind};
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::{Context, object_store, stream};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, ServerAddr};
use serde_json::Value;

use crate::layout;
use crate::link::Link;
use crate::{ClusterError, Need};

/// Time limit of a connection and of an answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// A connection that is gone is noticed after two of these.
const PING_EVERY: Duration = Duration::from_secs(10);

/// Where the NATS server is, and what it knows this program by.
#[derive(Debug, Clone)]
pub struct Server {
    url: String,
    access: Access,
    silence: Duration,
}

/// How the server lets this program in, besides what the address may hold: `nats://user:password@host`.
#[derive(Clone, Default)]
pub enum Access {
    #[default]
    Open,
    Token(String),
    /// The text of a credentials file: a JWT and the seed of its key.
    Credentials(String),
}

/// Leaves out secrets.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Token(_) => "Token",
            Self::Credentials(_) => "Credentials",
        })
    }
}

impl Server {
    /// `url` may name several servers of one cluster, divided by commas.
    pub fn new(url: &str, access: Access) -> Self {
        Self {
            url: url.to_owned(),
            access,
            silence: Duration::from_secs(30),
        }
    }

    /// How long a worker may be silent before its job is another's; 30 s unless it is told. The first to connect to a server
    /// decides for all.
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    pub(crate) async fn connect(&self) -> Result<Link, ClusterError> {
        let client = self.client().await?;
        let shown = self.shown();
        let context = ContextBuilder::new()
            .timeout(ANSWER_TIME)
            .ack_timeout(ANSWER_TIME)
            .build(client.clone());
        let away = |error: String| ClusterError::Away {
            url: shown.clone(),
            error,
        };
        // Read as what older servers say too.
        let account = context.request("INFO", &()).await;
        let account: Value = account.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => ClusterError::NoJetStream { url: shown.clone() },
            _ => away(error.to_string()),
        })?;
        if account.get("error").is_some() {
            return Err(ClusterError::NoJetStream { url: shown });
        }
        let jobs = stream(&context, layout::jobs()).await.map_err(away)?;
        for need in Need::ALL {
            // Created before any worker is there, because autoscalers ask consumers for the queue's length.
            let consumer = need.consumer(self.silence);
            let found = jobs.get_or_create_consumer(need.name(), consumer).await;
            found.map_err(|error| away(error.to_string()))?;
        }
        let events = stream(&context, layout::events()).await.map_err(away)?;
        stream(&context, layout::dead()).await.map_err(away)?;
        let pictures = bucket(&context, layout::pictures()).await.map_err(away)?;
        let layers = bucket(&context, layout::layers()).await.map_err(away)?;
        Ok(Link {
            url: Arc::from(shown.as_str()),
            silence: self.silence,
            client,
            context,
            jobs,
            events,
            pictures,
            layers,
        })
    }

    async fn client(&self) -> Result<Client, ClusterError> {
        let addresses: Result<Vec<ServerAddr>, _> =
            self.url.split(',').map(str::trim).map(str::parse).collect();
        let addresses = addresses.map_err(|_| ClusterError::Address(self.shown()))?;
        let options = ConnectOptions::new()
            .name("lamina")
            .ping_interval(PING_EVERY)
            .connection_timeout(ANSWER_TIME)
            .request_timeout(Some(ANSWER_TIME));
        let options = match &self.access {
            Access::Open => options,
            Access::Token(token) => options.token(token.clone()),
            Access::Credentials(text) => options
                .credentials(text)
                .map_err(|error| ClusterError::Credentials(error.to_string()))?,
        };
        options.connect(addresses).await.map_err(|error| {
            let url = self.shown();
            match error.kind() {
                ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                    ClusterError::Refused { url }
                }
                ConnectErrorKind::ServerParse => ClusterError::Address(url),
                _ => ClusterError::Unreachable {
                    url,
                    error: error.to_string(),
                },
            }
        })
    }

    /// Without the password that an address may have.
    fn shown(&self) -> String {
        let one = |url: &str| match (url.split_once("://"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => url.to_owned(),
        };
        let all: Vec<_> = self.url.split(',').map(one).collect();
        all.join(",")
    }
}

/// One that is there stays as it is: whoever runs the server may have given it replicas or other limits.
async fn stream(context: &Context, config: stream::Config) -> Result<stream::Stream, String> {
    let found = context.get_or_create_stream(config).await;
    found.map_err(|error| error.to_string())
}

async fn bucket(context: &Context, config: object_store::Config) -> Result<ObjectStore, String> {
    if let Ok(found) = context.get_object_store(&config.bucket).await {
        return Ok(found);
    }
    let created = context.create_object_store(config).await;
    created.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("nats://desk:4222", "nats://desk:4222"),
            ("nats://ann:secret@desk,b:4222", "nats://desk,b:4222"),
        ] {
            assert_eq!(Server::new(url, Access::Open).shown(), shown);
        }
        let access = Access::Token("secret".into());
        assert!(!format!("{:?}", Server::new("desk", access)).contains("secret"));
    }
}
