//! What cuBLASLt is told of a product.

use std::mem::MaybeUninit;

use candle_core::cuda_backend::cudarc::cublaslt::result::{self as lt, CublasError};
use candle_core::cuda_backend::cudarc::cublaslt::sys;
use sys::cublasLtMatmulDescAttributes_t as Attribute;

use super::choice::Algorithm;
use super::{Factors, Multiplication, Shape};

/// Hopper's kernels ask for up to 32 MiB (cuBLAS's documentation, `cublasSetWorkspace`).
const WORKSPACE: usize = 32 << 20;
/// `CUBLAS_OP_T`
const TRANSPOSED: i32 = 1;

/// cuBLASLt counts by columns: our rows are its columns, and D = W · Xᵀ to it.
pub(super) struct Description {
    pub operation: sys::cublasLtMatmulDesc_t,
    pub w: sys::cublasLtMatrixLayout_t,
    pub x: sys::cublasLtMatrixLayout_t,
    pub d: sys::cublasLtMatrixLayout_t,
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
    pub fn new(product: &Multiplication) -> std::result::Result<Self, CublasError> {
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
    pub fn set_fast(&self, fast: bool) -> std::result::Result<(), CublasError> {
        let attribute = Attribute::CUBLASLT_MATMUL_DESC_FAST_ACCUM;
        self.set(attribute, i8::from(fast))
    }

    /// Those that the library expects to be the fastest, the best first. Only such as sum up each result in one go where more
    /// than one is asked for, as others would round otherwise.
    pub fn algorithms(
        &self,
        handle: sys::cublasLtHandle_t,
        alignment: u32,
        most: usize,
    ) -> std::result::Result<Vec<Algorithm>, CublasError> {
        use sys::cublasLtMatmulPreferenceAttributes_t as Preference;
        let preference = OwnPreference(lt::create_matmul_pref()?);
        preference.set(
            Preference::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
            &WORKSPACE,
        )?;
        if most > 1 {
            let none = sys::cublasLtReductionScheme_t::CUBLASLT_REDUCTION_SCHEME_NONE as u32;
            preference.set(
                Preference::CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                &none,
            )?;
        }
        for attribute in [
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
            Preference::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES,
        ] {
            preference.set(attribute, &alignment)?;
        }
        let mut found = vec![MaybeUninit::<sys::cublasLtMatmulHeuristicResult_t>::uninit(); most];
        let mut count = 0;
        // SAFETY: there is room for as many as are asked for, and the descriptions live as long as `self`.
        unsafe {
            sys::cublasLtMatmulAlgoGetHeuristic(
                handle,
                self.operation,
                self.w,
                self.x,
                self.d,
                self.d,
                preference.0,
                most as i32,
                found.as_mut_ptr().cast(),
                &mut count,
            )
        }
        .result()?;
        found.truncate(usize::try_from(count).unwrap_or(0));
        // SAFETY: the library has written so many.
        let found = found
            .into_iter()
            .map(|found| unsafe { found.assume_init() });
        let good = |found: sys::cublasLtMatmulHeuristicResult_t| Algorithm {
            algorithm: found.algo,
            workspace: found.workspaceSize,
        };
        let found = found.filter(|found| found.state.result().is_ok());
        Ok(found.map(good).collect())
    }
}

struct OwnPreference(sys::cublasLtMatmulPreference_t);

impl OwnPreference {
    fn set<T>(
        &self,
        attribute: sys::cublasLtMatmulPreferenceAttributes_t,
        value: &T,
    ) -> std::result::Result<(), CublasError> {
        // SAFETY: the library copies the value, whose size is told.
        unsafe {
            let value = std::ptr::from_ref(value).cast();
            lt::set_matmul_pref_attribute(self.0, attribute, value, size_of::<T>())
        }
    }
}

impl Drop for OwnPreference {
    fn drop(&mut self) {
        // SAFETY: made by the library, and used by nothing any more.
        let _ = unsafe { lt::destroy_matmul_pref(self.0) };
    }
}
