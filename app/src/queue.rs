//! Jobs for whichever worker takes them: which backend each is for, and what that needs of a computer.

use cluster::{Cluster, Need};
use engine::{
    BackendChoice, BackendStatus, CancelToken, DecomposeRequest, Decomposition, EngineError,
    Estimate, EventKind, Resolution,
};
use service::{Listener, Workers};
use uuid::Uuid;
use words::say;

use crate::backends::{controls, names};

/// Has the job done by a worker, and waits for its layers.
pub fn decompose(
    cluster: &Cluster,
    request: &DecomposeRequest,
    on_event: &mut dyn FnMut(EventKind),
    cancel: &CancelToken,
) -> Result<Decomposition, EngineError> {
    let (need, placed) = place(cluster, request)?;
    let mut decomposition = cluster.decompose(need, &placed, on_event, cancel)?;
    // As it was asked for, whichever backend that came to.
    decomposition.report.request = request.clone();
    Ok(decomposition)
}

/// The job with its backend named. Auto is the first that some worker can run now, or the best where there is no worker yet.
pub fn place(
    cluster: &Cluster,
    request: &DecomposeRequest,
) -> Result<(Need, DecomposeRequest), EngineError> {
    let all = controls().map(|(id, controls)| (id, Need::of(request, &controls)));
    let found = match &request.backend {
        BackendChoice::Auto => {
            let taken = cluster.taken();
            let is_taken = all.iter().find(|(_, need)| taken.contains(need));
            is_taken.or(all.first())
        }
        BackendChoice::Named(name) => all.iter().find(|(id, _)| id.id == *name),
    };
    let Some((id, need)) = found else {
        let asked = match &request.backend {
            BackendChoice::Named(name) => name.clone(),
            BackendChoice::Auto => "auto".to_owned(),
        };
        let known = names();
        return Err(EngineError::UnknownBackend { asked, known });
    };
    let placed = DecomposeRequest {
        backend: BackendChoice::Named(id.id.to_string()),
        ..request.clone()
    };
    Ok((*need, placed))
}

/// For a server, whose jobs have ids of their own.
pub struct Queue(pub Cluster);

impl Workers for Queue {
    fn backends(&self) -> Vec<BackendStatus> {
        let taken = self.0.taken();
        let status = |(backend, controls)| {
            let mut request = DecomposeRequest::new(Default::default());
            let mut is_taken = false;
            for resolution in [Resolution::R640, Resolution::R1024] {
                request.diffusion.resolution = resolution;
                is_taken |= taken.contains(&Need::of(&request, &controls));
            }
            let reason = match is_taken {
                true => say!("worker-is-there"),
                false => say!("worker-is-not-there"),
            };
            BackendStatus {
                backend,
                ready: true,
                reason: reason.into(),
                controls,
                model: None,
            }
        };
        controls().map(status).into()
    }

    fn estimate(&self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        let (need, placed) = place(&self.0, request)?;
        self.0.estimate(need, &placed)
    }

    fn submit(&self, id: Uuid, request: &DecomposeRequest) -> Result<(), EngineError> {
        let (need, placed) = place(&self.0, request)?;
        self.0.submit(id, need, &placed)
    }

    fn follow(&self, id: Uuid, listener: Listener) {
        self.0.follow_with(id, listener);
    }

    fn cancel(&self, id: Uuid) {
        // Where the server does not hear of it, the job ends by itself.
        let _ = self.0.cancel(id);
    }

    fn forget(&self, id: Uuid) {
        self.0.forget(id);
    }
}
