//! The model on disk: which files there are, what is wrong with them, and their tensors.

mod installed;
mod mapped;
mod model;
mod open;
mod random;
mod weights;

pub use model::ModelSource;
pub(crate) use model::{ModelFiles, PartFiles};
pub(crate) use open::{WeightFiles, refuse_lfs_pointer};
pub(crate) use weights::{Loading, Weights};
