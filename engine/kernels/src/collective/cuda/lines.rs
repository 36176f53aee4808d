//! Parts of rows from one tensor to another, as an exchange between devices takes and gives them.

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Shape, Tensor};
use half::bf16;

use crate::Result;
use crate::device::cuda::buffer::{address, device, uninitialised};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};

/// Numbers of bf16 in a vector of 16 bytes.
const VECTOR: usize = 8;
const WARP: usize = 32;
const MOST_THREADS: usize = 512;

/// Lines of bf16 that lie `stride` numbers apart.
#[derive(Clone, Copy)]
struct Lines {
    address: u64,
    stride: usize,
}

/// A bf16 tensor that holds whatever was in its memory; for others none.
pub(crate) fn room(like: &Tensor, shape: &Shape) -> Result<Option<Tensor>> {
    if like.dtype() != DType::BF16 || !like.device().is_cuda() || shape.elem_count() == 0 {
        return Ok(None);
    }
    // SAFETY: any bits are numbers of bf16, and an exchange writes all of it before it is read.
    unsafe { uninitialised::<bf16>(shape.clone(), &device(like)?) }.map(Some)
}

/// False where it has to be done by candle; nothing was changed then.
pub(crate) fn pack(parts: &[Tensor; 3], first_head: usize, chunk: &Tensor) -> Result<bool> {
    let (rows, three, heads, size) = chunk.dims4()?;
    let (width, target) = (heads * size, address_in_vectors(chunk)?);
    let (Some(target), Some((toolkit, device))) = (target, Toolkit::of(chunk)) else {
        return Ok(false);
    };
    let mut lines = Vec::with_capacity(three);
    for part in parts {
        let Some(from) = Lines::of_heads(part, rows, size)? else {
            return Ok(false);
        };
        lines.push(from.after(first_head * size));
    }
    let to = |part: usize| Lines {
        address: target + (part * width * size_of::<bf16>()) as u64,
        stride: three * width,
    };
    let whole = Lines {
        stride: width,
        ..to(0)
    };
    let copies = match Lines::of_one_buffer(&lines) {
        Some(from) => vec![([from, whole], rows * three)],
        None => {
            let parts = lines.into_iter().enumerate();
            parts.map(|(part, from)| ([from, to(part)], rows)).collect()
        }
    };
    for (lines, count) in copies {
        // SAFETY: the parts have `rows` rows of all heads and the chunk as many of these; `Lines` checked that they lie in
        // whole vectors.
        unsafe { copy(&toolkit, &device, lines, width, count)? };
    }
    Ok(true)
}

/// False where it has to be done by candle; nothing was changed then.
pub(crate) fn place(chunk: &Tensor, out: &Tensor, first: usize) -> Result<bool> {
    let ((rows, width), (of_out, whole)) = (chunk.dims2()?, out.dims2()?);
    if rows != of_out || first + width > whole {
        candle_core::bail!("{rows} × {width} numbers have no place at {first} of {whole}");
    }
    let addresses = (address_in_vectors(chunk)?, address_in_vectors(out)?);
    let ((Some(from), Some(to)), Some((toolkit, device))) = (addresses, Toolkit::of(out)) else {
        return Ok(false);
    };
    if [width, whole, first]
        .iter()
        .any(|count| count % VECTOR != 0)
    {
        return Ok(false);
    }
    let from = Lines {
        address: from,
        stride: width,
    };
    let to = Lines {
        address: to,
        stride: whole,
    };
    // SAFETY: both have so many rows, as wide as checked above.
    unsafe { copy(&toolkit, &device, [from, to.after(first)], width, rows)? };
    Ok(true)
}

impl Lines {
    /// The rows of a tensor [heads, rows, d], in which the heads lie side by side.
    fn of_heads(x: &Tensor, rows: usize, size: usize) -> Result<Option<Self>> {
        let (&[_, of_x, size_of_x], &[by_head, stride, 1]) = (x.dims(), x.stride()) else {
            return Ok(None);
        };
        let aligned = size.is_multiple_of(VECTOR) && stride.is_multiple_of(VECTOR);
        if !is_bf16(x) || (of_x, size_of_x, by_head) != (rows, size, size) || !aligned {
            return Ok(None);
        }
        let address = address::<bf16>(x)?;
        Ok(address
            .is_multiple_of(16)
            .then_some(Self { address, stride }))
    }

    /// Three of one buffer's [rows, 3, heads·d], as lines of all its parts.
    fn of_one_buffer(lines: &[Self]) -> Option<Self> {
        let &[q, k, v] = lines else {
            return None;
        };
        let stride = q.stride / 3;
        let fits = [q, k, v].iter().all(|lines| lines.stride == 3 * stride)
            && [k.address, v.address] == [q.after(stride).address, q.after(2 * stride).address];
        fits.then_some(Self { stride, ..q })
    }

    fn after(self, numbers: usize) -> Self {
        Self {
            address: self.address + (numbers * size_of::<bf16>()) as u64,
            ..self
        }
    }
}

/// # Safety
/// There must be `count` lines of `width` numbers at both, in whole vectors.
unsafe fn copy(
    toolkit: &Toolkit,
    device: &CudaDevice,
    [from, to]: [Lines; 2],
    width: usize,
    count: usize,
) -> Result<()> {
    let vectors = width / VECTOR;
    let arguments = [
        Arg::Address(from.address),
        Arg::Count((from.stride / VECTOR) as u32),
        Arg::Address(to.address),
        Arg::Count((to.stride / VECTOR) as u32),
        Arg::Count(vectors as u32),
    ];
    let threads = vectors.next_multiple_of(WARP).min(MOST_THREADS);
    let grid = (count as u32, threads as u32);
    // SAFETY: the caller's promise.
    unsafe { toolkit.launch(device, Kernel::CopyLines, grid, &arguments) }
}

fn address_in_vectors(x: &Tensor) -> Result<Option<u64>> {
    if !is_bf16(x) || !x.is_contiguous() || x.elem_count() == 0 {
        return Ok(None);
    }
    let address = address::<bf16>(x)?;
    Ok(address.is_multiple_of(16).then_some(address))
}

fn is_bf16(x: &Tensor) -> bool {
    x.dtype() == DType::BF16 && x.device().is_cuda()
}
