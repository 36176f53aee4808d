use crate::{Backend, BackendChoice, BackendStatus, DecomposeRequest, EngineError};

/// The backend that runs a job, and its status with the reason why it was chosen.
pub(crate) fn choose(
    backends: &[Box<dyn Backend>],
    request: &DecomposeRequest,
) -> Result<(usize, BackendStatus), EngineError> {
    let statuses: Vec<_> = backends
        .iter()
        .map(|backend| backend.status(&request.hardware))
        .collect();
    match &request.backend {
        BackendChoice::Auto => first_ready(statuses),
        BackendChoice::Named(id) => named(statuses, id),
    }
}

fn first_ready(statuses: Vec<BackendStatus>) -> Result<(usize, BackendStatus), EngineError> {
    let mut passed_over = Vec::new();
    for (index, mut status) in statuses.into_iter().enumerate() {
        if status.ready {
            passed_over.insert(0, status.reason);
            status.reason = passed_over.join(" ");
            return Ok((index, status));
        }
        passed_over.push(format!(
            "{} cannot run: {}",
            status.backend.label, status.reason
        ));
    }
    Err(EngineError::NoBackend(if passed_over.is_empty() {
        "none was given".into()
    } else {
        passed_over.join(" ")
    }))
}

fn named(statuses: Vec<BackendStatus>, id: &str) -> Result<(usize, BackendStatus), EngineError> {
    let known = statuses
        .iter()
        .map(|status| status.backend.id.as_ref())
        .collect::<Vec<_>>()
        .join(", ");
    let (index, mut status) = statuses
        .into_iter()
        .enumerate()
        .find(|(_, status)| status.backend.id == id)
        .ok_or_else(|| EngineError::UnknownBackend {
            asked: id.to_owned(),
            known,
        })?;
    if !status.ready {
        return Err(EngineError::Unavailable {
            backend: status.backend.id.into_owned(),
            reason: status.reason,
        });
    }
    status.reason = format!("Chosen by name. {}", status.reason);
    Ok((index, status))
}
