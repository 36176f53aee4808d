use std::time::Duration;

use serde::Deserialize;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use crate::{DownloadError, Result, Tuning};

const HUGGING_FACE: &str = "https://huggingface.co";
const MODELSCOPE: &str = "https://modelscope.cn/models";
/// A list of a repository's files is under 1 MB.
const LONGEST_LIST: u64 = 16 << 20;

/// Where files come from.
#[derive(Debug, Clone)]
pub struct Server {
    agent: Agent,
    kind: Kind,
    /// Without a slash at its end.
    endpoint: String,
    token: Option<String>,
    offline: bool,
    pub(crate) tuning: Tuning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Or what answers as it does.
    HuggingFace,
    ModelScope,
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    pub path: String,
    pub size: u64,
    /// In hexadecimal; small files have none.
    pub sha256: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

impl Server {
    /// Hugging Face, as `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` have it.
    pub fn from_env() -> Self {
        let text = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let mut server = Self::new(text("HF_ENDPOINT").as_deref().unwrap_or(HUGGING_FACE));
        server.token = text("HF_TOKEN");
        // As huggingface_hub reads it.
        server.offline = text("HF_HUB_OFFLINE").is_some_and(|value| {
            ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str())
        });
        server
    }

    /// ModelScope, which has the same files under the same names.
    pub fn modelscope() -> Self {
        Self {
            kind: Kind::ModelScope,
            token: None,
            endpoint: MODELSCOPE.into(),
            ..Self::from_env()
        }
    }

    /// What answers as Hugging Face does, without a token.
    pub fn new(endpoint: &str) -> Self {
        Self {
            kind: Kind::HuggingFace,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: None,
            offline: false,
            agent: agent(Tuning::default()),
            tuning: Tuning::default(),
        }
    }

    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self
        }
    }

    #[must_use]
    pub fn with_tuning(self, tuning: Tuning) -> Self {
        Self {
            agent: agent(tuning),
            tuning,
            ..self
        }
    }

    /// A repository's files with their sizes and hashes.
    pub fn list(&self, repository: &str) -> Result<Vec<RemoteFile>> {
        let url = match self.kind {
            Kind::HuggingFace => format!(
                "{}/api/models/{repository}/tree/main?recursive=true",
                self.endpoint
            ),
            // ModelScope's own lists have no hashes: Hugging Face knows them.
            Kind::ModelScope => return Self::from_env().list(repository),
        };
        let mut response = self.get(&url, None)?;
        let unreadable = |reason: String| DownloadError::Unreadable {
            url: url.clone(),
            reason,
        };
        let body = response.body_mut().with_config().limit(LONGEST_LIST);
        let text = body.read_to_string();
        let text = text.map_err(|error| unreadable(error.to_string()))?;
        let listed: Vec<Listed> =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let files = listed.into_iter().filter(|entry| entry.kind == "file");
        Ok(files.map(RemoteFile::from).collect())
    }

    /// Of a file's bytes.
    pub(crate) fn address(&self, repository: &str, path: &str) -> String {
        let branch = match self.kind {
            Kind::HuggingFace => "main",
            Kind::ModelScope => "master",
        };
        format!("{}/{repository}/resolve/{branch}/{path}", self.endpoint)
    }

    /// All bytes, or those from the first to the last of `range`; follows to where they are.
    pub(crate) fn get(&self, url: &str, range: Option<(u64, u64)>) -> Result<Response<Body>> {
        if self.offline {
            return Err(DownloadError::Offline(url.to_owned()));
        }
        let mut request = self.agent.get(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((first, last)) = range {
            request = request.header("range", format!("bytes={first}-{last}"));
        }
        let response = request.call().map_err(|error| DownloadError::Unreachable {
            url: url.to_owned(),
            reason: error.to_string(),
        })?;
        let url = url.to_owned();
        match response.status().as_u16() {
            200 | 206 => Ok(response),
            status @ (401 | 403) => Err(DownloadError::Forbidden { url, status }),
            404 => Err(DownloadError::NotThere(url)),
            status => Err(match retry_after(response.headers()) {
                Some(pause) if pause <= LONGEST_PAUSE => DownloadError::Busy { url, status, pause },
                _ => DownloadError::Refused { url, status },
            }),
        }
    }
}

/// No server is waited for longer than this at its own word.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?;
    Some(Duration::from_secs(seconds.trim().parse().ok()?))
}

/// Redirects go on without the token, which is for the first server only.
fn agent(tuning: Tuning) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(tuning.answer))
        .timeout_recv_response(Some(tuning.answer))
        .timeout_recv_body(Some(tuning.part))
        .user_agent(concat!("lamina/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

impl From<Listed> for RemoteFile {
    fn from(listed: Listed) -> Self {
        let (size, sha256) = match listed.lfs {
            Some(lfs) => (lfs.size, Some(lfs.oid)),
            None => (listed.size, None),
        };
        Self {
            path: listed.path,
            size,
            sha256,
        }
    }
}
