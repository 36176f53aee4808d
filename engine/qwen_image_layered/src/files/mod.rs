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

pub(crate) use comfyui::weights;
pub use comfyui::{ComfyUi, NamedFiles};
pub use description::{FileDescription, FileFormat, FileKind};
pub(crate) use format::{Metadata, llama_name};
pub use installed::installed;
pub(crate) use installed::{cached, snapshots_of};
pub(crate) use lfs::refuse_lfs_pointer;
pub(crate) use lora::Loras;
pub use model::check;
pub(crate) use model::{ModelFiles, PartFiles, find};
pub(crate) use open::WeightFiles;
pub(crate) use tokenizer::tokenizer_near;
pub(crate) use weights::{Loading, Packed, Weights};
