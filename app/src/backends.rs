//! The one place that lists what this program decomposes with, and which model that runs.

use std::sync::Arc;

use anyhow::Result;
use download::Server;
use engine::{Backend, BackendId, Controls, ModelLibrary, ModelSource};
use quick::QuickBackend;
use qwen_image_layered::catalogue::Here;
use qwen_image_layered::{Library, QwenBackend, check};

use crate::args::ModelArgs;

/// The backend with a model of its own, whose layers `--raw` writes.
pub const WITH_MODEL: BackendId = QwenBackend::ID;

/// Best first.
pub fn backends(model: QwenBackend) -> Vec<Box<dyn Backend>> {
    vec![Box::new(model), Box::new(QuickBackend)]
}

/// The same, which say what a job would take while those have one.
pub fn estimators(model: &QwenBackend) -> Vec<Box<dyn Backend>> {
    backends(model.estimator())
}

/// What each heeds, best first.
pub fn controls() -> [(BackendId, Controls); 2] {
    [
        (QwenBackend::ID, QwenBackend::controls()),
        (QuickBackend::ID, QuickBackend::controls()),
    ]
}

/// Whether the name is of a backend without a model.
pub fn has_no_model(name: &str) -> bool {
    controls().iter().any(|(id, _)| id.id == name) && WITH_MODEL.id != name
}

/// All ids, best first, for people.
pub fn names() -> String {
    controls().map(|(id, _)| id.id).join(", ")
}

/// For the window: the model that is installed.
pub fn for_window(settings: &session::SettingsStore) -> QwenBackend {
    QwenBackend::new(installed(settings.get().model.clone()))
}

/// What the window offers of models; `None` where there is no folder to keep them in.
pub fn library() -> Option<Arc<dyn ModelLibrary>> {
    let here = Here::new(None).ok()?;
    Some(Arc::new(Library::new(here, Server::from_env())))
}

/// For the command line. Fails when what the options name, a model or a device, is not there; `is_used` unless a backend
/// without a model was asked for.
pub fn for_command_line(args: &ModelArgs, is_used: bool) -> Result<QwenBackend> {
    let place = &args.place;
    let named = match is_used {
        true => args.source()?,
        false => None,
    };
    if is_used {
        if let Some(source) = &named {
            check(source)?;
        }
        if place.names_a_device() {
            place.placement()?;
        }
    }
    let installed = || installed(session::Settings::load().model);
    Ok(QwenBackend::new(named.or_else(installed)))
}

/// Where the user or Hugging Face has it, or what this program downloaded.
fn installed(remembered: Option<ModelSource>) -> Option<ModelSource> {
    qwen_image_layered::installed(remembered).or_else(|| Here::new(None).ok()?.newest())
}
