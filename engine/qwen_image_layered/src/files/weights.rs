use std::cell::Cell;

use candle_core::{DType, Tensor};
use engine::{Progress, Stage};
use kernels::Uploads;
use safetensors::Dtype;

use super::WeightFiles;
use crate::placement::Place;
use crate::{ModelError, Result};

const PERCENT: u64 = 100;

/// Tells how much of all bytes is loaded, in percent, and ends the loading when cancelled.
pub(crate) struct Loading<'a> {
    /// `None`: nothing is told.
    total: Option<u64>,
    done: Cell<u64>,
    uploads: Uploads,
    progress: &'a dyn Progress,
}

impl<'a> Loading<'a> {
    pub fn new(total: u64, progress: &'a dyn Progress) -> Self {
        progress.report(Stage::Load, 0, PERCENT as u32);
        Self {
            total: Some(total.max(1)),
            done: Cell::new(0),
            uploads: Uploads::default(),
            progress,
        }
    }

    /// For weights that are loaded for a moment while a job runs.
    pub fn silent(progress: &'a dyn Progress) -> Self {
        Self {
            total: None,
            done: Cell::new(0),
            uploads: Uploads::default(),
            progress,
        }
    }

    /// What is left out (temporal kernels, modulation, the last block's text half) counts as loaded now.
    pub fn finish(&self) {
        self.progress
            .report(Stage::Load, PERCENT as u32, PERCENT as u32);
    }

    fn add(&self, bytes: u64) -> Result<()> {
        let Some(total) = self.total else {
            return Ok(self.progress.check()?);
        };
        let percent = |bytes: u64| (bytes.saturating_mul(PERCENT) / total).min(PERCENT) as u32;
        let (before, after) = (self.done.get(), self.done.get().saturating_add(bytes));
        self.done.set(after);
        if percent(after) > percent(before) {
            self.progress
                .report(Stage::Load, percent(after), PERCENT as u32);
        }
        Ok(self.progress.check()?)
    }
}

/// The tensors under a name, to be loaded to a place.
#[derive(Clone)]
pub(crate) struct Weights<'a> {
    files: &'a WeightFiles,
    loading: &'a Loading<'a>,
    prefix: String,
    place: Place,
}

impl<'a> Weights<'a> {
    pub fn new(files: &'a WeightFiles, loading: &'a Loading<'a>, place: &Place) -> Self {
        Self {
            files,
            loading,
            prefix: String::new(),
            place: place.clone(),
        }
    }

    /// The tensors of a module of this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self {
            prefix: format!("{}{name}.", self.prefix),
            ..self.clone()
        }
    }

    /// The same tensors, loaded to another place.
    pub fn to(&self, place: &Place) -> Self {
        Self {
            place: place.clone(),
            ..self.clone()
        }
    }

    /// The same tensors, never brought to FP8.
    pub fn without_fp8(&self) -> Self {
        self.to(&Place {
            fp8: None,
            ..self.place.clone()
        })
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn contains(&self, name: &str) -> bool {
        self.files.contains(&format!("{}{name}", self.prefix))
    }

    /// Checked against `shape` before anything is allocated.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        Ok(self.as_stored(name, shape)?.to_dtype(self.place.dtype)?)
    }

    /// The last temporal slice of a causal 3-D convolution's kernel [out, in, 3, k, k], all that a single frame meets;
    /// of a kernel 1 frame deep, that one.
    pub fn last_frame(&self, name: &str, shape: [usize; 5]) -> Result<Tensor> {
        let tensor = self.as_stored(name, &shape)?;
        let slice = tensor.narrow(2, shape[2] - 1, 1)?.squeeze(2)?;
        Ok(slice.contiguous()?.to_dtype(self.place.dtype)?)
    }

    /// On its device, which it is copied to from where the file is mapped.
    fn as_stored(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        if let Some(random) = self.files.as_random() {
            self.loading.add(0)?;
            return random.tensor(&name, shape, &self.place.device);
        }
        let (path, view) = self
            .files
            .view(&name)
            .ok_or_else(|| ModelError::MissingTensor {
                path: self.files.path().to_owned(),
                name: name.clone(),
            })?;
        if view.shape() != shape {
            return Err(ModelError::WrongShape {
                path: path.to_owned(),
                name,
                found: view.shape().to_vec(),
                expected: shape.to_vec(),
            });
        }
        let dtype = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::BF16 => DType::BF16,
            Dtype::F16 => DType::F16,
            other => {
                return Err(ModelError::UnsupportedType {
                    path: path.to_owned(),
                    name,
                    dtype: format!("{other:?}"),
                });
            }
        };
        let uploads = &self.loading.uploads;
        let tensor = uploads.tensor(view.data(), dtype, shape, &self.place.device)?;
        self.files.release(&name);
        if tensor.dtype() == DType::F16 && !is_finite(&tensor)? {
            return Err(ModelError::NotFinite(format!(
                "{} in {}",
                name,
                path.display()
            )));
        }
        self.loading.add(view.data().len() as u64)?;
        Ok(tensor)
    }
}

/// f16 ends at 65504, and files converted to it from bf16 may hold infinities.
fn is_finite(tensor: &Tensor) -> Result<bool> {
    if tensor.elem_count() == 0 {
        return Ok(true);
    }
    // A NaN makes the sum one, and an infinity makes it infinite or a NaN.
    let sum = tensor.to_dtype(DType::F32)?.abs()?.sum_all()?;
    Ok(sum.to_scalar::<f32>()?.is_finite())
}
