//! Questions to the server, and what becomes of those that fail.

use std::time::Duration;

use engine::{BackendStatus, EngineError, Estimate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

/// For a connection, and for the head of an answer once the question is sent.
const CONNECT_TIME: Duration = Duration::from_secs(10);
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Bytes of an answer that is no picture.
const LARGEST_ANSWER: u64 = 64 << 20;
const LARGEST_PICTURE: u64 = 2 << 30;

/// Why a server did not do as it was asked, as one sentence with what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteError {
    #[error("\"{0}\" is no address of a server; write one such as http://desk:7860")]
    Address(String),
    #[error("the server {url} cannot be reached ({error}); look whether lamina serve runs there")]
    Gone { url: String, error: String },
    #[error("the server {url} needs another token; name the file that holds it")]
    Token { url: String },
    /// Its own sentence.
    #[error("{detail}")]
    Refused {
        kind: String,
        detail: String,
        retry_after: Option<Duration>,
    },
    #[error(
        "the server {url} answers unlike this program ({error}); use the same version on both sides"
    )]
    Strange { url: String, error: String },
}

/// A server's address, and what it knows this client by.
#[derive(Clone)]
pub struct Server {
    url: String,
    token: Option<String>,
    agent: Agent,
    following: Agent,
}

impl Server {
    /// # Errors
    /// When `url` is none of HTTP.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, RemoteError> {
        let url = url.trim_end_matches('/');
        let host = url.strip_prefix("http://").unwrap_or_default();
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            return Err(RemoteError::Address(url.to_owned()));
        }
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_connect(Some(CONNECT_TIME))
                .timeout_recv_response(Some(ANSWER_TIME))
        };
        Ok(Self {
            url: url.to_owned(),
            token,
            agent: config().build().into(),
            following: config().timeout_recv_body(None).build().into(),
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// "desk:7860".
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What the server can decompose with.
    pub fn backends(&self) -> Result<Vec<BackendStatus>, RemoteError> {
        self.read(self.get("/v1/backends")?)
    }

    pub fn estimate(&self, fields: &Map<String, Value>) -> Result<Estimate, RemoteError> {
        self.read(self.post_json("/v1/estimate", fields)?)
    }

    /// Queues the picture of that hash. The same key gives the same job, however often it is sent.
    pub fn submit_known(
        &self,
        fields: &Map<String, Value>,
        key: &str,
    ) -> Result<String, RemoteError> {
        let sent = self.agent.post(self.at("/v1/decompositions"));
        let sent = self.signed(sent).header("idempotency-key", key);
        let answer = sent.header("content-type", "application/json");
        let text = Value::Object(fields.clone()).to_string();
        self.submitted(answer.send(text))
    }

    /// Queues a picture that the server does not have.
    pub fn submit(
        &self,
        png: &[u8],
        fields: &Map<String, Value>,
        key: &str,
    ) -> Result<String, RemoteError> {
        let sent = self.agent.post(self.at("/v1/decompositions"));
        let sent = sent.query("request", Value::Object(fields.clone()).to_string());
        let sent = self.signed(sent).header("idempotency-key", key);
        self.submitted(sent.header("content-type", "image/png").send(png))
    }

    pub fn cancel(&self, job: &str) -> Result<(), RemoteError> {
        let sent = self
            .agent
            .delete(self.at(&format!("/v1/decompositions/{job}")));
        self.checked(self.signed(sent).call()).map(drop)
    }

    /// The stream of a job's events after that of id `last`.
    pub(crate) fn events(&self, job: &str, last: u64) -> Result<Body, RemoteError> {
        let sent = self
            .following
            .get(self.at(&format!("/v1/decompositions/{job}/events")));
        let sent = self.signed(sent).header("last-event-id", last.to_string());
        Ok(self.checked(sent.call())?.into_body())
    }

    /// A PNG of a job: `layers/0.png` or `preview/0.png`.
    pub(crate) fn png(&self, job: &str, part: &str) -> Result<Vec<u8>, RemoteError> {
        let answer = self.get(&format!("/v1/decompositions/{job}/{part}"))?;
        let body = answer.into_body().into_with_config().limit(LARGEST_PICTURE);
        body.read_to_vec().map_err(|error| self.gone(&error))
    }

    fn get(&self, path: &str) -> Result<Response<Body>, RemoteError> {
        self.checked(self.signed(self.agent.get(self.at(path))).call())
    }

    fn post_json(
        &self,
        path: &str,
        fields: &Map<String, Value>,
    ) -> Result<Response<Body>, RemoteError> {
        let sent = self.signed(self.agent.post(self.at(path)));
        let text = Value::Object(fields.clone()).to_string();
        self.checked(sent.header("content-type", "application/json").send(text))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn signed<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn submitted(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<String, RemoteError> {
        #[derive(Deserialize)]
        struct Job {
            id: String,
        }
        let job: Job = self.read(self.checked(answer)?)?;
        Ok(job.id)
    }

    fn checked(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, RemoteError> {
        let answer = answer.map_err(|error| self.gone(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(RemoteError::Token {
                url: self.url.clone(),
            }),
            _ => Err(self.refusal(answer)),
        }
    }

    /// Of a server that says no in problem details.
    fn refusal(&self, answer: Response<Body>) -> RemoteError {
        #[derive(Deserialize)]
        struct Problem {
            r#type: String,
            detail: String,
        }
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        match self.read::<Problem>(answer) {
            Ok(problem) => RemoteError::Refused {
                kind: problem
                    .r#type
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                detail: problem.detail,
                retry_after: retry_after.map(Duration::from_secs),
            },
            Err(error) => error,
        }
    }

    fn read<T: DeserializeOwned>(&self, answer: Response<Body>) -> Result<T, RemoteError> {
        let body = answer.into_body().into_with_config().limit(LARGEST_ANSWER);
        let text = body.read_to_vec().map_err(|error| self.gone(&error))?;
        serde_json::from_slice(&text).map_err(|error| self.strange(&error))
    }

    pub(crate) fn strange(&self, error: &dyn std::fmt::Display) -> RemoteError {
        RemoteError::Strange {
            url: self.url.clone(),
            error: error.to_string(),
        }
    }

    pub(crate) fn gone(&self, error: &dyn std::fmt::Display) -> RemoteError {
        RemoteError::Gone {
            url: self.url.clone(),
            error: error.to_string(),
        }
    }
}

impl From<RemoteError> for EngineError {
    fn from(error: RemoteError) -> Self {
        match &error {
            RemoteError::Refused { kind, detail, .. } if kind == "invalid_request" => {
                Self::InvalidRequest(detail.clone())
            }
            _ => Self::Backend(error.to_string()),
        }
    }
}
