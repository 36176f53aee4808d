use egui::{RichText, Ui};
use engine::{DeviceEstimate, Estimate, gib};

use crate::notifications::sentence;
use crate::state::AppContext;
use crate::widgets::{rounded, sentence_start};

/// What the job would take, or why it cannot run, as its backend tells.
pub fn estimate_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let Some(answer) = &cx.state.estimate.answer else {
        return;
    };
    let text = match answer {
        Ok(estimate) => RichText::new(text_of(estimate)).weak(),
        Err(error) => RichText::new(sentence(&error.to_string())).color(cx.tokens.error),
    };
    ui.label(text.small())
        .on_hover_text("What the job is expected to take, with what is free now");
}

/// "About 26 s. NVIDIA H100: 13.8 GiB.", and what streams from the computer's memory.
fn text_of(estimate: &Estimate) -> String {
    let device = |DeviceEstimate { device, bytes }: &DeviceEstimate| {
        format!(" {}: {:.1} GiB.", sentence_start(device), gib(*bytes))
    };
    let devices: String = estimate.devices.iter().map(device).collect();
    let host = match estimate.host_bytes {
        0 => String::new(),
        bytes => format!(" {:.1} GiB stream from the computer's memory.", gib(bytes)),
    };
    let seconds = std::time::Duration::from_secs_f64(estimate.seconds.clamp(1.0, 1e9));
    format!("About {}.{devices}{host}", rounded(seconds))
}
