use std::sync::OnceLock;

use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::CudaFunction;
use candle_core::cuda_backend::cudarc::nvrtc;

/// Kernels in CUDA's C++, compiled at first use.
pub(crate) struct Source {
    name: &'static str,
    text: &'static str,
    code: OnceLock<Option<String>>,
}

impl Source {
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            code: OnceLock::new(),
        }
    }

    /// `None`: it cannot be compiled here.
    pub fn kernel(&self, device: &CudaDevice, name: &str) -> Option<CudaFunction> {
        let code = self.code.get_or_init(|| {
            let options = nvrtc::CompileOptions {
                arch: Some("compute_80"),
                ..Default::default()
            };
            let code = nvrtc::compile_ptx_with_opts(self.text, options).ok()?;
            Some(code.to_src())
        });
        let function = device.get_or_load_custom_func(name, self.name, code.as_ref()?);
        Some(function.ok()?.into_cuda_function())
    }
}
