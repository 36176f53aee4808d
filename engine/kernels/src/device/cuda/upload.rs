//! Bytes to a device through page-locked buffers: the device reads one while the processor fills the other.

use candle_core::cuda_backend::cudarc::driver::{CudaEvent, sys};
use candle_core::cuda_backend::{CudaDevice, WrapErr};
use candle_core::{DType, Tensor};
use float8::F8E4M3;
use half::{bf16, f16};
use rayon::prelude::*;

use crate::Result;
use crate::device::cuda::buffer::{address, uninitialised};
use crate::device::cuda::page_locked::PageLocked;

/// As large as makes the copies' own start-up nothing beside them.
const BUFFER: usize = 64 << 20;
const BUFFERS: usize = 2;
/// What one thread copies at a time: a single one reads a mapped file at a fraction of the bus's speed.
const PIECE: usize = 2 << 20;

#[derive(Default)]
pub(crate) struct Uploads {
    buffers: Vec<Buffer>,
    next: usize,
}

struct Buffer {
    memory: PageLocked,
    /// The device has read what it holds.
    read: Option<CudaEvent>,
}

impl Uploads {
    /// `None`: numbers of this type do not come from files. When it returns, `bytes` are read.
    pub fn tensor(
        &mut self,
        bytes: &[u8],
        dtype: DType,
        shape: &[usize],
        device: &CudaDevice,
    ) -> Result<Option<Tensor>> {
        // SAFETY: all of it is written below, on the device's own stream; an upload that fails drops it unread.
        let (tensor, to) = unsafe {
            match dtype {
                DType::BF16 => {
                    let tensor = uninitialised::<bf16>(shape, device)?;
                    let to = address::<bf16>(&tensor)?;
                    (tensor, to)
                }
                DType::F16 => {
                    let tensor = uninitialised::<f16>(shape, device)?;
                    let to = address::<f16>(&tensor)?;
                    (tensor, to)
                }
                DType::F32 => {
                    let tensor = uninitialised::<f32>(shape, device)?;
                    let to = address::<f32>(&tensor)?;
                    (tensor, to)
                }
                DType::U8 => {
                    let tensor = uninitialised::<u8>(shape, device)?;
                    let to = address::<u8>(&tensor)?;
                    (tensor, to)
                }
                DType::F8E4M3 => {
                    let tensor = uninitialised::<F8E4M3>(shape, device)?;
                    let to = address::<F8E4M3>(&tensor)?;
                    (tensor, to)
                }
                _ => return Ok(None),
            }
        };
        if bytes.len() != tensor.elem_count() * dtype.size_in_bytes() {
            candle_core::bail!("{} bytes are no {dtype:?} of {shape:?}", bytes.len());
        }
        self.copy(bytes, to, device)?;
        Ok(Some(tensor))
    }

    /// `to`: an address with room for `bytes`.
    fn copy(&mut self, bytes: &[u8], to: u64, device: &CudaDevice) -> Result<()> {
        let stream = device.cuda_stream();
        let mut to = to;
        for part in bytes.chunks(BUFFER) {
            let buffer = self.next_free(device)?;
            // Waiting for the buffer may have made the device current that read it last, whose stream has the same name.
            stream.context().bind_to_thread().w()?;
            let places = buffer.memory.bytes_mut().par_chunks_mut(PIECE);
            places
                .zip(part.par_chunks(PIECE))
                .for_each(|(place, piece)| {
                    if let Some(place) = place.get_mut(..piece.len()) {
                        place.write_copy_of_slice(piece);
                    }
                });
            // SAFETY: both sides have room for `part`; the buffer is neither filled nor freed before `read`.
            unsafe {
                let from = buffer.memory.start();
                sys::cuMemcpyHtoDAsync_v2(to, from, part.len(), stream.cu_stream()).result()
            }
            .w()?;
            buffer.read = Some(stream.record_event(None).w()?);
            to += part.len() as u64;
        }
        Ok(())
    }

    fn next_free(&mut self, device: &CudaDevice) -> Result<&mut Buffer> {
        if self.buffers.len() < BUFFERS {
            self.next = self.buffers.len();
            self.buffers.push(Buffer {
                memory: PageLocked::new(device.cuda_stream().context(), BUFFER)?,
                read: None,
            });
        }
        let index = self.next;
        self.next = (index + 1) % BUFFERS;
        let Some(buffer) = self.buffers.get_mut(index) else {
            candle_core::bail!("there is no buffer {index}");
        };
        buffer.wait()?;
        Ok(buffer)
    }
}

impl Buffer {
    fn wait(&mut self) -> Result<()> {
        if let Some(read) = self.read.take() {
            read.synchronize().w()?;
        }
        Ok(())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // A device that fails here fails again where somebody can be told.
        let _ = self.wait();
    }
}
