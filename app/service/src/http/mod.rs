//! The API: who asks, what for, and where the answer is.

mod about;
mod decompositions;
mod events;
mod guard;
mod listen;
mod problem;
mod results;
mod settings;
mod submit;
mod upload;
mod view;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use engine::{BackendStatus, DecomposeRequest};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub use listen::listen;
use problem::Problem;

use crate::executor::Executor;
use crate::jobs::{Jobs, Shared};
use crate::limits::{ANSWER_TIME, SMALL_BODY};
use crate::tokens::Tokens;

/// What all handlers share.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

pub struct Inner {
    pub shared: Shared,
    pub executor: Arc<Executor>,
    pub jobs: Jobs,
    pub tokens: Tokens,
    /// What a client's settings stand in place of.
    pub defaults: DecomposeRequest,
    pub uploads: Semaphore,
    pub decoding: Semaphore,
    pub estimating: AtomicUsize,
    /// True once the server ends.
    pub stop: watch::Receiver<bool>,
}

impl Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Api {
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub async fn backend_statuses(&self) -> Result<Vec<BackendStatus>, Problem> {
        let executor = Arc::clone(&self.executor);
        self.blocking(move || executor.backends()).await
    }

    /// Work that waits for the disk, away from the threads that answer.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Problem::internal(&error))
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lamina",
        description = "One flat picture in, editable layers out.",
        license(name = "Apache-2.0")
    ),
    components(schemas(problem::ProblemDetails)),
    modifiers(&Token),
    security((), ("token" = []))
)]
struct Description;

/// Needed where the server has tokens.
struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        if let Some(components) = &mut api.components {
            components.add_security_scheme("token", scheme);
        }
    }
}

/// Everything the server answers.
pub fn router(api: Api) -> Router {
    // A form is a little more than its picture.
    let largest = api.shared.limits.body as usize + SMALL_BODY;
    let uploads = OpenApiRouter::new()
        .routes(routes!(submit::submit))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(largest));
    let streams = OpenApiRouter::new()
        .routes(routes!(events::events))
        .routes(routes!(results::document))
        .routes(routes!(results::report))
        .routes(routes!(results::layer));
    let answers = OpenApiRouter::new()
        .routes(routes!(decompositions::all))
        .routes(routes!(decompositions::one, decompositions::cancel))
        .routes(routes!(results::preview))
        .routes(routes!(about::backends))
        .routes(routes!(about::estimate))
        .routes(routes!(about::healthz))
        .routes(routes!(about::readyz))
        .routes(routes!(about::metrics))
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            ANSWER_TIME,
        ));
    let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(uploads)
        .merge(streams)
        .merge(answers)
        .split_for_parts();
    // The page asks no other site.
    let page = Config::default().validator_url("none");
    router
        .merge(
            SwaggerUi::new("/docs")
                .config(page)
                .url("/openapi.json", description),
        )
        .fallback(nothing)
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(api.clone(), guard::guard))
        .layer(from_fn(problem::explain))
        .with_state(api)
}

async fn nothing() -> Problem {
    Problem::not_found("there is nothing here; /docs shows what there is")
}
