//! What a job made: its document, layers, report, and what it shows of them on its way.

use std::io::Cursor;
use std::path::PathBuf;

use axum::extract::{Path, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use image::ImageFormat;
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::Api;
use super::problem::{Problem, ProblemDetails};
use super::settings::FileBytes;
use crate::jobs::DOCUMENT;
use crate::store::{Job, JobState};

/// As a Photoshop file is named among media.
pub const PHOTOSHOP: &str = "image/vnd.adobe.photoshop";

/// The layers in one Photoshop file
///
/// A PSB where they are too large for a PSD.
#[utoipa::path(
    get, path = "/v1/decompositions/{id}/document.psd", tag = "results",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The file", content_type = "image/vnd.adobe.photoshop", body = inline(FileBytes)),
        (status = 404, description = "No such job, or it is not done", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn document(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    api.document(&id, request).await
}

/// What ran, with which settings, how long each stage took, and the layers
#[utoipa::path(
    get, path = "/v1/decompositions/{id}/report", tag = "results",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "JSON", content_type = "application/json", body = Object),
        (status = 404, description = "There is no such thing", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn report(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (job, folder) = api.done(&id).await?;
    let name = format!("{}.json", stem(&job.name));
    let path = folder.join(format!("{DOCUMENT}.json"));
    file(path, &name, "application/json", request).await
}

/// What is read of a report.
#[derive(Deserialize)]
struct Report {
    layers: Vec<ReportedLayer>,
}

#[derive(Deserialize)]
struct ReportedLayer {
    file: String,
}

/// A layer, bottom first from 0
#[utoipa::path(
    get, path = "/v1/decompositions/{id}/layers/{n}", tag = "results",
    params(("id" = String, Path), ("n" = String, Path, description = "The layer's number and .png, such as 0.png")),
    responses(
        (status = 200, description = "The file", content_type = "image/png", body = inline(FileBytes)),
        (status = 404, description = "No such job or layer, or it is not done", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn layer(
    State(api): State<Api>,
    Path((id, n)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (_, folder) = api.done(&id).await?;
    let n = number(&n)?;
    let report = folder.join(format!("{DOCUMENT}.json"));
    let text = tokio::fs::read(report).await.map_err(|_| gone())?;
    let report: Report = serde_json::from_slice(&text).map_err(|_| gone())?;
    let Some(layer) = report.layers.get(n) else {
        let detail = format!("there are {} layers, from 0 on", report.layers.len());
        return Err(Problem::not_found(detail));
    };
    let path = folder.join(DOCUMENT).join(&layer.file);
    file(path, &layer.file, "image/png", request).await
}

/// An unfinished layer of a job that runs with `previews`
#[utoipa::path(
    get, path = "/v1/decompositions/{id}/preview/{n}", tag = "results",
    params(("id" = String, Path), ("n" = String, Path, description = "The layer's number and .png, such as 0.png")),
    responses(
        (status = 200, description = "The file", content_type = "image/png", body = inline(FileBytes)),
        (status = 404, description = "There is no such thing", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn preview(
    State(api): State<Api>,
    Path((id, n)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let n = number(&n)?;
    let job = api.job(&id).await?;
    let layers = api.feeds().get(job.id).map(|feed| feed.preview());
    let layers = layers.filter(|layers| n < layers.len());
    let layers = layers.ok_or_else(|| Problem::not_found("the job shows no such layer now"))?;
    let encoded = api.blocking(move || {
        let mut png = Cursor::new(Vec::new());
        layers[n].write_to(&mut png, ImageFormat::Png)?;
        Ok::<_, image::ImageError>(png.into_inner())
    });
    let png = encoded.await?.map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_TYPE, "image/png")], png).into_response())
}

impl Api {
    pub async fn document(&self, id: &str, request: Request) -> Result<Response, Problem> {
        let (job, folder) = self.done(id).await?;
        for extension in ["psd", "psb"] {
            let path = folder.join(format!("{DOCUMENT}.{extension}"));
            if path.exists() {
                let name = format!("{}.{extension}", stem(&job.name));
                return file(path, &name, PHOTOSHOP, request).await;
            }
        }
        Err(gone())
    }

    /// A job that is done, and its results' folder.
    async fn done(&self, id: &str) -> Result<(Job, PathBuf), Problem> {
        let job = self.job(id).await?;
        match job.state {
            JobState::Done => {
                let folder = self.shared.store.results(job.id);
                Ok((job, folder))
            }
            JobState::Queued | JobState::Running => Err(Problem::not_found(
                "the job is not done yet; its events tell when it is",
            )),
            JobState::Failed | JobState::Cancelled => Err(Problem::not_found(
                "the job has no results; its error tells why",
            )),
        }
    }
}

/// In parts where that is asked for, and not again what the client has.
async fn file(
    path: PathBuf,
    name: &str,
    kind: &'static str,
    request: Request,
) -> Result<Response, Problem> {
    let served = ServeFile::new(path).oneshot(request).await;
    let mut response = served
        .map_err(|error| Problem::internal(&error))?
        .into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let plain: String = name
        .chars()
        .map(|character| match character {
            ' '..='~' if !matches!(character, '"' | '\\') => character,
            _ => '_',
        })
        .collect();
    // RFC 6266: what reads the second heeds no more the first.
    let whole = percent_encoded(name);
    let disposition = format!("inline; filename=\"{plain}\"; filename*=UTF-8''{whole}");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// As RFC 8187 has it.
fn percent_encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

fn number(file: &str) -> Result<usize, Problem> {
    let number = file.strip_suffix(".png").and_then(|n| n.parse().ok());
    number.ok_or_else(|| Problem::not_found("a layer's name is its number and .png, such as 0.png"))
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn gone() -> Problem {
    Problem::not_found("the results are gone; queue the picture again")
}
