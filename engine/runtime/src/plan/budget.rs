use candle_core::Device;
use kernels::{device_memory, tensor_memory};

use super::host;
use super::run::Plan;
use crate::Result;
use crate::placement::Placement;

/// Of what is free, this much is left to what libraries and the driver take later, and to gaps between tensors.
const RESERVE: u64 = 7 << 27;

/// What may be used, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of the device's memory. A processor's is the computer's.
    pub device: u64,
    /// Of the computer's memory, for weights that stream.
    pub host: u64,
    pub is_processor: bool,
}

impl Budget {
    pub fn of_gpu(device: u64, host: u64) -> Self {
        Self {
            device,
            host,
            is_processor: false,
        }
    }

    pub fn of_processor(memory: u64) -> Self {
        Self {
            device: memory,
            host: memory,
            is_processor: true,
        }
    }

    /// Of `device`, what a plan may take.
    pub(super) fn room(&self) -> u64 {
        self.device.saturating_sub(self.reserve())
    }

    pub(super) fn reserve(&self) -> u64 {
        if self.is_processor { 0 } else { RESERVE }
    }

    /// What each of the placement's devices and the computer have free now. `kept`: the plan of a model that is still
    /// loaded, whose memory would be freed first. `limit`: at most so much of each device.
    pub fn of(placement: &Placement, kept: Option<&Plan>, limit: Option<u64>) -> Result<Vec<Self>> {
        let free = host::available().unwrap_or(u64::MAX);
        let with_kept = |of_plan: fn(&Plan) -> u64| free.saturating_add(kept.map_or(0, of_plan));
        let at_most = |free: u64| limit.map_or(free, |limit| limit.min(free));
        let budget = |device: Device| {
            let Some(memory) = device_memory(&device)? else {
                return Ok(Self::of_processor(at_most(with_kept(|plan| plan.peak))));
            };
            let tensors = match (kept, tensor_memory(&device)?.now) {
                // A device without pools does not count them.
                (Some(plan), 0) => plan.peak,
                (Some(_), tensors) => tensors,
                (None, _) => 0,
            };
            let host = with_kept(|plan| plan.host);
            Ok(Self::of_gpu(at_most(memory.free + tensors), host))
        };
        placement.devices().into_iter().map(budget).collect()
    }
}

/// The limit, in bytes of the device, for a job that ran out of memory with this plan: a tenth less than it promised.
pub fn lower_limit(plan: &Plan) -> u64 {
    plan.peak / 10 * 9 + RESERVE
}
