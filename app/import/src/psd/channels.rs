//! One channel's samples, unpacked: raw, PackBits, or deflate with or without prediction.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::cursor::Cursor;
use crate::error::Problem;
use crate::format::Format;

/// Two bytes of PackBits give at most 128.
const MOST_PACKED: usize = 64;
/// A deflate stream unpacks to at most so many times its size (RFC 1951: 258 bytes from two bits).
const MOST_DEFLATED: usize = 1032;

/// Size of a channel, and bits of its samples.
#[derive(Clone, Copy)]
pub struct Shape {
    pub width: usize,
    pub height: usize,
    pub depth: u16,
}

impl Shape {
    fn row_bytes(&self) -> usize {
        (self.width * usize::from(self.depth)).div_ceil(8)
    }

    pub fn bytes(&self) -> usize {
        self.row_bytes() * self.height
    }
}

/// A layer's channel: how it is packed, then its data.
pub fn read(mut data: Cursor, shape: Shape, is_psb: bool) -> Result<Vec<u8>, Problem> {
    if shape.bytes() == 0 {
        return Ok(Vec::new());
    }
    match data.u16()? {
        0 => Ok(data.take(shape.bytes())?.to_vec()),
        1 => {
            let lengths = row_lengths(&mut data, shape.height, is_psb)?;
            unpack_rows(&mut data, &lengths, shape)
        }
        2 => inflate(data.rest(), shape),
        3 => inflate(data.rest(), shape).map(|bytes| undo_prediction(bytes, shape)),
        other => Err(damaged(format!("compression {other}"))),
    }
}

/// The lengths of `rows` packed rows, which stand before them.
pub fn row_lengths(data: &mut Cursor, rows: usize, is_psb: bool) -> Result<Vec<usize>, Problem> {
    let bytes = if is_psb { 4 } else { 2 };
    let table = data.take(rows.saturating_mul(bytes))?;
    let number = |entry: &[u8]| entry.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    Ok(table.chunks_exact(bytes).map(number).collect())
}

/// Rows one after the other; memory is taken only for what they can hold.
pub fn unpack_rows(data: &mut Cursor, lengths: &[usize], shape: Shape) -> Result<Vec<u8>, Problem> {
    let packed = lengths
        .iter()
        .fold(0_usize, |all, n| all.saturating_add(*n));
    check_honest(packed.min(data.rest().len()), MOST_PACKED, shape)?;
    let mut samples = Vec::with_capacity(shape.bytes());
    for (row, length) in lengths.iter().enumerate() {
        unpack(
            data.take(*length)?,
            (row + 1) * shape.row_bytes(),
            &mut samples,
        );
    }
    Ok(samples)
}

/// PackBits (Apple's Technical Note TN1023) until `samples` is `end` long; what is missing is 0.
fn unpack(mut packed: &[u8], end: usize, samples: &mut Vec<u8>) {
    while let Some((&code, rest)) = packed.split_first() {
        let room = end - samples.len();
        match code as i8 {
            -128 => packed = rest,
            repeat @ ..0 => {
                let Some((&value, rest)) = rest.split_first() else {
                    break;
                };
                let count = 1 + usize::from(repeat.unsigned_abs());
                samples.extend(std::iter::repeat_n(value, count.min(room)));
                packed = rest;
            }
            literal => {
                let count = (1 + literal as usize).min(rest.len());
                let (values, rest) = rest.split_at(count);
                samples.extend(values.iter().take(room));
                packed = rest;
            }
        }
    }
    samples.resize(end, 0);
}

fn inflate(data: &[u8], shape: Shape) -> Result<Vec<u8>, Problem> {
    check_honest(data.len(), MOST_DEFLATED, shape)?;
    let mut bytes = Vec::with_capacity(shape.bytes());
    ZlibDecoder::new(data)
        .take(shape.bytes() as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| Problem::damaged(Format::Psd, &error))?;
    bytes.resize(shape.bytes(), 0);
    Ok(bytes)
}

fn check_honest(packed: usize, most: usize, shape: Shape) -> Result<(), Problem> {
    match shape.bytes() <= packed.saturating_mul(most) {
        true => Ok(()),
        false => Err(damaged("a layer is larger than its data")),
    }
}

/// Each sample is the difference to the one before it; of 32 bits the bytes of a row are so, the highest of all samples
/// first.
fn undo_prediction(mut bytes: Vec<u8>, shape: Shape) -> Vec<u8> {
    for row in bytes.chunks_exact_mut(shape.row_bytes()) {
        match shape.depth {
            16 => {
                let (samples, _) = row.as_chunks_mut::<2>();
                let mut last = 0_u16;
                for sample in samples {
                    last = last.wrapping_add(u16::from_be_bytes(*sample));
                    *sample = last.to_be_bytes();
                }
            }
            depth => {
                let mut last = 0_u8;
                for byte in row.iter_mut() {
                    last = last.wrapping_add(*byte);
                    *byte = last;
                }
                if depth == 32 {
                    let planes = row.to_vec();
                    for (index, byte) in row.iter_mut().enumerate() {
                        *byte = planes[index % 4 * shape.width + index / 4];
                    }
                }
            }
        }
    }
    bytes
}

fn damaged(detail: impl Into<String>) -> Problem {
    Problem::Damaged {
        format: Format::Psd,
        detail: detail.into(),
    }
}
