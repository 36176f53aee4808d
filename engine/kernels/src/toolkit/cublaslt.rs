//! Matrix products by cuBLASLt, with what follows them done before the result leaves the chip.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use candle_core::Error;
use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::cublaslt::result::{self as lt, CublasError};
use candle_core::cuda_backend::cudarc::cublaslt::sys;
use sys::cublasLtMatmulDescAttributes_t as Attribute;

use crate::Result;
use crate::device::cuda::buffer;
use crate::device::cuda::side;

/// Hopper's kernels ask for up to 32 MiB (cuBLAS's documentation, `cublasSetWorkspace`).
static WORKSPACE: usize = 32 << 20;
/// `CUBLAS_OP_T`
const TRANSPOSED: i32 = 1;

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

#[derive(Clone, Copy)]
struct Algorithm {
    algorithm: sys::cublasLtMatmulAlgo_t,
    fast: bool,
    workspace: usize,
}

pub(crate) struct Blas {
    handle: sys::cublasLtHandle_t,
    /// None: the library has none for that kind on this device.
    algorithms: Mutex<HashMap<Kind, Option<Algorithm>>>,
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

impl Multiplication {
    /// Of all addresses, in bytes; what exceeds 256 helps no algorithm.
    fn alignment(&self) -> u32 {
        let all = self.x | self.w | self.d;
        if all.is_multiple_of(256) { 256 } else { 16 }
    }
}

impl Blas {
    /// For the device of the current context.
    pub fn new() -> std::result::Result<Self, CublasError> {
        Ok(Self {
            handle: lt::create_handle()?,
            algorithms: Mutex::default(),
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
                    .is_ok_and(|description| self.algorithm(sample, &description).is_some())
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
        let Some(Algorithm {
            algorithm,
            fast,
            workspace,
        }) = self.algorithm(product, &description)
        else {
            return Ok(false);
        };
        description.set_fast(fast).map_err(Error::wrap)?;
        // In the stream's order, so that two threads' products never share it.
        let memory = match workspace {
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
                &algorithm,
                address.unwrap_or(0) as *mut c_void,
                workspace,
                stream.cu_stream().cast(),
            )
        }
        .map_err(Error::wrap)?;
        Ok(true)
    }

    fn algorithm(&self, product: &Multiplication, description: &Description) -> Option<Algorithm> {
        let kind = Kind {
            shape: product.shape,
            bias: product.bias.is_some(),
            factors: std::mem::discriminant(&product.factors),
            alignment: product.alignment(),
        };
        let mut algorithms = self
            .algorithms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *algorithms.entry(kind).or_insert_with(|| {
            // For few rows and many inputs, FP8 with a bias has only slow algorithms (cuBLASLt 13.1).
            let fast = [product.factors != Factors::Bf16, false];
            fast.into_iter().find_map(|fast| {
                description.set_fast(fast).ok()?;
                let alignment = product.alignment();
                let (algorithm, workspace) = description.choose(self.handle, alignment).ok()?;
                Some(Algorithm {
                    algorithm,
                    fast,
                    workspace,
                })
            })
        })
    }
}

/// cuBLASLt counts by columns: our rows are its columns, and D = W · Xᵀ to it.
struct Description {
    operation: sys::cublasLtMatmulDesc_t,
    w: sys::cublasLtMatrixLayout_t,
    x: sys::cublasLtMatrixLayout_t,
    d: sys::cublasLtMatrixLayout_t,
}

impl Drop for Description {
    fn drop(&mut self) {
        // SAFETY: whatever is not null was created in `new`.
        unsafe {
            for layout in [self.w, self.x, self.d] {
                if !layout.is_null() {
                    let _ = lt::destroy_matrix_layout(layout);
                }
            }
            let _ = lt::destroy_matmul_desc(self.operation);
        }
    }
}

impl Description {
    fn new(product: &Multiplication) -> std::result::Result<Self, CublasError> {
        let bf16 = sys::cudaDataType::CUDA_R_16BF;
        let f32 = sys::cudaDataType::CUDA_R_32F;
        let factors = match product.factors {
            Factors::Bf16 => bf16,
            Factors::ScaledE4m3(_) | Factors::E4m3 => sys::cudaDataType::CUDA_R_8F_E4M3,
        };
        let Shape {
            rows,
            inputs,
            outputs,
            stride,
            ..
        } = product.shape;
        let compute = sys::cublasComputeType_t::CUBLAS_COMPUTE_32F;
        let mut new = Self {
            operation: lt::create_matmul_desc(compute, f32)?,
            w: std::ptr::null_mut(),
            x: std::ptr::null_mut(),
            d: std::ptr::null_mut(),
        };
        let layout = |kind, rows: usize, columns: usize, stride: usize| {
            lt::create_matrix_layout(kind, rows as u64, columns as u64, stride as i64)
        };
        new.w = layout(factors, inputs, outputs, inputs)?;
        new.x = layout(factors, inputs, rows, stride)?;
        new.d = layout(bf16, outputs, rows, outputs)?;
        new.set(Attribute::CUBLASLT_MATMUL_DESC_TRANSA, TRANSPOSED)?;
        new.set_epilogue(product)?;
        if let Factors::ScaledE4m3([of_x, of_w]) = product.factors {
            let by_row =
                sys::cublasLtMatmulMatrixScale_t::CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
            new.set(Attribute::CUBLASLT_MATMUL_DESC_A_SCALE_MODE, by_row)?;
            new.set(Attribute::CUBLASLT_MATMUL_DESC_B_SCALE_MODE, by_row)?;
            new.set(Attribute::CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, of_w)?;
            new.set(Attribute::CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, of_x)?;
        }
        Ok(new)
    }

    fn set_epilogue(&self, product: &Multiplication) -> std::result::Result<(), CublasError> {
        use sys::cublasLtEpilogue_t as Epilogue;
        let epilogue = match (product.bias.is_some(), product.shape.gelu) {
            (true, true) => Epilogue::CUBLASLT_EPILOGUE_GELU_BIAS,
            (true, false) => Epilogue::CUBLASLT_EPILOGUE_BIAS,
            (false, true) => Epilogue::CUBLASLT_EPILOGUE_GELU,
            (false, false) => return Ok(()),
        };
        self.set(Attribute::CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue)?;
        if let Some(bias) = product.bias {
            self.set(Attribute::CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias)?;
            self.set(
                Attribute::CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE,
                sys::cudaDataType::CUDA_R_16BF,
            )?;
        }
        Ok(())
    }

    fn set<T>(&self, attribute: Attribute, value: T) -> std::result::Result<(), CublasError> {
        // SAFETY: the library copies the value, whose size is told.
        unsafe {
            lt::set_matmul_desc_attribute(
                self.operation,
                attribute,
                (&raw const value).cast(),
                size_of::<T>(),
            )
        }
    }

    /// Whether FP8 is summed up in the tensor cores' own width: a fifth faster, and what it loses is small beside e4m3's
    /// rounding.
    fn set_fast(&self, fast: bool) -> std::result::Result<(), CublasError> {
        let attribute = Attribute::CUBLASLT_MATMUL_DESC_FAST_ACCUM;
        self.set(attribute, i8::from(fast))
    }

    /// The one that the library expects to be the fastest.
    fn choose(
        &self,
        handle: sys::cublasLtHandle_t,
        alignment: u32,
    ) -> std::result::Result<(sys::cublasLtMatmulAlgo_t, usize), CublasError> {
        use sys::cublasLtMatmulPreferenceAttributes_t as Preference;
        let preference = lt::create_matmul_pref()?;
        let alignments = [
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES,
        ];
        // SAFETY: the library copies the values, whose sizes are told; the preference is destroyed after its last use, and
        // the descriptions live as long as `self`.
        let found = unsafe {
            let set = |attribute, value: *const c_void, size| {
                lt::set_matmul_pref_attribute(preference, attribute, value, size)
            };
            let found = set(
                Preference::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                (&raw const WORKSPACE).cast(),
                size_of_val(&WORKSPACE),
            )
            .and_then(|()| {
                alignments.into_iter().try_for_each(|attribute| {
                    set(
                        attribute,
                        (&raw const alignment).cast(),
                        size_of_val(&alignment),
                    )
                })
            })
            .and_then(|()| {
                lt::get_matmul_algo_heuristic(
                    handle,
                    self.operation,
                    self.w,
                    self.x,
                    self.d,
                    self.d,
                    preference,
                )
            });
            let _ = lt::destroy_matmul_pref(preference);
            found?
        };
        Ok((found.algo, found.workspaceSize))
    }
}
