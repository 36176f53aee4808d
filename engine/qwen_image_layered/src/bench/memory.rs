//! What a run takes of the devices' memory, and what is kept from it.

use candle_core::{DType, Tensor};
use engine::Stage;
use kernels::{device_memory, tensor_memory};
use runtime::{Offload, Placement};
use serde::Serialize;

use crate::Result;
use crate::pipeline::networks::NetworkBytes;

/// What tensors took at most during a stage, in bytes, of several devices on the fullest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageMemory {
    pub stage: Stage,
    pub peak: u64,
    /// With freed tensors that were kept for the next ones.
    pub held: u64,
    /// Of it, networks that were there and that the stage did not use; not told of several devices.
    pub waiting: Option<u64>,
}

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

/// Bytes of the first device that are neither free nor this program's tensors.
pub(super) fn others(placement: &Placement) -> Result<i64> {
    let device = &placement.block_place().device;
    let Some(memory) = device_memory(device)? else {
        return Ok(0);
    };
    let taken = memory.free + tensor_memory(device)?.now;
    Ok(memory.total as i64 - taken as i64)
}

/// Memory of devices that is taken and not used.
#[derive(Default)]
pub struct Held {
    bytes: Vec<Tensor>,
}

impl Held {
    /// All that is free but so many bytes.
    pub fn all_but(placement: &Placement, free: u64) -> Result<Self> {
        let mut bytes = Vec::new();
        for device in placement.devices() {
            let Some(memory) = device_memory(&device)? else {
                continue;
            };
            let rest = memory.free.saturating_sub(free) as usize;
            bytes.push(Tensor::zeros(rest, DType::U8, &device)?);
            device.synchronize()?;
        }
        Ok(Self { bytes })
    }

    /// Bytes of the first device that others' tensors took at most since the last stage began, and with what was freed and
    /// kept: of a run that found no memory.
    pub fn most_beside(&self, placement: &Placement) -> Result<[u64; 2]> {
        let memory = tensor_memory(&placement.block_place().device)?;
        let own = self
            .bytes
            .first()
            .map_or(0, |held| held.elem_count() as u64);
        Ok([memory.most, memory.most_held].map(|most| most.saturating_sub(own)))
    }
}
