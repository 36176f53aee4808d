use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use crate::{ModelError, Result};

/// Gets a run's intermediate values by name, for comparison with another implementation.
pub type OnTensor<'a> = &'a dyn Fn(&str, &Tensor);

/// An [`OnTensor`] that does nothing.
pub fn keep_no_tensor(_: &str, _: &Tensor) {}

/// Intermediate values by name, in f32 on the processor.
#[derive(Debug, Default)]
pub struct Dump {
    tensors: RefCell<HashMap<String, Tensor>>,
    /// A value that could not be brought to the processor.
    failure: RefCell<Option<ModelError>>,
}

impl Dump {
    pub fn add(&self, name: &str, value: &Tensor) {
        let copy = value
            .to_dtype(DType::F32)
            .and_then(|value| value.to_device(&Device::Cpu));
        match copy {
            Ok(copy) => {
                self.tensors.borrow_mut().insert(name.to_owned(), copy);
            }
            Err(error) => *self.failure.borrow_mut() = Some(error.into()),
        }
    }

    pub fn into_tensors(self) -> Result<HashMap<String, Tensor>> {
        match self.failure.into_inner() {
            Some(failure) => Err(failure),
            None => Ok(self.tensors.into_inner()),
        }
    }

    /// As one safetensors file, whole or not at all.
    pub fn save(self, path: &Path) -> Result<()> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        candle_core::safetensors::save(&self.into_tensors()?, &unfinished)?;
        fs::rename(&unfinished, path).map_err(|error| ModelError::io(path, error))
    }
}
