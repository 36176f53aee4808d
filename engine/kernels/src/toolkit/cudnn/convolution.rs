use candle_core::{DType, Tensor};
use half::bf16;

use super::aligned;
use super::context::run;
use super::operation::{Convolution, Operation};
use crate::device::cuda::buffer;

/// The tensors of a convolution, all bf16, packed, on one device.
pub(crate) struct Convolved<'a> {
    /// [height, width, in]
    pub x: &'a Tensor,
    /// [out, kernel, kernel, in]
    pub weight: &'a Tensor,
    /// [out]
    pub bias: &'a Tensor,
    pub stride: usize,
    /// Zeros before and after, in both directions alike.
    pub paddings: [usize; 2],
}

/// The convolution's sums and bias in f32, rounded once: [out height, out width, out]. That much cuDNN has compiled
/// already (2 ms for a plan); a further sum would have it compile a kernel for half a second at each number of channels.
pub(crate) fn convolve(tensors: &Convolved) -> candle_core::Result<Option<Tensor>> {
    let Convolved {
        x,
        weight,
        bias,
        stride,
        paddings,
    } = *tensors;
    let (height, width, inputs) = x.dims3()?;
    let (outputs, kernel, _, _) = weight.dims4()?;
    let [before, after] = paddings;
    let [rows, columns] =
        [height, width].map(|length| (length + before + after - kernel) / stride + 1);
    let device = buffer::device(x)?;
    // SAFETY: the kernel writes all of it before anything else on this stream reads it; where there is no kernel, it is
    // dropped.
    let out = unsafe { buffer::uninitialised::<bf16>((rows, columns, outputs), &device)? };

    let mut pointers = Vec::with_capacity(4);
    for tensor in [x, weight, bias, &out] {
        if !tensor.is_contiguous() || tensor.dtype() != DType::BF16 {
            return Ok(None);
        }
        let Some(address) = aligned(tensor)? else {
            return Ok(None);
        };
        pointers.push(address);
    }
    let sizes = |sizes: [usize; 4]| sizes.map(|size| size as i64);
    let form = Convolution {
        x: sizes([1, inputs, height, width]),
        weight: sizes([outputs, inputs, kernel, kernel]),
        out: sizes([1, outputs, rows, columns]),
        stride: stride as i64,
        paddings: paddings.map(|padding| padding as i64),
    };
    // SAFETY: the tensors live on this device, packed in these sizes, and are freed in the stream's order.
    let done = unsafe { run(&device, Operation::Convolution(form), &pointers)? };
    Ok(done.then_some(out))
}
