use crate::{Backend, CancelToken, DecomposeRequest, Decomposition, EngineError, EventKind};

/// Runs one job from request to named layers on the calling thread: choose the backend, decompose, rebuild, prune, name,
/// measure. `on_event` gets `Started`, `Progress` and `Preview`; the result is returned. The worker thread and the
/// command line both go through here.
pub fn run(
    backends: &mut [Box<dyn Backend>],
    request: &DecomposeRequest,
    on_event: &mut dyn FnMut(EventKind),
    cancel: &CancelToken,
) -> Result<Decomposition, EngineError> {
    todo!()
}
