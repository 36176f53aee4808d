//! Jobs for whichever worker takes them: which backend each is for, and what that needs of a computer.

use cluster::{Cluster, Need};
use engine::{BackendChoice, CancelToken, DecomposeRequest, Decomposition, EngineError, EventKind};

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
