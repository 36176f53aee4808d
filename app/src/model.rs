//! Which model the program runs.

use anyhow::Result;

use qwen_image_layered::{
    DeviceChoice, Gpus, ModelSource, Placement, QwenBackend, RunOptions, Settings, Tiling,
};

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
    let named = args.model.source();
    if args.backend != "quick" {
        if let Some(source) = &named {
            source.check()?;
        }
        let (device, gpus) = (args.model.device, args.model.memory.gpus());
        if device != DeviceChoice::Auto || gpus != Gpus::One {
            Placement::choose(device, &gpus, args.model.precision)?;
        }
    }
    Ok(QwenBackend::new(Settings {
        source: named.or_else(|| ModelSource::installed(editor::Settings::load().model_folder)),
        device: args.model.device,
        gpus: args.model.memory.gpus(),
        spread: args.model.memory.spread,
        precision: args.model.precision,
        options: RunOptions {
            gpu: args.settings.rng_gpu,
            tiling: if args.model.vae_tiling {
                Tiling::On
            } else {
                Tiling::Off
            },
        },
        offload: args.model.memory.offload,
        vram_budget: args.model.memory.vram_budget,
        retry: args.model.retry,
        previews: false,
        dump: None,
    }))
}
