//! The model on disk: which files there are, what is wrong with them, and their tensors.

mod installed;
mod lfs;
mod mapped;
mod model;
mod open;
mod random;
mod weights;

pub(crate) use lfs::refuse_lfs_pointer;
pub use model::ModelSource;
pub(crate) use model::{ModelFiles, PartFiles};
pub(crate) use open::WeightFiles;
pub(crate) use weights::{Loading, Weights};
