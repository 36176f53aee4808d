use std::ffi::c_void;

use candle_core::Tensor;
use float8::F8E4M3;
use half::bf16;

use super::context::run;
use super::graph::{ALIGNMENT, Shape};
use super::library::Library;
use super::operation::{self, Operation};
use super::{aligned, aligned_stride};
use crate::device::cuda::buffer;

/// The first version whose one-operation attention is known to be right (NVIDIA/cudnn-frontend 1.32,
/// `include/cudnn_frontend/node/scaled_dot_product_flash_attention.h`).
const WHOLE_SINCE: usize = 91301;

/// `crate::attention` where each query sees all keys, of bf16 tensors [heads, rows, d] on a device. The result's memory is
/// [rows, heads, d].
pub(crate) fn attention(q: &Tensor, k: &Tensor, v: &Tensor) -> candle_core::Result<Option<Tensor>> {
    let Ok(library) = Library::get() else {
        return Ok(None);
    };
    if library.version >= WHOLE_SINCE
        && let Some(out) = attention_by(Operation::Attention, [q, k, v])?
    {
        return Ok(Some(out));
    }
    attention_by(Operation::AttentionInParts, [q, k, v])
}

fn attention_by(
    operation: fn(operation::Attention) -> Operation,
    [q, k, v]: [&Tensor; 3],
) -> candle_core::Result<Option<Tensor>> {
    let (heads, queries, size) = q.dims3()?;
    let shapes = [q, k, v].map(shape);
    let addresses = [aligned(q)?, aligned(k)?, aligned(v)?];
    let ([Some(q_shape), Some(k_shape), Some(v_shape)], [Some(q_at), Some(k_at), Some(v_at)]) =
        (shapes, addresses)
    else {
        return Ok(None);
    };
    let device = buffer::device(q)?;
    // SAFETY: the kernel writes all of it before anything else on this stream reads it; where there is no kernel, it is
    // dropped.
    let rows = unsafe { buffer::uninitialised::<bf16>((queries, heads, size), &device)? };
    let out = rows.transpose(0, 1)?;
    let (Some(out_shape), Some(out_at)) = (shape(&out), aligned(&out)?) else {
        return Ok(None);
    };
    let form = operation::Attention {
        q: q_shape,
        k: k_shape,
        v: v_shape,
        out: out_shape,
    };
    let scale = 1.0 / (size as f32).sqrt();
    let scale_at = (&raw const scale) as *mut c_void;
    let pointers = [q_at, k_at, v_at, scale_at, out_at];
    // SAFETY: the tensors live on this device with these shapes, and are freed in the stream's order; `scale` outlives the
    // call.
    let done = unsafe { run(&device, operation(form), &pointers)? };
    Ok(done.then_some(out))
}

/// The same in e4m3, of rows [rows, 3, heads, d] of query, key and value: [rows, heads·d] in e4m3. `numbers` in f32: what
/// brings queries, keys and values back to their size, what does so to the weights, what makes these large enough for e4m3,
/// the same for the result, and room for the largest weight and the largest number of the result.
pub(crate) fn attention_in_fp8(
    parts: &Tensor,
    numbers: &Tensor,
) -> candle_core::Result<Option<Tensor>> {
    let (rows, _, heads, size) = parts.dims4()?;
    let device = buffer::device(parts)?;
    // SAFETY: the kernel writes all of it before anything else on this stream reads it; where there is no kernel, it is
    // dropped.
    let out = unsafe { buffer::uninitialised::<F8E4M3>((rows, heads * size), &device)? };
    let (from, to) = (
        buffer::address::<F8E4M3>(parts)?,
        buffer::address::<F8E4M3>(&out)?,
    );
    let numbers = buffer::address::<f32>(numbers)?;
    let width = heads * size;
    let fits = [from, to, width as u64, size as u64]
        .iter()
        .all(|bytes| bytes.is_multiple_of(ALIGNMENT as u64));
    if Library::get().is_err() || !fits {
        return Ok(None);
    }
    let shape = |parts: usize| Shape {
        sizes: [1, heads, rows, size].map(|size| size as i64),
        strides: [rows * parts * width, size, parts * width, 1].map(|stride| stride as i64),
    };
    let form = operation::Attention {
        q: shape(3),
        k: shape(3),
        v: shape(3),
        out: shape(1),
    };
    let scale = 1.0 / (size as f32).sqrt();
    let at = |address: u64| address as *mut c_void;
    let number = |index: usize| at(numbers + (index * size_of::<f32>()) as u64);
    let part = |index: usize| at(from + (index * width) as u64);
    let mut pointers = vec![part(0), part(1), part(2), (&raw const scale) as *mut c_void];
    pointers.extend([0, 1, 2, 3, 4, 5].map(number));
    pointers.extend([at(to), number(6), number(7)]);
    // SAFETY: the tensors live on this device with these shapes, and are freed in the stream's order; `scale` outlives the
    // call.
    let done = unsafe { run(&device, Operation::AttentionInFp8(form), &pointers)? };
    Ok(done.then_some(out))
}

/// `None`: cuDNN would read it wrongly.
fn shape(x: &Tensor) -> Option<Shape> {
    let (&[heads, rows, size], &[by_head, by_row, 1]) = (x.dims(), x.stride()) else {
        return None;
    };
    // The stride of what is there only once says nothing.
    let by_row = if rows == 1 { size } else { by_row };
    let by_head = if heads == 1 { rows * by_row } else { by_head };
    if ![by_head, by_row, size].into_iter().all(aligned_stride) {
        return None;
    }
    let whole = by_head.max(by_row) * heads.max(rows);
    Some(Shape {
        sizes: [1, heads, rows, size].map(|size| size as i64),
        strides: [whole, by_head, by_row, 1].map(|stride| stride as i64),
    })
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests {
    use candle_core::{DType, Device};

    use super::*;

    /// cuDNN before 9.13.1 knows only the pattern; both are one formula.
    #[test]
    fn both_ways_compute_the_same() {
        let Ok(device) = Device::new_cuda(0) else {
            println!("no GPU, nothing tested");
            return;
        };
        for (rows, heads, size) in [(1001, 24, 128), (640, 1, 384)] {
            let all = Tensor::randn(0.0_f32, 1.0, (rows, 3, heads, size), &device);
            let all = all.and_then(|x| x.to_dtype(DType::BF16)).expect("numbers");
            let part = |part| {
                let part = all.narrow(1, part, 1).and_then(|x| x.squeeze(1));
                part.and_then(|x| x.transpose(0, 1)).expect("view")
            };
            let parts = [&part(0), &part(1), &part(2)];
            let [whole, in_parts] = [
                Operation::Attention as fn(operation::Attention) -> Operation,
                Operation::AttentionInParts,
            ]
            .map(|operation| {
                attention_by(operation, parts)
                    .expect("runs")
                    .expect("a plan")
            });
            let difference = (whole - in_parts).and_then(|x| {
                x.to_dtype(DType::F32)?
                    .abs()?
                    .flatten_all()?
                    .max(0)?
                    .to_scalar::<f32>()
            });
            let difference = difference.expect("difference");
            println!("{heads} x {rows} x {size}: {difference:.2e}");
            assert!(difference < 2e-2, "{difference}");
        }
    }
}
