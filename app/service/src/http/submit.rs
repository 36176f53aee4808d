//! `POST /v1/decompositions`: from a form, JSON or a picture's bytes to a job in the queue.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::DecomposeRequest;
use futures_util::stream;
use image::RgbaImage;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::Api;
use super::problem::{Problem, ProblemDetails};
use super::results::PHOTOSHOP;
use super::settings::{FileBytes, Form, PictureInJson, Settings};
use super::upload::{StoredPicture, Uploaded, receive};
use super::view::JobView;
use crate::jobs::Command;
use crate::limits::SMALL_BODY;
use crate::store::{Inserted, NewJob};

/// Text that carries a picture is held in memory.
const LARGEST_JSON: usize = 64 << 20;
const LONGEST_KEY: usize = 255;
const LONGEST_NAME: usize = 200;
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a client has told.
#[derive(Default)]
struct Submission {
    fields: Map<String, Value>,
    picture: Option<Uploaded>,
    sha256: Option<String>,
    name: Option<String>,
}

/// Queue a picture
///
/// As a form with a file, as JSON with the picture in base64 or by the hash of one that the server has, or as the picture's
/// bytes with the settings in the query. All settings are optional. Whoever accepts `image/vnd.adobe.photoshop` gets the
/// document once the job is done.
#[utoipa::path(
    post, path = "/v1/decompositions", tag = "decompositions",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same job, and no second one"),
        Settings,
    ),
    request_body(content(
        (Form = "multipart/form-data"),
        (PictureInJson = "application/json"),
        (inline(FileBytes) = "application/octet-stream"),
    )),
    responses(
        (status = 202, description = "It waits", body = JobView, headers(("Location" = String))),
        (status = 200, description = "It was queued before, by the same idempotency key; or the document, where that is accepted", content((JobView = "application/json"), (inline(FileBytes) = "image/vnd.adobe.photoshop"))),
        (status = 400, description = "Not a form, or not JSON", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "The server has no picture of that hash", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 408, description = "The picture took too long", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "Neither form nor JSON nor picture", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A picture that does not decode, or a setting out of range", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The queue is full", body = ProblemDetails, content_type = "application/problem+json", headers(("Retry-After" = u64))),
    )
)]
pub async fn submit(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let idempotency_key = idempotency_key(request.headers())?;
    let wants_document = wants_document(request.headers());
    let limits = Arc::clone(&api.shared.limits);
    // Whoever repeats itself is answered even then.
    if idempotency_key.is_none() && api.waiting().await? >= limits.queue {
        return Err(api.full().await?);
    }
    let received = timeout(limits.upload_time, async {
        let _turn = api.uploads.acquire().await;
        api.wish(request).await
    });
    let wish = received.await.map_err(|_| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "the picture took too long to arrive; try again on a faster line",
        )
    })??;
    let request = api.request(wish.fields)?;
    let kept = match (wish.picture, wish.sha256) {
        (Some(uploaded), _) => api.keep(uploaded).await?,
        (None, Some(sha256)) => api.known(sha256).await?,
        (None, None) => {
            return Err(Problem::unusable(
                "no_picture",
                "there is no picture; send one as the form's file \"picture\"",
            ));
        }
    };
    let new = NewJob {
        idempotency_key,
        name: plain_name(wish.name.as_deref()),
        sha256: kept.sha256,
        width: kept.width,
        height: kept.height,
        request,
    };
    let store = Arc::clone(&api.shared.store);
    let inserted = api
        .blocking(move || store.insert(&new, limits.queue))
        .await??;
    let (status, job) = match inserted {
        Inserted::New(job) => {
            api.jobs.send(Command::Look);
            (StatusCode::ACCEPTED, job)
        }
        Inserted::Known(job) => (StatusCode::OK, job),
        Inserted::Other => {
            return Err(Problem::unusable(
                "idempotency_key_reused",
                "that idempotency key belongs to another job; choose a new one",
            ));
        }
        Inserted::Full => return Err(api.full().await?),
    };
    if wants_document {
        let job = api.ended(&job.id.to_string()).await?;
        return match job.error {
            Some(error) => Err(error.into()),
            None => api.document(&job.id.to_string(), Request::default()).await,
        };
    }
    let view = api.view(job).await?;
    let location = [(LOCATION, view.links.own.clone())];
    Ok((status, location, Json(view)).into_response())
}

impl Api {
    async fn wish(&self, request: Request) -> Result<Submission, Problem> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_lowercase();
        match kind.as_str() {
            "multipart/form-data" => self.form(request).await,
            "application/json" => self.json(request).await,
            "application/octet-stream" => self.bytes(request).await,
            kind if kind.starts_with("image/") => self.bytes(request).await,
            _ => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send multipart/form-data, application/json or a picture's bytes",
            )),
        }
    }

    async fn form(&self, request: Request) -> Result<Submission, Problem> {
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|error| Problem::bad_request(error.body_text()))?;
        let mut wish = Submission::default();
        let mut room = SMALL_BODY;
        while let Some(part) = parts.next_field().await? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == "picture" {
                wish.name = part.file_name().map(str::to_owned).or(wish.name);
                let most = self.shared.limits.body;
                wish.picture = Some(receive(&self.shared.store, most, part).await?);
                continue;
            }
            let text = text(part, &mut room).await?;
            match name.as_str() {
                "sha256" => wish.sha256 = Some(text),
                "name" => wish.name = Some(text),
                "request" => wish.fields.extend(object(text.as_bytes())?),
                _ => drop(wish.fields.insert(name, Value::String(text))),
            }
        }
        Ok(wish)
    }

    async fn json(&self, request: Request) -> Result<Submission, Problem> {
        let most = LARGEST_JSON.min(self.shared.limits.body as usize);
        let bytes = to_bytes(request.into_body(), most).await;
        let bytes = bytes.map_err(|_| Problem::too_large(most as u64))?;
        let mut fields = object(&bytes)?;
        drop(bytes);
        let mut text = |name: &str| match fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::bad_request(format!("\"{name}\" is no text"))),
        };
        let (name, sha256) = (text("name")?, text("sha256")?);
        let picture = match text("picture")? {
            None => None,
            Some(text) => {
                let picture = STANDARD.decode(&text).map_err(|error| {
                    Problem::bad_request(format!("\"picture\" is no base64 ({error})"))
                })?;
                let whole = stream::iter([Ok::<_, Problem>(picture.into())]);
                Some(receive(&self.shared.store, self.shared.limits.body, whole).await?)
            }
        };
        Ok(Submission {
            fields,
            picture,
            sha256,
            name,
        })
    }

    async fn bytes(&self, request: Request) -> Result<Submission, Problem> {
        let Query(query) = Query::<HashMap<String, String>>::try_from_uri(request.uri())
            .map_err(|error| Problem::bad_request(error.body_text()))?;
        let mut fields: Map<String, Value> = query
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let name = fields.remove("name");
        if let Some(Value::String(request)) = fields.remove("request") {
            fields.extend(object(request.as_bytes())?);
        }
        let bytes = request.into_body().into_data_stream();
        let picture = receive(&self.shared.store, self.shared.limits.body, bytes).await?;
        Ok(Submission {
            fields,
            picture: Some(picture),
            sha256: None,
            name: name.and_then(|name| name.as_str().map(str::to_owned)),
        })
    }

    /// The server's own request with the client's settings, for a picture that is put in later: until then it is one pixel.
    pub fn request(&self, mut fields: Map<String, Value>) -> Result<DecomposeRequest, Problem> {
        let previews = match fields.remove("previews") {
            None => false,
            Some(Value::Bool(previews)) => previews,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            Some(_) => return Err(Problem::bad_request("\"previews\" is true or false")),
        };
        let request = DecomposeRequest {
            source: Arc::new(RgbaImage::new(1, 1)),
            previews,
            ..self.defaults.with_fields(&fields)?
        };
        let loras = &request.diffusion.loras;
        if !loras.is_empty() && *loras != self.defaults.diffusion.loras {
            return Err(Problem::unusable(
                "no_files",
                "a server opens no files that a client names; leave out \"loras\"",
            ));
        }
        request.validate()?;
        Ok(request)
    }

    async fn known(&self, sha256: String) -> Result<StoredPicture, Problem> {
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = match is_hash {
            true => self.known_picture(sha256.to_lowercase()).await?,
            false => None,
        };
        known.ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown_picture",
                "the server has no picture of that hash; send the picture",
            )
        })
    }

    async fn waiting(&self) -> Result<usize, Problem> {
        let store = Arc::clone(&self.shared.store);
        Ok(self.blocking(move || store.unclaimed()).await??)
    }

    /// It is worth coming back when one job more has ended.
    async fn full(&self) -> Result<Problem, Problem> {
        let store = Arc::clone(&self.shared.store);
        let mean = self.blocking(move || store.mean_seconds()).await??;
        let seconds = mean.unwrap_or(10.0).ceil().clamp(1.0, 600.0);
        Ok(Problem::later(
            "queue_full",
            "too many jobs are waiting; try again later",
            seconds as u64,
        ))
    }
}

/// In place of the job.
fn wants_document(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|kinds| kinds.to_str().ok());
    accepted.is_some_and(|kinds| kinds.contains(PHOTOSHOP))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::bad_request(format!(
            "an idempotency key has 1 to {LONGEST_KEY} characters"
        ))),
    }
}

/// A field that is no file; all of a form's together are small.
async fn text(mut field: Field<'_>, room: &mut usize) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        *room = room
            .checked_sub(chunk.len())
            .ok_or_else(|| Problem::too_large(SMALL_BODY as u64))?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Problem::bad_request("a field of the form is no UTF-8"))
}

fn object(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    serde_json::from_slice(text)
        .map_err(|error| Problem::bad_request(format!("this is no JSON object ({error})")))
}

/// The last part of a path, without what no file name has.
fn plain_name(name: Option<&str>) -> String {
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next();
    let plain: String = last
        .unwrap_or_default()
        .chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_NAME)
        .collect();
    match plain.trim() {
        "" | "." | ".." => "picture".to_owned(),
        plain => plain.to_owned(),
    }
}
