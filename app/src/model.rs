//! Which model the program runs.

use anyhow::Result;

use qwen_image_layered::{ModelSource, QwenBackend, RunOptions, Settings, Tiling};

use crate::args::DecomposeArgs;

/// For the window: the model that is installed, with previews.
pub fn for_window(settings: &editor::SettingsStore) -> QwenBackend {
    QwenBackend::new(Settings {
        source: ModelSource::installed(settings.get().model_folder.clone()),
        previews: true,
        ..Settings::default()
    })
}

/// For the command line. Fails when what the options name, a model or a device, is not there.
pub fn for_command_line(args: &DecomposeArgs) -> Result<QwenBackend> {
    let (named, place) = (args.model.source(), &args.model.place);
    if args.backend != "quick" {
        if let Some(source) = &named {
            source.check()?;
        }
        if place.names_a_device() {
            place.placement()?;
        }
    }
    Ok(QwenBackend::new(Settings {
        source: named.or_else(|| ModelSource::installed(editor::Settings::load().model_folder)),
        device: place.device,
        gpus: place.gpus(),
        spread: place.spread,
        precision: place.precision,
        options: RunOptions {
            gpu: args.settings.rng_gpu,
            tiling: if args.model.vae_tiling {
                Tiling::On
            } else {
                Tiling::Off
            },
        },
        offload: place.offload,
        vram_budget: place.vram_budget,
        retry: args.model.retry,
        previews: false,
        dump: None,
    }))
}
