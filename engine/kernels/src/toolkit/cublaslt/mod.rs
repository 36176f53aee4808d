//! Matrix products by cuBLASLt, with what follows them done before the result leaves the chip.

mod choice;
mod description;

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use candle_core::Error;
use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::cublaslt::result::{self as lt, CublasError};
use candle_core::cuda_backend::cudarc::cublaslt::sys;

use crate::Result;
use crate::device::cuda::buffer;
use crate::device::cuda::side;
use choice::{Algorithm, Choice};
use description::Description;

/// Rows from which on it is worth the trouble to try a product's algorithms.
const MANY_ROWS: usize = 2048;
/// How many are tried.
const TRIED: usize = 8;

/// D[rows, outputs] = X[rows, inputs] · W[outputs, inputs]ᵀ + bias, or GELU of it. Addresses are on the device, of matrices
/// without gaps between their rows except X.
///
/// A gate and a residual are not done here: cuBLASLt 13.1 has no algorithm with a factor for each output in bf16, and adding
/// a matrix costs as much as doing so afterwards (H100, 9600 x 12288 x 3072).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Multiplication {
    pub shape: Shape,
    pub x: u64,
    pub w: u64,
    pub d: u64,
    /// bf16 [outputs]
    pub bias: Option<u64>,
    pub factors: Factors,
}

/// What is multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factors {
    Bf16,
    /// With f32 scales of X's rows [rows] and of W's [outputs] (Hopper, from CUDA 12.9 on).
    ScaledE4m3([u64; 2]),
    /// Without scales, which whoever asked multiplies the result with (Ada and newer).
    E4m3,
}

/// What decides which algorithm is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub rows: usize,
    pub inputs: usize,
    pub outputs: usize,
    /// From one row of X to the next.
    pub stride: usize,
    pub gelu: bool,
}

type FactorKind = std::mem::Discriminant<Factors>;

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    shape: Shape,
    bias: bool,
    factors: FactorKind,
    alignment: u32,
}

/// How products of a kind are done.
struct Way {
    /// See [`Description::set_fast`].
    fast: bool,
    choice: Choice,
}

pub(crate) struct Blas {
    handle: sys::cublasLtHandle_t,
    tries: bool,
    /// None: the library has none for that kind on this device.
    ways: Mutex<HashMap<Kind, Option<Way>>>,
}

// SAFETY: the library's handle may be used by several threads (cuBLASLt's documentation, "Thread Safety").
unsafe impl Send for Blas {}
// SAFETY: as above; what changes is behind a lock.
unsafe impl Sync for Blas {}

impl Drop for Blas {
    fn drop(&mut self) {
        // SAFETY: it was created with this and nothing uses it any more.
        let _ = unsafe { lt::destroy_handle(self.handle) };
    }
}

impl Kind {
    fn of(product: &Multiplication) -> Self {
        Self {
            shape: product.shape,
            bias: product.bias.is_some(),
            factors: std::mem::discriminant(&product.factors),
            alignment: product.alignment(),
        }
    }
}

impl Multiplication {
    /// Of all addresses, in bytes; what exceeds 256 helps no algorithm.
    fn alignment(&self) -> u32 {
        let all = self.x | self.w | self.d;
        if all.is_multiple_of(256) { 256 } else { 16 }
    }
}

impl Blas {
    /// For the device of the current context. `tries`: of products with many rows, several algorithms, to see which is the
    /// fastest. That may change no result, which is known of Hopper's: each sums up in the same order.
    pub fn new(tries: bool) -> std::result::Result<Self, CublasError> {
        Ok(Self {
            handle: lt::create_handle()?,
            tries,
            ways: Mutex::default(),
        })
    }

    /// Whether there is an algorithm for FP8. Nothing is computed, so the addresses are any.
    pub fn multiplies_fp8(&self) -> bool {
        const SIZE: usize = 3072;
        let sample = |factors| Multiplication {
            shape: Shape {
                rows: SIZE,
                inputs: SIZE,
                outputs: SIZE,
                stride: SIZE,
                gelu: false,
            },
            x: 256,
            w: 256,
            d: 256,
            bias: None,
            factors,
        };
        [Factors::ScaledE4m3([256, 256]), Factors::E4m3]
            .map(sample)
            .iter()
            .any(|sample| {
                Description::new(sample)
                    .is_ok_and(|description| self.way(sample, &description).is_some())
            })
    }

    /// False where the library cannot do it on this device; nothing was done then.
    ///
    /// # Safety
    /// The addresses must be of memory as large as the shape says.
    pub unsafe fn multiply(&self, device: &CudaDevice, product: &Multiplication) -> Result<bool> {
        let context = device.cuda_stream().context().clone();
        context.bind_to_thread().map_err(Error::wrap)?;
        let description = match Description::new(product) {
            Ok(description) => description,
            Err(CublasError(
                sys::cublasStatus_t::CUBLAS_STATUS_INVALID_VALUE
                | sys::cublasStatus_t::CUBLAS_STATUS_NOT_SUPPORTED,
            )) => return Ok(false),
            Err(error) => return Err(Error::wrap(error)),
        };
        let kind = Kind::of(product);
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let way = ways
            .entry(kind)
            .or_insert_with(|| self.way(product, &description));
        let Some(Way { fast, choice }) = way else {
            return Ok(false);
        };
        description.set_fast(*fast).map_err(Error::wrap)?;
        let stream = || side::stream(device);
        choice.run(stream, |algorithm| {
            // SAFETY: the caller's promise.
            unsafe { self.queue(device, product, &description, algorithm) }
        })?;
        Ok(true)
    }

    /// # Safety
    /// As for [`Self::multiply`]; the description is the product's, and the algorithm for it.
    unsafe fn queue(
        &self,
        device: &CudaDevice,
        product: &Multiplication,
        description: &Description,
        algorithm: &Algorithm,
    ) -> Result<()> {
        // In the stream's order, so that two threads' products never share it.
        let memory = match algorithm.workspace {
            0 => None,
            // SAFETY: only the library reads what it wrote there.
            bytes => Some(unsafe { buffer::uninitialised::<u8>(bytes, device)? }),
        };
        let address = memory.as_ref().map(buffer::address::<u8>).transpose()?;
        let stream = side::stream(device)?;
        let (one, zero) = (1.0f32, 0.0f32);
        // SAFETY: the description lives until after the call, which only queues the work; the caller promises the rest.
        unsafe {
            lt::matmul(
                self.handle,
                description.operation,
                (&raw const one).cast(),
                (&raw const zero).cast(),
                product.w as *const c_void,
                description.w,
                product.x as *const c_void,
                description.x,
                product.d as *const c_void,
                description.d,
                product.d as *mut c_void,
                description.d,
                &algorithm.algorithm,
                address.unwrap_or(0) as *mut c_void,
                algorithm.workspace,
                stream.cu_stream().cast(),
            )
        }
        .map_err(Error::wrap)
    }

    /// None where the library cannot do it on this device.
    fn way(&self, product: &Multiplication, description: &Description) -> Option<Way> {
        let most = match self.tries && product.shape.rows >= MANY_ROWS {
            true => TRIED,
            false => 1,
        };
        // For few rows and many inputs, FP8 with a bias has only slow algorithms (cuBLASLt 13.1).
        let fast = [product.factors != Factors::Bf16, false];
        fast.into_iter().find_map(|fast| {
            description.set_fast(fast).ok()?;
            let algorithms = description.algorithms(self.handle, product.alignment(), most);
            let choice = Choice::new(algorithms.ok()?)?;
            Some(Way { fast, choice })
        })
    }
}
