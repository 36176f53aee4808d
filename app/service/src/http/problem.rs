//! Errors as problem details (RFC 9457).

use std::fmt::Display;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::extract::multipart::MultipartError;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use serde::Serialize;

use crate::ServiceError;
use crate::store::kind;

const TYPE: &str = "application/problem+json";
/// Of a library's own words on what it refuses.
const LONGEST_WORDS: usize = 4096;

/// Why a request is refused.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// The last part of its type, such as "queue_full".
    kind: String,
    detail: String,
    retry_after: Option<u64>,
}

/// RFC 9457.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// `urn:lamina:problem:queue_full`
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// One sentence, with what to do.
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, kind: &str, detail: impl Display) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            detail: detail.to_string(),
            retry_after: None,
        }
    }

    pub fn bad_request(detail: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    pub fn unusable(kind: &str, detail: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, detail)
    }

    pub fn not_found(detail: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// For a body of more bytes than `most`.
    pub fn too_large(most: u64) -> Self {
        let detail = format!("this server takes {most} bytes at most; send a smaller picture");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// It may succeed after so many seconds.
    pub fn later(kind: &str, detail: impl Display, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, detail)
        }
    }

    pub fn internal(error: &dyn Display) -> Self {
        eprintln!("lamina: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error)
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Engine(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::QueueFull => Self::later("queue_full", &error, 5),
            EngineError::EngineGone | EngineError::Backend(_) => Self::internal(&error),
            _ => Self::unusable(&kind(&error), &error),
        }
    }
}

/// The client broke off, or sent no form.
impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Self {
        Self::new(error.status(), "bad_request", error.body_text())
    }
}

/// The client broke off.
impl From<axum::Error> for Problem {
    fn from(error: axum::Error) -> Self {
        Self::bad_request(format!(
            "the body did not arrive whole ({error}); send it again"
        ))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let details = ProblemDetails {
            kind: format!("urn:lamina:problem:{}", self.kind),
            title: self.status.canonical_reason().unwrap_or("Problem").into(),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let text = serde_json::to_string(&details).unwrap_or_default();
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What a library refuses by itself, in its own words, becomes a problem as well.
pub async fn explain(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let (status, is_error) = {
        let status = response.status();
        (status, status.is_client_error() || status.is_server_error())
    };
    let is_explained = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|found| found == TYPE);
    if !is_error || is_explained {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let words = to_bytes(body, LONGEST_WORDS).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let (kind, detail) = match status {
        StatusCode::NOT_FOUND => (
            "not_found",
            "there is nothing here; /docs shows what there is",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "this cannot be done here; /docs shows what can",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "too_large",
            "the body is larger than this server takes; send a smaller picture",
        ),
        StatusCode::REQUEST_TIMEOUT => ("timeout", "this took too long; try again"),
        _ if words.trim().is_empty() => ("problem", "the request cannot be answered"),
        _ => ("problem", words.trim()),
    };
    let explained = Problem::new(status, kind, detail).into_response();
    let (head, body) = explained.into_parts();
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    for name in [CONTENT_TYPE, WWW_AUTHENTICATE] {
        if let Some(value) = head.headers.get(&name) {
            parts.headers.insert(name, value.clone());
        }
    }
    Response::from_parts(parts, Body::new(body))
}
