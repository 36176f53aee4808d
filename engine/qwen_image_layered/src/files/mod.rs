//! The model on disk: which files there are, what is wrong with them, and their tensors.

mod comfyui;
mod description;
mod format;
mod installed;
mod lfs;
mod lora;
mod map;
mod model;
mod open;
mod random;
mod tokenizer;
mod weights;

pub use comfyui::{ComfyUi, NamedFiles};
pub use description::{FileDescription, FileFormat, FileKind};
pub(crate) use format::{Metadata, llama_name};
pub(crate) use lfs::refuse_lfs_pointer;
pub(crate) use lora::Loras;
pub(crate) use model::{ModelFiles, PartFiles};
pub use model::{ModelSource, SingleFiles};
pub(crate) use open::WeightFiles;
pub(crate) use tokenizer::tokenizer_near;
pub(crate) use weights::{Loading, Packed, Weights};
