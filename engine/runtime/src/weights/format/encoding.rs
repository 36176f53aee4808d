use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::DType;
use float8::{F8E4M3, F8E5M2};
use half::{bf16, f16};
use kernels::{Blocks, Packing};
use rayon::prelude::*;

use super::Entry;

/// How a tensor's numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoding {
    /// f32, bf16 or f16.
    Plain(DType),
    E4m3,
    E5m2,
    Int8,
    /// Four bits each, the first number in a byte's upper half.
    Nvfp4,
    Blocks(Blocks),
    /// By its name; a file may have it where nothing asks for it.
    Unread(String),
}

/// What numbers are multiplied with once they are read.
#[derive(Debug)]
pub(super) enum Scaling {
    None,
    Whole(f32),
    /// One for each row.
    Rows(Vec<f32>),
    /// nvfp4's: in e4m3 for each 16 numbers of a row, in the order of [`nvfp4_scale`], and one for all of them.
    Groups {
        scales: Range<usize>,
        whole: f32,
    },
}

/// A tensor as a file has it.
pub struct Stored<'a> {
    pub encoding: &'a Encoding,
    pub shape: &'a [usize],
    pub bytes: &'a [u8],
    scaling: &'a Scaling,
    /// Of the groups.
    scales: &'a [u8],
}

/// A number that is infinite or none.
pub struct NotFinite;

/// Little-endian numbers of one type.
pub struct Plain<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub dtype: DType,
}

/// Numbers that are widened at a time: whole blocks of every encoding.
const STRETCH: usize = 1 << 14;
pub(super) const NVFP4_GROUP: usize = 16;
/// The magnitudes of e2m1.
const E2M1: [f32; 8] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0];

impl<'a> Stored<'a> {
    pub(super) fn new(entry: &'a Entry, file: &'a [u8]) -> Option<Self> {
        let scales = match &entry.scaling {
            Scaling::Groups { scales, .. } => file.get(scales.clone())?,
            _ => &[],
        };
        Some(Self {
            encoding: &entry.encoding,
            shape: &entry.shape,
            bytes: file.get(entry.place.clone())?,
            scaling: &entry.scaling,
            scales,
        })
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Little-endian numbers of a type: `wished`, or as they are where they are plain. `None` where the encoding is not
    /// read.
    pub fn plain(&self, wished: DType) -> Option<Result<Plain<'a>, NotFinite>> {
        match self.encoding {
            Encoding::Plain(dtype) => Some(Ok(Plain {
                bytes: Cow::Borrowed(self.bytes),
                dtype: *dtype,
            })),
            Encoding::Unread(_) => None,
            _ => Some(match wished {
                DType::BF16 => self.widen(|x| bf16::from_f32(x).to_le_bytes(), DType::BF16),
                _ => self.widen(f32::to_le_bytes, DType::F32),
            }),
        }
    }

    /// All numbers, for tensors that are small.
    pub fn numbers(&self) -> Option<Vec<f32>> {
        let mut numbers = vec![0.0; self.count()];
        match self.encoding {
            Encoding::Unread(_) => return None,
            Encoding::Plain(DType::F32) => fill(&mut numbers, self.bytes, f32::from_le_bytes),
            Encoding::Plain(DType::F16) => fill(&mut numbers, self.bytes, |bytes| {
                f16::from_le_bytes(bytes).to_f32()
            }),
            Encoding::Plain(_) => fill(&mut numbers, self.bytes, |bytes| {
                bf16::from_le_bytes(bytes).to_f32()
            }),
            _ => self.stretch(0, &mut numbers),
        }
        Some(numbers)
    }

    /// e4m3 as it is, with a scale for each row, where that is all there is to it.
    pub fn e4m3_rows(&self) -> Option<(&'a [u8], Vec<f32>)> {
        let [rows, _] = *self.shape else { return None };
        let scales = match self.scaling {
            Scaling::None => vec![1.0; rows],
            Scaling::Whole(scale) => vec![*scale; rows],
            Scaling::Rows(scales) => scales.clone(),
            Scaling::Groups { .. } => return None,
        };
        (*self.encoding == Encoding::E4m3).then_some((self.bytes, scales))
    }

    /// How it can stay as it is in memory.
    pub fn packing(&self) -> Option<Packing> {
        match self.encoding {
            Encoding::Plain(DType::F32) => Some(Packing::F32),
            Encoding::Plain(DType::F16) => Some(Packing::F16),
            Encoding::Plain(DType::BF16) => Some(Packing::Bf16),
            Encoding::Blocks(blocks) => Some(Packing::Blocks(*blocks)),
            _ => None,
        }
    }

    /// Whether all numbers are, of blocks.
    pub fn is_finite(&self) -> bool {
        let Encoding::Blocks(_) = self.encoding else {
            return true;
        };
        let count = self.count();
        let stretches = (0..count.div_ceil(STRETCH)).into_par_iter();
        let finite = |numbers: &mut Vec<f32>, index: usize| {
            let start = index * STRETCH;
            let numbers = &mut numbers[..STRETCH.min(count - start)];
            self.stretch(start, numbers);
            numbers.iter().all(|number| number.is_finite())
        };
        let finite = stretches.map_init(|| vec![0.0; STRETCH], finite);
        finite.all(|finite| finite)
    }

    fn widen<const SIZE: usize>(
        &self,
        write: impl Fn(f32) -> [u8; SIZE] + Sync,
        dtype: DType,
    ) -> Result<Plain<'a>, NotFinite> {
        let mut bytes = vec![0; self.count() * SIZE];
        let finite = AtomicBool::new(true);
        bytes
            .par_chunks_mut(STRETCH * SIZE)
            .enumerate()
            .for_each_init(
                || vec![0.0; STRETCH],
                |numbers, (index, bytes)| {
                    let numbers = &mut numbers[..bytes.len() / SIZE];
                    self.stretch(index * STRETCH, numbers);
                    if !numbers.iter().all(|number| number.is_finite()) {
                        finite.store(false, Ordering::Relaxed);
                    }
                    for (bytes, number) in bytes.chunks_exact_mut(SIZE).zip(numbers) {
                        bytes.copy_from_slice(&write(*number));
                    }
                },
            );
        match finite.into_inner() {
            true => Ok(Plain {
                bytes: Cow::Owned(bytes),
                dtype,
            }),
            false => Err(NotFinite),
        }
    }

    /// The numbers from `start`, which is at a block's beginning.
    fn stretch(&self, start: usize, numbers: &mut [f32]) {
        let from = |bytes: usize| self.bytes.get(bytes..).unwrap_or_default();
        match self.encoding {
            Encoding::E4m3 => fill(numbers, from(start), |[byte]| {
                F8E4M3::from_bits(byte).to_f32()
            }),
            Encoding::E5m2 => fill(numbers, from(start), |[byte]| {
                F8E5M2::from_bits(byte).to_f32()
            }),
            Encoding::Int8 => fill(numbers, from(start), |[byte]| f32::from(byte.cast_signed())),
            Encoding::Nvfp4 => {
                for (pair, byte) in numbers.chunks_mut(2).zip(from(start / 2)) {
                    for (number, bits) in pair.iter_mut().zip([byte >> 4, byte & 0xf]) {
                        let magnitude = E2M1[usize::from(bits & 7)];
                        *number = if bits & 8 == 0 { magnitude } else { -magnitude };
                    }
                }
            }
            Encoding::Blocks(blocks) => {
                let first = start / blocks.numbers() * blocks.bytes();
                blocks.widen(from(first), numbers);
            }
            Encoding::Plain(_) | Encoding::Unread(_) => {}
        }
        self.scale(start, numbers);
    }

    fn scale(&self, start: usize, numbers: &mut [f32]) {
        let width = self.shape.iter().skip(1).product::<usize>().max(1);
        match self.scaling {
            Scaling::None => {}
            Scaling::Whole(scale) => numbers.iter_mut().for_each(|number| *number *= scale),
            Scaling::Rows(scales) => {
                for (at, number) in numbers.iter_mut().enumerate() {
                    *number *= scales.get((start + at) / width).copied().unwrap_or(1.0);
                }
            }
            Scaling::Groups { whole, .. } => {
                let groups = numbers.chunks_mut(NVFP4_GROUP).enumerate();
                for (at, group) in groups {
                    let at = start + at * NVFP4_GROUP;
                    let (row, column) = (at / width, at % width / NVFP4_GROUP);
                    let place = nvfp4_scale(row, column, width / NVFP4_GROUP);
                    let byte = self.scales.get(place).copied().unwrap_or_default();
                    let scale = whole * F8E4M3::from_bits(byte).to_f32();
                    group.iter_mut().for_each(|number| *number *= scale);
                }
            }
        }
    }
}

impl Scaling {
    pub fn byte_count(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Whole(_) => size_of::<f32>(),
            Self::Rows(scales) => size_of_val(scales.as_slice()),
            Self::Groups { scales, .. } => scales.len() + size_of::<f32>(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Plain(dtype) => f.write_str(dtype.as_str()),
            Self::E4m3 => f.write_str("fp8 e4m3"),
            Self::E5m2 => f.write_str("fp8 e5m2"),
            Self::Int8 => f.write_str("int8"),
            Self::Nvfp4 => f.write_str("nvfp4"),
            Self::Blocks(blocks) => f.write_str(blocks.name()),
            Self::Unread(name) => f.write_str(name),
        }
    }
}

fn fill<const SIZE: usize>(numbers: &mut [f32], bytes: &[u8], read: impl Fn([u8; SIZE]) -> f32) {
    let (words, _) = bytes.as_chunks::<SIZE>();
    for (number, word) in numbers.iter_mut().zip(words) {
        *number = read(*word);
    }
}

/// How many scales there are for so many rows of groups: whole tiles of 128 × 4.
pub(super) fn nvfp4_scales(rows: usize, groups: usize) -> usize {
    rows.div_ceil(128) * groups.div_ceil(4) * 512
}

/// Where a group's scale is: in tiles of 128 rows and 4 groups, row by row of 32 with the four rows that are 32 apart side
/// by side (NVIDIA cuBLAS, "1D block scaling factors layout").
fn nvfp4_scale(row: usize, group: usize, groups: usize) -> usize {
    let tile = row / 128 * groups.div_ceil(4) + group / 4;
    tile * 512 + row % 32 * 16 + row % 128 / 32 * 4 + group % 4
}
