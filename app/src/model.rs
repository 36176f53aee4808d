//! Which model the program runs.

use std::sync::Arc;

use anyhow::Result;
use download::Server;
use engine::{ModelLibrary, ModelSource};
use qwen_image_layered::catalogue::Here;
use qwen_image_layered::{Library, QwenBackend, check};

use crate::args::ModelArgs;

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
