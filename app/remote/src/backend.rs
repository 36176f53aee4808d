use std::thread;
use std::time::{Duration, Instant};

use engine::{
    Backend, BackendId, BackendStatus, DecomposeRequest, EngineError, Estimate, EventKind,
    Hardware, ModelLayer, Progress, Stage, png,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::client::{RemoteError, Server};
use crate::{events, layers};

/// A server estimates for no larger ones.
const LONGEST_SIDE: u32 = 8192;
const CANCEL_POLL: Duration = Duration::from_millis(50);
/// Where a full server names no time.
const COME_BACK: Duration = Duration::from_secs(5);

/// One of a server's backends.
#[derive(Clone)]
pub struct RemoteBackend {
    server: Server,
    /// What the server calls it.
    there: String,
    /// As the server gave it when it was asked first.
    status: BackendStatus,
}

impl RemoteBackend {
    /// All that the server has, best first.
    ///
    /// # Errors
    /// When the server cannot be reached, or answers unlike one.
    pub fn all(server: &Server) -> Result<Vec<Self>, RemoteError> {
        let statuses = server.backends()?.into_iter();
        let backends = statuses.map(|mut status| {
            let label = format!("{} at {}", status.backend.label, server.url());
            status.backend.label = label.into();
            // Its model is chosen, loaded and freed there, and no file of this computer is opened.
            status.model = None;
            status.controls.loras = None;
            Self {
                server: server.clone(),
                there: status.backend.id.to_string(),
                status,
            }
        });
        Ok(backends.collect())
    }

    /// Under an id that tells it from this computer's own: "name@desk:7860".
    pub fn among_others(mut self) -> Self {
        let id = format!("{}@{}", self.there, self.server.host());
        self.status.backend.id = id.into();
        self
    }

    /// What the backend of such an id is called where it runs; any other id is that already.
    pub fn id_there(id: &str) -> &str {
        id.split_once('@').map_or(id, |(there, _)| there)
    }

    /// What the server gets of a request: all but the picture. Its layers are to come as they are made.
    fn fields(&self, request: &DecomposeRequest) -> Result<Map<String, Value>, EngineError> {
        let sent = DecomposeRequest {
            backend: engine::BackendChoice::Named(self.there.clone()),
            rebuild: false,
            ..request.clone()
        };
        match serde_json::to_value(&sent) {
            Ok(Value::Object(mut fields)) => {
                fields.insert("previews".into(), request.previews.into());
                Ok(fields)
            }
            _ => Err(EngineError::InvalidRequest(
                "the request has no text form".into(),
            )),
        }
    }

    /// The picture goes only where its hash does not do; a full server is asked again when it says.
    fn submit(
        &self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<String, EngineError> {
        let png = png(&request.source).map_err(|error| {
            EngineError::Backend(format!("the picture could not be sent: {error}"))
        })?;
        let fields = self.fields(request)?;
        let mut by_hash = fields.clone();
        let sha256 = format!("{:x}", Sha256::digest(&png));
        by_hash.insert("sha256".into(), sha256.into());
        let key = Uuid::now_v7().to_string();
        loop {
            progress.check()?;
            let known = self.server.submit_known(&by_hash, &key);
            let submitted = match known {
                Err(RemoteError::Refused { kind, .. }) if kind == "unknown_picture" => {
                    self.server.submit(&png, &fields, &key)
                }
                known => known,
            };
            match submitted {
                Err(RemoteError::Refused {
                    kind, retry_after, ..
                }) if kind == "queue_full" => wait(retry_after.unwrap_or(COME_BACK), progress)?,
                submitted => return Ok(submitted?),
            }
        }
    }
}

impl Backend for RemoteBackend {
    fn id(&self) -> BackendId {
        self.status.backend.clone()
    }

    fn status(&self, _: &Hardware) -> BackendStatus {
        self.status.clone()
    }

    fn estimate(&mut self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        let mut fields = self.fields(request)?;
        for (name, side) in [
            ("width", request.source.width()),
            ("height", request.source.height()),
        ] {
            fields.insert(name.into(), side.min(LONGEST_SIDE).into());
        }
        Ok(self.server.estimate(&fields)?)
    }

    fn estimator(&self) -> Box<dyn Backend> {
        Box::new(self.clone())
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        progress.report(Stage::Prepare, 0, 1);
        let job = self.submit(request, progress)?;
        let mut on_event = |event| match event {
            EventKind::Planned(plan) => progress.planned(&plan),
            EventKind::Caption(text) => progress.caption(&text),
            EventKind::Note(sentence) => progress.note(&sentence),
            // What comes after the backend is reported here by whoever does it.
            EventKind::Progress {
                stage, step, steps, ..
            } => progress.report(stage, step, steps),
            EventKind::Preview { .. } => progress.preview(layers::preview(&self.server, &job)),
            _ => {}
        };
        let decomposition = events::follow(&self.server, &job, progress, &mut on_event)?;
        if let Some(steps) = &decomposition.report.skipped_steps {
            progress.skipped_steps(steps);
        }
        layers::fetch(&self.server, &job, &decomposition)
    }
}

fn wait(time: Duration, progress: &dyn Progress) -> Result<(), EngineError> {
    let until = Instant::now() + time;
    while Instant::now() < until {
        progress.check()?;
        thread::sleep(CANCEL_POLL);
    }
    Ok(())
}
