use candle_core::{DType, Tensor};
use float8::F8E4M3;
use half::bf16;

use crate::device::cuda::buffer::{address, uninitialised};
use crate::operations::cuda::rows::{RowLaunch, Rows};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};

use crate::{Fp8Rows, Matrix, Prepared, Result};

/// Matrices in FP8 are multiplied in whole vectors of 16 bytes.
const FP8_VECTOR: usize = 16;

/// Whether rows are brought to FP8 for a product with this matrix.
pub(crate) fn multiplies_fp8(matrix: &Matrix, toolkit: &Toolkit) -> bool {
    let Matrix::Fp8(weight) = matrix else {
        return false;
    };
    let sizes = weight.values.dims();
    toolkit.multiplies_fp8
        && sizes.iter().all(|size| size.is_multiple_of(FP8_VECTOR))
        && weight.values.is_contiguous()
        && weight.scales.is_contiguous()
}

pub(crate) fn to_e4m3(rows: &Tensor) -> Result<Option<Fp8Rows>> {
    prepared_in_e4m3(&crate::Rows::Plain(rows))
}

/// A product's rows after what is done to them before it.
pub(crate) fn prepared_in_e4m3(rows: &crate::Rows) -> Result<Option<Fp8Rows>> {
    match *rows {
        crate::Rows::Plain(x) => rounded(Kernel::ToE4m3, x, &[]),
        crate::Rows::Gelu(x) => rounded(Kernel::GeluE4m3, x, &[]),
        crate::Rows::Prepared(Prepared::Dense(x)) => rounded(Kernel::ToE4m3, x, &[]),
        crate::Rows::Prepared(Prepared::Fp8(rows)) => Ok(Some(rows.clone())),
    }
}

/// `crate::modulate_for` where the matrix is multiplied in FP8.
pub(crate) fn modulate_for_fp8(
    x: &Tensor,
    vectors: [&Tensor; 2],
    matrix: &Matrix,
) -> Result<Option<Fp8Rows>> {
    match Toolkit::of(x) {
        Some((toolkit, _)) if multiplies_fp8(matrix, &toolkit) => {
            rounded(Kernel::ModulateE4m3, x, &vectors)
        }
        _ => Ok(None),
    }
}

/// By a kernel that takes further vectors as wide as a row.
fn rounded(kernel: Kernel, x: &Tensor, vectors: &[&Tensor]) -> Result<Option<Fp8Rows>> {
    let Some(rows) = RowLaunch::of(&[x], vectors)? else {
        return Ok(None);
    };
    // SAFETY: the kernels given here take these, and write all of both results.
    unsafe {
        let to = rows.e4m3()?;
        rows.run(kernel, &[&to.values, &to.scales], &[])?;
        Ok(Some(to))
    }
}

/// To bf16.
pub(crate) fn from_e4m3(rows: &Fp8Rows) -> Result<Option<Tensor>> {
    let Some((toolkit, device)) = Toolkit::of(&rows.values) else {
        return Ok(None);
    };
    if rows.values.dtype() != DType::F8E4M3
        || !rows.values.is_contiguous()
        || !rows.scales.is_contiguous()
    {
        return Ok(None);
    }
    // SAFETY: the kernel writes all of `out`, which is as large as the values, and reads a scale for each row.
    unsafe {
        let out = uninitialised::<bf16>(rows.values.shape(), &device)?;
        let Some(to) = Rows::of(&out)?.filter(Rows::fit_blocks) else {
            return Ok(None);
        };
        if rows.scales.elem_count() != to.rows {
            return Ok(None);
        }
        let arguments = [
            Arg::Address(address::<F8E4M3>(&rows.values)?),
            Arg::Address(address::<f32>(&rows.scales)?),
            Arg::Address(to.address),
            Arg::Count(to.vectors()),
        ];
        toolkit.launch(&device, Kernel::FromE4m3, to.grid(), &arguments)?;
        Ok(Some(out))
    }
}
