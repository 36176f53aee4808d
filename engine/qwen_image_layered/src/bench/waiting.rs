use engine::Stage;
use runtime::{Offload, Placement};

use super::clock::StageMemory;
use crate::pipeline::networks::NetworkBytes;

/// Tells what of each stage's peak were networks that only waited. `bytes`: what each took where it was at the end of a job.
pub(super) fn tell_waiting(
    memory: &mut [StageMemory],
    bytes: &NetworkBytes,
    placement: &Placement,
) {
    if placement.devices().len() > 1 {
        return;
    }
    // With offloading it comes after the prompts, in place of the text encoder.
    let transformer_waits = match placement.offload() {
        Offload::None => bytes.transformer,
        Offload::Component | Offload::Block(_) => 0,
    };
    for stage in memory {
        stage.waiting = match stage.stage {
            Stage::Caption => Some(transformer_waits + bytes.vae),
            Stage::Encode => Some(transformer_waits),
            Stage::Denoise => Some(bytes.text_encoder + bytes.vae),
            Stage::Decode => Some(bytes.text_encoder + bytes.transformer),
            _ => None,
        };
    }
}
