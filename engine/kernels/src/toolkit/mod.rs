//! NVIDIA's libraries and our own compiled kernels: what the fused operations need on a device, made at its first use and kept.

pub(crate) mod cublaslt;
pub(crate) mod cudnn;
pub(crate) mod kernel;
mod nvrtc;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::{
    CudaContext, CudaFunction, LaunchConfig, PushKernelArg,
};
use candle_core::{Error, Tensor};

use crate::Result;
use crate::device::cuda::buffer;
use crate::device::cuda::side;
use crate::device::memory::tells_of_no_memory;
use cublaslt::Blas;
use kernel::Kernel;

pub(crate) const SOURCE: &str = concat!(
    include_str!("kernels/numbers.cu"),
    include_str!("kernels/blocks.cu"),
    include_str!("kernels/activations.cu"),
    include_str!("kernels/rows.cu"),
    include_str!("kernels/heads.cu"),
    include_str!("kernels/attention.cu"),
    include_str!("kernels/lines.cu"),
    include_str!("kernels/products.cu"),
    include_str!("kernels/pictures.cu"),
);
/// Before Ampere there is no bf16 arithmetic.
pub(crate) const OLDEST: (i32, i32) = (8, 0);
/// Its compute capability.
const HOPPER: i32 = 9;

pub(crate) struct Toolkit {
    functions: HashMap<Kernel, CudaFunction>,
    pub blas: Blas,
    /// Whether cuBLASLt multiplies FP8 here.
    pub multiplies_fp8: bool,
}

/// A kernel's argument.
#[derive(Clone, Copy)]
pub(crate) enum Arg {
    Address(u64),
    Count(u32),
    Number(f32),
}

type Toolkits = BTreeMap<usize, std::result::Result<Arc<Toolkit>, String>>;

/// By the device's number: devices of one number share a context.
static TOOLKITS: Mutex<Toolkits> = Mutex::new(BTreeMap::new());

impl Toolkit {
    /// Of the device that a tensor is on; none where there is no such device or something is missing on it.
    pub fn of(tensor: &Tensor) -> Option<(Arc<Self>, CudaDevice)> {
        let device = buffer::device(tensor).ok()?;
        let toolkit = Self::find(&device).ok()?;
        Some((toolkit, device))
    }

    pub fn find(device: &CudaDevice) -> std::result::Result<Arc<Self>, String> {
        let context = device.cuda_stream().context().clone();
        let mut toolkits = TOOLKITS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = toolkits.get(&context.ordinal()) {
            return known.clone();
        }
        let made = Self::new(&context).map(Arc::new);
        // A device that is full now need not be so later.
        if !made
            .as_ref()
            .is_err_and(|refusal| tells_of_no_memory(refusal))
        {
            toolkits.insert(context.ordinal(), made.clone());
        }
        made
    }

    fn new(context: &Arc<CudaContext>) -> std::result::Result<Self, String> {
        let told =
            |error: &dyn std::fmt::Display| format!("the GPU cannot be used fully ({error})");
        context.bind_to_thread().map_err(|error| told(&error))?;
        let capability = context.compute_capability();
        let capability = capability.map_err(|error| told(&error))?;
        if capability < OLDEST {
            return Err(
                "the GPU is older than NVIDIA's Ampere, so it runs the slower operations".into(),
            );
        }
        let module = nvrtc::module(context, SOURCE)?;
        let function = |kernel: &Kernel| {
            let function = module.load_function(kernel.name());
            Ok((*kernel, function.map_err(|error| told(&error))?))
        };
        let functions = Kernel::ALL.iter().map(function);
        let functions = functions.collect::<std::result::Result<_, String>>()?;
        // Of others it is not known whether their algorithms give the same results.
        let blas = Blas::new(capability.0 == HOPPER).map_err(|error| {
            format!("cuBLASLt cannot be used ({error}); update CUDA's run-time libraries")
        })?;
        Ok(Self {
            functions,
            multiplies_fp8: blas.multiplies_fp8(),
            blas,
        })
    }

    /// Queues a kernel on the device's stream, or on the one beside it.
    ///
    /// # Safety
    /// The arguments must be those of the kernel's definition, and the memory they point to as large as it takes it to be.
    pub unsafe fn launch(
        &self,
        device: &CudaDevice,
        kernel: Kernel,
        (blocks, threads): (u32, u32),
        arguments: &[Arg],
    ) -> Result<()> {
        let function = self
            .functions
            .get(&kernel)
            .ok_or_else(|| Error::msg(format!("there is no kernel {}", kernel.name())))?;
        let stream = side::stream(device)?;
        let mut launch = stream.launch_builder(function);
        for argument in arguments {
            match argument {
                Arg::Address(value) => launch.arg(value),
                Arg::Count(value) => launch.arg(value),
                Arg::Number(value) => launch.arg(value),
            };
        }
        let shape = LaunchConfig {
            grid_dim: (blocks, 1, 1),
            block_dim: (threads, 1, 1),
            shared_mem_bytes: 0,
        };
        // SAFETY: the caller's promise.
        unsafe { launch.launch(shape) }.map_err(Error::wrap)?;
        Ok(())
    }
}

pub(crate) fn missing(device: &CudaDevice) -> Option<String> {
    Toolkit::find(device).err()
}

/// What is missing on the device, and what that costs: sentences for the user.
pub(crate) fn status(device: &CudaDevice) -> Vec<String> {
    [missing(device), cudnn::status(device)]
        .into_iter()
        .flatten()
        .collect()
}
