//! Which model the program runs.

use std::path::PathBuf;

use anyhow::Result;

use qwen_image_layered::{ModelSource, QwenBackend};

use crate::args::ModelArgs;

/// For the window: the model that is installed.
pub fn for_window(settings: &editor::SettingsStore) -> QwenBackend {
    QwenBackend::new(installed(settings.get().model_folder.clone()))
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
            source.check()?;
        }
        if place.names_a_device() {
            place.placement()?;
        }
    }
    let installed = || installed(editor::Settings::load().model_folder);
    Ok(QwenBackend::new(named.or_else(installed)))
}

/// Where the user or Hugging Face has it, or what this program downloaded.
fn installed(remembered: Option<PathBuf>) -> Option<ModelSource> {
    ModelSource::installed(remembered).or_else(crate::models::newest)
}
