//! The model on disk: which files there are, and what is missing.

mod comfyui;
mod description;
mod installed;
mod llama_names;
mod model;
mod tokenizer;

pub(crate) use comfyui::weights;
pub use comfyui::{ComfyUi, NamedFiles, NotOneFile};
pub use description::{FileDescription, FileFormat, FileKind};
pub use installed::installed;
pub(crate) use installed::{cached, snapshots_of};
pub(crate) use llama_names::llama_name;
pub use model::check;
pub(crate) use model::{ModelFiles, PartFiles, find};
pub(crate) use tokenizer::tokenizer_near;
