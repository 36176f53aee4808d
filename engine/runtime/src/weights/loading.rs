use std::cell::Cell;

use candle_core::{DType, Tensor};
use engine::{Progress, Stage};
use kernels::{Fp8Rows, Uploads};

use super::WeightFiles;
use super::files::StoredPiece;
use super::format::NotFinite;
use super::target::Part;
use crate::placement::Place;
use crate::{ModelError, Result};

const PERCENT: u64 = 100;

/// Tells how much of all bytes is loaded, in percent, and ends the loading when cancelled.
pub struct Loading<'a> {
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
pub struct Weights<'a> {
    files: &'a WeightFiles,
    loading: &'a Loading<'a>,
    prefix: String,
    place: Place,
    packed: Packed,
}

/// Whether matrices stay in memory as the file has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    No,
    /// With no more room than each needs.
    Tight,
    /// With as much as the largest of the same name in this list of modules, so that each fits where another was.
    LikeOthers(&'static str),
}

impl<'a> Weights<'a> {
    pub fn new(files: &'a WeightFiles, loading: &'a Loading<'a>, place: &Place) -> Self {
        Self {
            files,
            loading,
            prefix: String::new(),
            place: place.clone(),
            packed: Packed::No,
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

    /// The same tensors, whose matrices stay as the file has them where that is possible and FP8 is not asked for.
    pub fn packed(&self, packed: Packed) -> Self {
        let can = self.place.fp8.is_none() && self.files.stays_packed();
        Self {
            packed: if can { packed } else { Packed::No },
            ..self.clone()
        }
    }

    /// A matrix as its file has it; `None` where it is not to stay so.
    pub fn packed_matrix(&self, name: &str, shape: [usize; 2]) -> Result<Option<kernels::Packed>> {
        if self.packed == Packed::No {
            return Ok(None);
        }
        let name = format!("{}{name}", self.prefix);
        let pieces = self.files.pieces(&name);
        let [StoredPiece { stored, path, .. }] = pieces.as_slice() else {
            return Ok(None);
        };
        let Some(packing) = stored.packing().filter(|_| stored.shape == shape) else {
            return Ok(None);
        };
        if !stored.is_finite() {
            return Err(ModelError::NotFinite(format!(
                "{name} in {}",
                path.display()
            )));
        }
        let room = match self.packed {
            Packed::LikeOthers(list) => self.files.room(list, &name),
            Packed::No | Packed::Tight => 0,
        };
        let bytes = kernels::Packed::layout(packing, stored.bytes, room);
        let uploads = &self.loading.uploads;
        let bytes = uploads.tensor(&bytes, DType::U8, &[bytes.len()], &self.place.device)?;
        self.files.release(&name)?;
        self.loading.add(self.files.bytes_of(&name))?;
        Ok(Some(kernels::Packed::new(bytes, shape)))
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn contains(&self, name: &str) -> bool {
        self.files.contains(&format!("{}{name}", self.prefix))
    }

    /// Checked against `shape` before anything is allocated.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let stored = self.as_stored(name, shape)?;
        let name = format!("{}{name}", self.prefix);
        let added = self.files.loras().added(&name, shape, &self.place.device)?;
        let whole = match added {
            Some(added) => (stored.to_dtype(DType::F32)? + added)?,
            None => stored,
        };
        Ok(whole.to_dtype(self.place.dtype)?)
    }

    /// e4m3 as a file has it with a scale for each row, of layers one below the other, each of this shape; `None` where a
    /// file has one of them otherwise, or a LoRA changes it that cannot go beside it.
    pub fn stored_fp8(layers: &[Self], name: &str, shape: [usize; 2]) -> Result<Option<Fp8Rows>> {
        let Some(first) = layers.first() else {
            return Ok(None);
        };
        let (mut bytes, mut scales) = (Vec::new(), Vec::new());
        for layer in layers {
            let name = format!("{}{name}", layer.prefix);
            let pieces = layer.files.pieces(&name);
            let [piece] = pieces.as_slice() else {
                return Ok(None);
            };
            match piece.stored.e4m3_rows() {
                Some((own, of_rows))
                    if piece.stored.shape == shape && layer.files.loras().go_beside(&name) =>
                {
                    bytes.extend_from_slice(own);
                    scales.extend(of_rows);
                }
                _ => return Ok(None),
            }
            layer.files.release(&name)?;
            layer.loading.add(layer.files.bytes_of(&name))?;
        }
        // The two codes that are no numbers.
        if bytes.iter().any(|byte| byte & 0x7f == 0x7f) {
            return Err(ModelError::NotFinite(format!(
                "{}{name} in {}",
                first.prefix,
                first.files.path().display()
            )));
        }
        let device = &first.place.device;
        let shape = [scales.len(), shape[1]];
        let uploads = &first.loading.uploads;
        Ok(Some(Fp8Rows {
            values: uploads.tensor(&bytes, DType::F8E4M3, &shape, device)?,
            scales: Tensor::new(scales, device)?,
        }))
    }

    /// What LoRAs add to a matrix that stays as its file has it: up [out, rank] and down [rank, in], if they add anything.
    pub fn side(&self, name: &str, shape: [usize; 2]) -> Result<Option<[Tensor; 2]>> {
        let name = format!("{}{name}", self.prefix);
        let Place { device, dtype, .. } = &self.place;
        let factors = self.files.loras().factors(&name, shape, device)?;
        let factors = factors.map(|factors| factors.map(|factor| factor.to_dtype(*dtype)));
        let Some([up, down]) = factors else {
            return Ok(None);
        };
        Ok(Some([up?, down?]))
    }

    /// Whether some of the file's matrices are in FP8: what is not then was left out on purpose.
    pub fn has_fp8(&self) -> bool {
        self.files.has_fp8()
    }

    /// The last temporal slice of a causal 3-D convolution's kernel [out, in, 3, k, k], all that a single frame meets;
    /// of a kernel 1 frame deep, that one.
    pub fn last_frame(&self, name: &str, shape: [usize; 5]) -> Result<Tensor> {
        let tensor = self.as_stored(name, &shape)?;
        let slice = tensor.narrow(2, shape[2] - 1, 1)?.squeeze(2)?;
        Ok(slice.contiguous()?.to_dtype(self.place.dtype)?)
    }

    /// On its device, which it is copied to from where the file is mapped; what is not plain is widened.
    fn as_stored(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        if let Some(random) = self.files.as_random() {
            self.loading.add(0)?;
            return random.tensor(&name, shape, &self.place.device);
        }
        let pieces = self.files.pieces(&name);
        let found = self.files.shape(&name).filter(|_| !pieces.is_empty());
        let found = found.ok_or_else(|| ModelError::MissingTensor {
            path: self.files.path().to_owned(),
            name: name.clone(),
        })?;
        if found != shape {
            return Err(ModelError::WrongShape {
                path: self.files.path_of(&name).to_owned(),
                name,
                found,
                expected: shape.to_vec(),
            });
        }
        let tensors: Vec<_> = pieces
            .iter()
            .map(|piece| self.piece(&name, piece))
            .collect::<Result<_>>()?;
        let parts = pieces.iter().map(|piece| piece.part);
        let tensor = match (parts.max(), tensors.as_slice()) {
            (Some(Part::Frame(_)), frames) => Tensor::stack(frames, 2)?,
            (_, [whole]) => whole.clone(),
            (_, rows) => Tensor::cat(rows, 0)?,
        };
        self.files.release(&name)?;
        self.loading.add(self.files.bytes_of(&name))?;
        Ok(tensor)
    }

    fn piece(&self, name: &str, piece: &StoredPiece) -> Result<Tensor> {
        let StoredPiece { path, stored, .. } = piece;
        let not_finite = || ModelError::NotFinite(format!("{name} in {}", path.display()));
        let plain = stored.plain(self.place.dtype);
        let plain = plain.ok_or_else(|| ModelError::UnsupportedType {
            path: path.to_path_buf(),
            name: name.to_owned(),
            dtype: stored.encoding.to_string(),
        })?;
        let plain = plain.map_err(|NotFinite| not_finite())?;
        let uploads = &self.loading.uploads;
        let tensor = uploads.tensor(&plain.bytes, plain.dtype, stored.shape, &self.place.device)?;
        if tensor.dtype() == DType::F16 && !is_finite(&tensor)? {
            return Err(not_finite());
        }
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
