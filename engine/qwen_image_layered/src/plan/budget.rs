use candle_core::Device;
use kernels::{device_memory, tensor_memory};

use super::host;
use super::run::Plan;
use crate::Result;
use crate::placement::Placement;

/// Of what is free, this much is left to what libraries and the driver take later, and to gaps between tensors: with 8 to
/// 24 GiB of an H100 free, plans that left 3.0 to 3.9 GiB ran and those that left 1.2 to 2.5 GiB found no memory.
pub(crate) const RESERVE: u64 = 3 << 30;

/// What may be used, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub device: u64,
    /// Of the computer's memory, for weights that stream.
    pub host: u64,
}

impl Budget {
    /// What each of the placement's devices and the computer have free now. `own`: also what this program's tensors take,
    /// which would be freed first. `limit`: at most so much of each device. On a processor nothing is scarce but the
    /// computer's own memory, which is not planned.
    pub fn of(placement: &Placement, own: bool, limit: Option<u64>) -> Result<Vec<Self>> {
        let host = host::available().unwrap_or(u64::MAX);
        let devices = placement.devices().into_iter();
        let budget = |device: Device| {
            let freeable = if own { tensor_memory(&device)?.1 } else { 0 };
            let free = match device_memory(&device)? {
                Some(memory) => memory.free + freeable,
                None => u64::MAX,
            };
            Ok(Self {
                device: limit.map_or(free, |limit| limit.min(free)),
                host,
            })
        };
        devices.map(budget).collect()
    }
}

/// The limit, in bytes of the device, for a job that ran out of memory with this plan: a tenth less than it promised.
pub fn lower_limit(plan: &Plan) -> u64 {
    plan.peak / 10 * 9 + RESERVE
}
