//! What the libraries tell, in the user's language: kinds by their names, plans and results in sentences.

use std::time::Duration;

use document::BlendMode;
use engine::{ModelRole, OffloadChoice, Report, RunPlan, Stage, Tiling, gib};
use words::{decimal, say};

pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepare => say!("stage-prepare"),
        Stage::Load => say!("stage-load"),
        Stage::Caption => say!("stage-caption"),
        Stage::Encode => say!("stage-encode"),
        Stage::Denoise => say!("stage-denoise"),
        Stage::Decode => say!("stage-decode"),
        Stage::Segment => say!("stage-segment"),
        Stage::Inpaint => say!("stage-inpaint"),
        Stage::Rebuild => say!("stage-rebuild"),
        Stage::Read => say!("stage-read"),
    }
}

/// What a file is in a model.
pub fn role_name(role: ModelRole) -> &'static str {
    match role {
        ModelRole::Whole => say!("model-role-whole"),
        ModelRole::Transformer => say!("model-role-transformer"),
        ModelRole::TextEncoder => say!("model-role-text-encoder"),
        ModelRole::Mmproj => say!("model-role-vision-half"),
        ModelRole::Vae => say!("model-role-vae"),
        ModelRole::Lora => say!("model-role-lora"),
    }
}

/// Photoshop's, in that language.
pub fn blend_mode_name(mode: BlendMode) -> &'static str {
    match mode {
        BlendMode::PassThrough => say!("blend-pass-through"),
        BlendMode::Normal => say!("blend-normal"),
        BlendMode::Darken => say!("blend-darken"),
        BlendMode::Multiply => say!("blend-multiply"),
        BlendMode::ColorBurn => say!("blend-color-burn"),
        BlendMode::Lighten => say!("blend-lighten"),
        BlendMode::Screen => say!("blend-screen"),
        BlendMode::ColorDodge => say!("blend-color-dodge"),
        BlendMode::LinearDodge => say!("blend-linear-dodge"),
        BlendMode::Overlay => say!("blend-overlay"),
        BlendMode::SoftLight => say!("blend-soft-light"),
        BlendMode::HardLight => say!("blend-hard-light"),
        BlendMode::Difference => say!("blend-difference"),
        BlendMode::Hue => say!("blend-hue"),
        BlendMode::Saturation => say!("blend-saturation"),
        BlendMode::Color => say!("blend-color"),
        BlendMode::Luminosity => say!("blend-luminosity"),
    }
}

/// "4 s", "2 min 10 s", "1 h 5 min".
pub fn rounded(time: Duration) -> String {
    match time.as_secs_f64().round() as u64 {
        seconds @ 0..60 => say!("unit-duration-seconds", seconds = seconds),
        seconds @ 60..3600 => say!(
            "unit-duration-minutes",
            minutes = seconds / 60,
            seconds = seconds % 60
        ),
        seconds => say!(
            "unit-duration-hours",
            hours = seconds / 3600,
            minutes = seconds % 3600 / 60
        ),
    }
}

/// "bf16, everything stays on the device; at most 47.1 GiB, about 1 min 5 s".
pub fn plan_line(plan: &RunPlan) -> String {
    let offload = match plan.offload_way {
        OffloadChoice::Auto => None,
        OffloadChoice::None => Some(say!("plan-stays").to_owned()),
        OffloadChoice::Component => Some(say!("plan-takes-turns").to_owned()),
        OffloadChoice::Block => Some(say!("plan-streams").to_owned()),
    };
    let tiles = (plan.tiling == Tiling::On).then(|| say!("plan-tiles").to_owned());
    let count = plan.devices.len();
    let several = (count > 1).then(|| say!("plan-several", count = count));
    let how = [Some(plan.precision.to_string()), offload, tiles, several];
    let how: Vec<_> = how.into_iter().flatten().collect();
    let forecast = &plan.forecast;
    let size = |bytes| decimal(gib(bytes), 1);
    let host = match forecast.host_bytes {
        0 => String::new(),
        bytes => say!("plan-host", size = size(bytes)),
    };
    say!(
        "plan-line",
        how = how.join(", "),
        size = size(forecast.device_bytes),
        host = host,
        time = rounded(Duration::from_secs_f64(forecast.seconds.clamp(0.0, 1e9)))
    )
}

/// "4 layers by Quick. Together they give the picture back.", and what else the report says of `layers` layers.
pub fn result_line(report: &Report, layers: usize) -> String {
    let engine = &report.resolved.backend.label;
    let mut sentences = vec![say!("result-layers", count = layers, engine = engine)];
    if let Some(branches) = &report.skipped_steps {
        let branches: Vec<_> = branches.iter().map(u32::to_string).collect();
        sentences.push(say!(
            "result-reused",
            reused = branches.join(" + "),
            steps = report.request.diffusion.steps
        ));
    }
    sentences.extend(report.recomposition.map(|error| match error.is_nothing() {
        true => say!("result-exact").to_owned(),
        false => say!(
            "result-differs",
            mean = decimal(error.mean, 2),
            most = format!("{:.0}", error.p999)
        ),
    }));
    sentences.extend(report.notes.iter().cloned());
    sentences.join(" ")
}
