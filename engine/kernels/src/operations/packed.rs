use candle_core::{DType, Device, Storage, Tensor};
use half::{bf16, f16};
use rayon::prelude::*;

use crate::{Blocks, Result};

/// A matrix [out, in] as a file has it, which is widened into scratch just before its products. Beside thousands of rows that
/// costs little, and the products are those of the dense matrix.
#[derive(Debug, Clone)]
pub struct Packed {
    /// u8: [`Packed::HEADER`] bytes that say how the others are written, so that a slot that layers stream through can hold
    /// any of them; what is behind the matrix means nothing.
    pub(crate) bytes: Tensor,
    pub(crate) shape: [usize; 2],
}

/// How a packed matrix is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    F32,
    F16,
    Bf16,
    Blocks(Blocks),
}

/// Numbers that a thread widens at a time: whole blocks.
const STRETCH: usize = 1 << 14;

impl Packing {
    /// By `ggml_type` (ggml-org/ggml, `include/ggml.h`).
    fn number(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Bf16 => 30,
            Self::Blocks(blocks) => blocks.ggml(),
        }
    }

    fn of_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::F32),
            1 => Some(Self::F16),
            30 => Some(Self::Bf16),
            other => Blocks::of_ggml(other).map(Self::Blocks),
        }
    }

    /// Bytes of so many numbers, which are whole blocks.
    fn bytes(self, numbers: usize) -> usize {
        match self {
            Self::F32 => 4 * numbers,
            Self::F16 | Self::Bf16 => 2 * numbers,
            Self::Blocks(blocks) => numbers / blocks.numbers() * blocks.bytes(),
        }
    }

    fn widen(self, bytes: &[u8], numbers: &mut [f32]) {
        match self {
            Self::F32 => {
                for (number, word) in numbers.iter_mut().zip(bytes.as_chunks::<4>().0) {
                    *number = f32::from_le_bytes(*word);
                }
            }
            Self::F16 => {
                for (number, word) in numbers.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *number = f16::from_le_bytes(*word).to_f32();
                }
            }
            Self::Bf16 => {
                for (number, word) in numbers.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *number = bf16::from_le_bytes(*word).to_f32();
                }
            }
            Self::Blocks(blocks) => blocks.widen(bytes, numbers),
        }
    }
}

impl Packed {
    pub const HEADER: usize = 16;

    /// What a packed matrix has in memory: `data` behind the header, and room for as many bytes of data as `room` where that
    /// is more.
    pub fn layout(packing: Packing, data: &[u8], room: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::HEADER + room.max(data.len()));
        bytes.extend(packing.number().to_le_bytes());
        bytes.resize(Self::HEADER, 0);
        bytes.extend_from_slice(data);
        bytes.resize(Self::HEADER + room.max(data.len()), 0);
        bytes
    }

    /// Of [`Packed::layout`]'s bytes as a tensor of u8.
    pub fn new(bytes: Tensor, shape: [usize; 2]) -> Self {
        Self { bytes, shape }
    }

    /// Several, one below the other.
    pub(crate) fn widen(parts: &[Self], dtype: DType) -> Result<Tensor> {
        if dtype == DType::BF16 {
            fused!(widen(parts));
        }
        let dense = parts.iter().map(|part| part.on_processor(dtype));
        let dense = dense.collect::<Result<Vec<_>>>()?;
        match dense.as_slice() {
            [only] => Ok(only.clone()),
            dense => Tensor::cat(dense, 0),
        }
    }

    /// Widened on the processor, wherever the matrix is.
    fn on_processor(&self, dtype: DType) -> Result<Tensor> {
        let here = self.bytes.to_device(&Device::Cpu)?;
        let (storage, layout) = here.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            candle_core::bail!("a packed matrix is not on the processor");
        };
        let bytes = storage.as_slice::<u8>()?;
        let bytes = bytes.get(layout.start_offset()..).unwrap_or_default();
        let Some((header, data)) = bytes.split_first_chunk::<{ Self::HEADER }>() else {
            candle_core::bail!("a packed matrix has no header");
        };
        let number = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let Some(packing) = Packing::of_number(number) else {
            candle_core::bail!("a packed matrix is written as nothing known");
        };
        let [rows, columns] = self.shape;
        let mut numbers = vec![0f32; rows * columns];
        let stretches = numbers.par_chunks_mut(STRETCH).enumerate();
        stretches.for_each(|(index, numbers)| {
            let start = packing.bytes(index * STRETCH);
            packing.widen(data.get(start..).unwrap_or_default(), numbers);
        });
        let dense = Tensor::from_vec(numbers, (rows, columns), &Device::Cpu)?;
        dense.to_dtype(dtype)?.to_device(self.bytes.device())
    }
}
