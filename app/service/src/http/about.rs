//! The server itself: whether it lives, what it can, and what a job would take.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use engine::{DecomposeRequest, EngineError};
use image::RgbaImage;
use serde_json::{Map, Value};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Api;
use super::problem::{Problem, ProblemDetails};

/// Whether the server lives
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, description = "Text", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether a backend can run and the server takes jobs
#[utoipa::path(
    get, path = "/readyz", tag = "server",
    responses(
        (status = 200, description = "Text", body = String),
        (status = 503, description = "Not now", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn readyz(State(api): State<Api>) -> Result<&'static str, Problem> {
    let statuses = api.backend_statuses().await?;
    let is_ready = statuses.iter().any(|status| status.ready);
    match is_ready && !*api.stop.borrow() {
        true => Ok("ready\n"),
        false => Err(Problem::later(
            "not_ready",
            "no backend can run here now",
            5,
        )),
    }
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "OpenMetrics", content_type = "application/openmetrics-text", body = String)))]
pub async fn metrics(State(api): State<Api>) -> Result<Response, Problem> {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let shared = api.shared.clone();
    let text = api
        .blocking(move || shared.metrics.text(&shared.store))
        .await??;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// What can decompose here, and which settings each heeds, with ranges and defaults
#[utoipa::path(
    get, path = "/v1/backends", tag = "server",
    responses((status = 200, description = "All, best first", body = Vec<Object>))
)]
pub async fn backends(State(api): State<Api>) -> Result<Response, Problem> {
    Ok(Json(api.backend_statuses().await?).into_response())
}

/// A picture's size, and settings.
pub struct EstimateFor;

impl PartialSchema for EstimateFor {
    fn schema() -> RefOr<Schema> {
        let side = || {
            ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::Integer))
                .minimum(Some(1))
                .maximum(Some(LONGEST_SIDE))
                .default(Some(SIDE.into()))
        };
        ObjectBuilder::new()
            .property("width", side())
            .property("height", side())
            .property(
                "resolution",
                ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)),
            )
            .description(Some("And any setting of a decomposition"))
            .into()
    }
}

impl ToSchema for EstimateFor {}

const SIDE: u64 = 1024;
const LONGEST_SIDE: u64 = 8192;

/// What a job would take
#[utoipa::path(
    post, path = "/v1/estimate", tag = "server",
    request_body(content = EstimateFor, content_type = "application/json"),
    responses(
        (status = 200, description = "Seconds, and bytes of each device", body = Object),
        (status = 400, description = "Malformed", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A setting that cannot be", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "Others ask, or no worker answers", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn estimate(
    State(api): State<Api>,
    fields: Result<Json<Map<String, Value>>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, Problem> {
    let Json(mut fields) = fields.map_err(|error| match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY => Problem::bad_request(error.body_text()),
        status => Problem::new(status, "bad_request", error.body_text()),
    })?;
    let mut side = |name| match fields.remove(name) {
        None => Ok(SIDE as u32),
        Some(value) => match value.as_u64() {
            Some(side @ 1..=LONGEST_SIDE) => Ok(side as u32),
            _ => Err(Problem::bad_request(format!(
                "\"{name}\" is 1 to {LONGEST_SIDE}"
            ))),
        },
    };
    let (width, height) = (side("width")?, side("height")?);
    let request = api.request(fields)?;
    let request = DecomposeRequest {
        source: Arc::new(RgbaImage::new(width, height)),
        ..request
    };
    let busy = || Problem::later("busy", "others ask the same; try again later", 10);
    if api.estimating.fetch_add(1, Ordering::Relaxed) >= ESTIMATES {
        api.estimating.fetch_sub(1, Ordering::Relaxed);
        return Err(busy());
    }
    let asked = api.clone();
    let answered = api.blocking(move || {
        let answered = asked.executor.estimate(&request);
        asked.estimating.fetch_sub(1, Ordering::Relaxed);
        answered
    });
    match answered.await? {
        Err(EngineError::Backend(sentence)) if api.executor.outlives() => {
            Err(Problem::later("no_answer", sentence, 10))
        }
        answered => Ok(Json(answered?).into_response()),
    }
}

/// Questions that wait for each other; each holds an empty picture.
const ESTIMATES: usize = 4;
