//! Tensors in page-locked memory, and copies from it on a stream of their own that runs beside the device's arithmetic.

use candle_core::Tensor;
use candle_core::cuda_backend::cudarc::driver::{CudaEvent, sys};
use candle_core::cuda_backend::{CudaDevice, WrapErr};

use crate::Result;
use crate::device::cuda::buffer::address_of_any;
use crate::device::cuda::page_locked::PageLocked;
use crate::device::cuda::stream::OwnStream;

/// Where tensors begin in a buffer; a multiple of what any copy likes.
const ALIGNMENT: usize = 256;

/// Tensors one after the other in page-locked memory.
pub(crate) struct Pinned {
    memory: PageLocked,
    /// Offset and length in bytes of each.
    parts: Vec<(usize, usize)>,
}

impl Pinned {
    pub fn copy_of(device: &CudaDevice, tensors: &[&Tensor]) -> Result<Self> {
        let stream = device.cuda_stream();
        let sources = targets(tensors.iter().copied())?;
        let mut bytes = 0;
        let mut parts = Vec::with_capacity(sources.len());
        for (_, length) in &sources {
            parts.push((bytes, *length));
            bytes += length.next_multiple_of(ALIGNMENT);
        }
        let memory = PageLocked::new(stream.context(), bytes)?;
        let pinned = Self { memory, parts };
        for ((address, _), (offset, length)) in sources.iter().zip(&pinned.parts) {
            // SAFETY: both sides have `length` bytes, and the tensors outlive the copy, which is waited for below.
            unsafe {
                let to = pinned.memory.start().byte_add(*offset);
                sys::cuMemcpyDtoHAsync_v2(to, *address, *length, stream.cu_stream()).result()
            }
            .w()?;
        }
        stream.synchronize().w()?;
        Ok(pinned)
    }
}

struct Slot {
    /// Address and length in bytes of each tensor.
    targets: Vec<(u64, usize)>,
    /// Keeps the addresses valid.
    _tensors: Vec<Tensor>,
    /// The device has done what it was given before the slot is filled.
    free: CudaEvent,
    filled: CudaEvent,
}

pub(crate) struct Ring {
    /// Dropped first, when it waits.
    copies: OwnStream,
    device: CudaDevice,
    slots: Vec<Slot>,
    sources: Vec<Pinned>,
}

impl Ring {
    pub fn new(device: &CudaDevice, slots: Vec<Vec<Tensor>>, sources: Vec<Pinned>) -> Result<Self> {
        let stream = device.cuda_stream();
        let context = stream.context();
        let slots = slots.into_iter().map(|tensors| {
            Ok(Slot {
                targets: targets(&tensors)?,
                _tensors: tensors,
                free: context.new_event(None).w()?,
                filled: context.new_event(None).w()?,
            })
        });
        Ok(Self {
            copies: OwnStream::new(context)?,
            device: device.clone(),
            slots: slots.collect::<Result<_>>()?,
            sources,
        })
    }

    pub fn fill(&self, slot: usize, source: usize) -> Result<()> {
        let (Some(slot), Some(source)) = (self.slots.get(slot), self.sources.get(source)) else {
            candle_core::bail!("the ring has no slot {slot} or source {source}");
        };
        let lengths = slot.targets.iter().map(|(_, length)| length);
        if !lengths.eq(source.parts.iter().map(|(_, length)| length)) {
            candle_core::bail!("a source does not have its slot's tensors");
        }
        let copies = &self.copies;
        slot.free.record(&self.device.cuda_stream()).w()?;
        copies.wait(&slot.free).w()?;
        for ((to, length), (offset, _)) in slot.targets.iter().zip(&source.parts) {
            // SAFETY: both sides have `length` bytes and live until `copies`, which is dropped first, has waited. The
            // device's own stream reads the slot only before `free` and after `filled`.
            unsafe {
                let from = source.memory.start().byte_add(*offset);
                sys::cuMemcpyHtoDAsync_v2(*to, from, *length, copies.cu_stream()).result()
            }
            .w()?;
        }
        slot.filled.record(copies).w()?;
        Ok(())
    }

    pub fn wait(&self, slot: usize) -> Result<()> {
        let Some(slot) = self.slots.get(slot) else {
            candle_core::bail!("the ring has no slot {slot}");
        };
        self.device.cuda_stream().wait(&slot.filled).w()?;
        Ok(())
    }
}

/// Address and length in bytes of each tensor.
fn targets<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Result<Vec<(u64, usize)>> {
    let target = |tensor: &Tensor| {
        if !tensor.is_contiguous() {
            candle_core::bail!("only contiguous tensors are copied as they are");
        }
        let bytes = tensor.elem_count() * tensor.dtype().size_in_bytes();
        Ok((address_of_any(tensor)?, bytes))
    };
    tensors.into_iter().map(target).collect()
}
