//! NVIDIA's cuDNN 9 through its backend API, where it is installed. Functions that give `None` leave the work to candle.

mod attention;
mod constants;
mod context;
mod convolution;
mod descriptor;
mod error;
mod graph;
mod library;
mod operation;
mod plan;

use candle_core::Tensor;
use candle_core::cuda_backend::CudaDevice;

pub(crate) use attention::{attention, attention_in_fp8};
pub(crate) use convolution::{Convolved, convolve};

use crate::device::cuda::buffer;
use graph::ALIGNMENT;

/// What of cuDNN is missing on the device, and what that costs: sentences for the user.
pub(crate) fn status(device: &CudaDevice) -> Option<String> {
    match context::refusal(device) {
        Ok(None) => None,
        Ok(Some(refusal)) => Some(format!(
            "cuDNN has no kernel for a part of the model, which runs slower ({refusal}); cuDNN 9.14 and libnvrtc of the \
             same CUDA version serve all of it."
        )),
        Err(error) => Some(format!(
            "{error}, so attention and the VAE run several times slower; install cuDNN 9.14 for this CUDA version."
        )),
    }
}

/// Where a bf16 tensor is, if cuDNN can work there.
fn aligned(tensor: &Tensor) -> candle_core::Result<Option<*mut std::ffi::c_void>> {
    let address = buffer::address::<half::bf16>(tensor)?;
    let fits = (address as usize).is_multiple_of(ALIGNMENT);
    Ok(fits.then_some(address as *mut _))
}

/// A stride in elements of bf16 that keeps the alignment.
fn aligned_stride(stride: usize) -> bool {
    (stride * size_of::<half::bf16>()).is_multiple_of(ALIGNMENT)
}
