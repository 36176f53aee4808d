//! Some drivers, Windows' above all, let a program take more than a GPU has: the rest lies in the computer's memory, and
//! each use of it goes over the bus. Linux's driver refuses alternative, so this has been tried on figures, not on a GPU.

use candle_core::Device;
use engine::gib;
use kernels::{device_memory, reset_peak, tensor_memory};

use crate::Result;

/// What a GPU holds, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuUse {
    pub total: u64,
    /// All but this program's tensors.
    pub others: u64,
    /// This program's tensors, at most.
    pub tensors: u64,
}

impl GpuUse {
    /// As it is now; `None` of a processor. What tensors take at most is counted from here on.
    pub fn begin(device: &Device) -> Result<Option<Self>> {
        let Some(memory) = device_memory(device)? else {
            return Ok(None);
        };
        reset_peak(device)?;
        let tensors = tensor_memory(device)?.now;
        Ok(Some(Self {
            total: memory.total,
            others: memory.total.saturating_sub(memory.free + tensors),
            tensors,
        }))
    }

    /// What cannot have been on the GPU.
    pub fn spilled(&self) -> u64 {
        let all = self.others.saturating_add(self.tensors);
        all.saturating_sub(self.total)
    }
}

/// A sentence for the user about the GPU that spilled most, if one did.
pub fn spill_note(gpus: &[GpuUse]) -> Option<String> {
    let most = gpus.iter().map(GpuUse::spilled).max()?;
    (most > 0).then(|| {
        format!(
            "{:.1} GiB of the job did not fit into the GPU's memory and lay in the computer's, which makes it many times \
             slower; close other programs that use the GPU, or let the job take less of it.",
            gib(most).max(0.1)
        )
    })
}
