use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;

use crate::arrange::arrange;
use crate::choose::choose;
use crate::reading::read_layers;
use crate::reporter::{Followed, Reporter};
use crate::{
    Backend, BackendStatus, CancelToken, DecomposeRequest, Decomposition, EngineError, Estimate,
    EventKind, ModelLayer, Progress, RawDecomposition, RecompositionError, Relay, Report, Resolved,
    ResultLayer, naming, prune, rebuild,
};

/// Runs one job from request to named layers on the calling thread: choose the backend, decompose, prune, rebuild,
/// read, arrange, name, measure. `on_event` gets all events but the last; the result is returned.
pub fn run(
    backends: &mut [Box<dyn Backend>],
    request: &DecomposeRequest,
    on_event: &mut dyn FnMut(EventKind),
    cancel: &CancelToken,
) -> Result<Decomposition, EngineError> {
    make(backends, request, on_event, cancel)?.finish(on_event, cancel)
}

/// The first half of [`run`]: what needs the backends. The second, [`Made::finish`] or [`Made::into_raw`], does not, and may
/// run on another thread while the backends do the next job.
pub fn make(
    backends: &mut [Box<dyn Backend>],
    request: &DecomposeRequest,
    on_event: &mut dyn FnMut(EventKind),
    cancel: &CancelToken,
) -> Result<Made, EngineError> {
    request.validate()?;
    cancel.check()?;
    let (index, status) = choose(backends, request)?;
    status
        .controls
        .check_layers(&status.backend, request.layers)?;
    on_event(EventKind::Started(Box::new(status.clone())));

    let reporter = Reporter::new(Followed::new(), on_event, cancel);
    let layers = guarded(|| backends[index].decompose(request, &reporter))?;
    cancel.check()?;
    check_sizes(&layers)?;
    Ok(Made {
        layers,
        status,
        request: request.clone(),
        followed: reporter.finish(),
    })
}

/// What the job would take, as the backend says that would run it.
pub fn estimate(
    backends: &mut [Box<dyn Backend>],
    request: &DecomposeRequest,
) -> Result<Estimate, EngineError> {
    request.validate()?;
    guarded(|| {
        let (index, status) = choose(backends, request)?;
        status
            .controls
            .check_layers(&status.backend, request.layers)?;
        backends[index].estimate(request)
    })
}

/// What a backend made, and how: at least one layer, all of one size.
pub struct Made {
    layers: Vec<ModelLayer>,
    status: BackendStatus,
    request: DecomposeRequest,
    followed: Followed,
}

impl Made {
    /// The second half of [`run`]: from the backend's layers to named ones.
    pub fn finish(
        self,
        on_event: &mut dyn FnMut(EventKind),
        cancel: &CancelToken,
    ) -> Result<Decomposition, EngineError> {
        let Self {
            layers,
            status,
            request,
            followed,
        } = self;
        let reporter = Reporter::new(followed, on_event, cancel);
        let (source, rebuilds) = (Arc::clone(&request.source), request.rebuild);
        let ((width, height), layers, recomposition) = Relay::run(&reporter, move |relay| {
            let mut layers = prune::prune(layers);
            if rebuilds {
                layers = rebuild(layers, &source, relay, relay.cancel())?;
            }
            read_layers(&mut layers, &ocr::read_layer, relay)?;
            relay.check()?;
            let layers = arrange(layers);
            let recomposition = RecompositionError::measure(&source, &layers);
            relay.check()?;
            let size = layers[0].image.dimensions();
            Ok((size, finish(layers), recomposition))
        })?;
        Ok(Decomposition {
            width,
            height,
            report: report(status, request, reporter.finish(), recomposition),
            layers,
        })
    }

    /// The backend's own layers, all of them and whole, at the backend's size.
    pub fn into_raw(self) -> RawDecomposition {
        RawDecomposition {
            layers: self.layers,
            report: report(self.status, self.request, self.followed, None),
        }
    }
}

fn report(
    status: BackendStatus,
    request: DecomposeRequest,
    followed: Followed,
    recomposition: Option<RecompositionError>,
) -> Report {
    Report {
        request,
        resolved: Resolved {
            backend: status.backend,
            reason: status.reason,
            plan: followed.plan,
            caption: followed.caption,
        },
        stages: followed.stages,
        skipped_steps: followed.skipped_steps,
        notes: followed.notes,
        recomposition,
    }
}

/// A panic ends the job, not the program. A backend must be usable after its own panic.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Err(EngineError::Backend(format!(
            "the backend failed unexpectedly ({text}); try again or choose another"
        )))
    })
}

/// All later code relies on at least one layer, and on all being of one size.
fn check_sizes(layers: &[ModelLayer]) -> Result<(), EngineError> {
    let size = layers.first().map(|layer| layer.image.dimensions());
    match size {
        None | Some((0, _) | (_, 0)) => Err(EngineError::Backend(
            "the backend gave no layers; try another one".into(),
        )),
        Some(size) if layers.iter().any(|layer| layer.image.dimensions() != size) => {
            Err(EngineError::Backend(
                "the backend gave layers of different sizes; try another one".into(),
            ))
        }
        Some(_) => Ok(()),
    }
}

fn finish(layers: Vec<ModelLayer>) -> Vec<ResultLayer> {
    let names = naming::names(&layers);
    layers
        .into_par_iter()
        .zip(names)
        .map(|(layer, name)| {
            let (image, left, top) = prune::trim(layer.image);
            ResultLayer {
                name,
                content: layer.content,
                text: layer.text,
                image: Arc::new(image),
                left,
                top,
            }
        })
        .collect()
}
