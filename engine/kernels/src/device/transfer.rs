//! Weights that stay in the computer's memory and visit the device: a ring of slots on the device, each a fixed set of
//! tensors, is filled from the sources again and again while the device computes with other slots.

use candle_core::{Device, Tensor};

use crate::Result;
#[cfg(feature = "cuda")]
use crate::device::cuda::transfer as gpu;

/// A copy of tensors in the computer's memory, page-locked where a CUDA device is to read it.
pub struct HostTensors {
    home: Home,
}

enum Home {
    Processor(Vec<Tensor>),
    #[cfg(feature = "cuda")]
    Pinned(gpu::Pinned),
}

/// Slots and the sources that they are filled from. A source has the tensors of a slot, in shapes, types and order.
pub struct Ring {
    ring: AnyRing,
}

enum AnyRing {
    Processor {
        slots: Vec<Vec<Tensor>>,
        sources: Vec<Vec<Tensor>>,
    },
    #[cfg(feature = "cuda")]
    Cuda(gpu::Ring),
}

impl HostTensors {
    /// Of contiguous tensors of one device; waits until they are copied.
    pub fn copy_of(tensors: &[&Tensor]) -> Result<Self> {
        let home = match tensors.first().map(|tensor| tensor.device()) {
            #[cfg(feature = "cuda")]
            Some(Device::Cuda(device)) => Home::Pinned(gpu::Pinned::copy_of(device, tensors)?),
            _ => Home::Processor(tensors.iter().map(|x| x.copy()).collect::<Result<_>>()?),
        };
        Ok(Self { home })
    }
}

impl Ring {
    /// The slots' tensors change under whoever shares them: they are read only between [`Ring::wait`] and the next
    /// [`Ring::fill`] of their slot.
    pub fn new(
        device: &Device,
        slots: Vec<Vec<Tensor>>,
        sources: Vec<HostTensors>,
    ) -> Result<Self> {
        let ring = match device {
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => {
                let sources = sources.into_iter().map(|source| match source.home {
                    Home::Pinned(pinned) => Ok(pinned),
                    Home::Processor(_) => candle_core::bail!("a source is not page-locked"),
                });
                let sources = sources.collect::<Result<_>>()?;
                AnyRing::Cuda(gpu::Ring::new(device, slots, sources)?)
            }
            _ => {
                let sources = sources.into_iter().map(|source| match source.home {
                    Home::Processor(tensors) => Ok(tensors),
                    #[cfg(feature = "cuda")]
                    Home::Pinned(_) => candle_core::bail!("a source belongs to a CUDA device"),
                });
                AnyRing::Processor {
                    slots,
                    sources: sources.collect::<Result<_>>()?,
                }
            }
        };
        Ok(Self { ring })
    }

    /// Begins to copy a source into a slot once all work given to the device so far is done.
    pub fn fill(&self, slot: usize, source: usize) -> Result<()> {
        match &self.ring {
            AnyRing::Processor { slots, sources } => {
                let (Some(slot), Some(source)) = (slots.get(slot), sources.get(source)) else {
                    candle_core::bail!("the ring has no slot {slot} or source {source}");
                };
                for (to, from) in slot.iter().zip(source) {
                    to.slice_set(from, 0, 0)?;
                }
                Ok(())
            }
            #[cfg(feature = "cuda")]
            AnyRing::Cuda(ring) => ring.fill(slot, source),
        }
    }

    /// Work given to the device from now on waits until the slot is filled.
    pub fn wait(&self, slot: usize) -> Result<()> {
        match &self.ring {
            AnyRing::Processor { .. } => {
                let _ = slot;
                Ok(())
            }
            #[cfg(feature = "cuda")]
            AnyRing::Cuda(ring) => ring.wait(slot),
        }
    }
}
