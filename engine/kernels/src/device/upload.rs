use std::cell::RefCell;

use candle_core::{DType, Device, Tensor};

use crate::Result;

/// Brings numbers from where a file is mapped to devices. On CUDA they go through two small page-locked buffers, so that
/// they are never whole in the computer's memory a second time; the buffers are there for as long as this is.
#[derive(Default)]
pub struct Uploads {
    #[cfg(feature = "cuda")]
    gpu: RefCell<crate::device::cuda::upload::Uploads>,
    #[cfg(not(feature = "cuda"))]
    _not_shared: RefCell<()>,
}

impl Uploads {
    /// A tensor of little-endian numbers; `bytes` have been read when it returns.
    pub fn tensor(
        &self,
        bytes: &[u8],
        dtype: DType,
        shape: &[usize],
        device: &Device,
    ) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(gpu) = device
            && let Some(tensor) = self.gpu.borrow_mut().tensor(bytes, dtype, shape, gpu)?
        {
            return Ok(tensor);
        }
        Tensor::from_raw_buffer(bytes, dtype, shape, device)
    }
}
