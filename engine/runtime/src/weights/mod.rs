//! Tensors in files: what a file has, what LoRAs add, and how it comes to a device.

mod files;
mod format;
mod lfs;
mod loading;
mod lora;
mod map;
mod random;
mod target;

pub use files::WeightFiles;
pub use format::{Contents, Encoding, Entry, Metadata};
pub use lfs::refuse_lfs_pointer;
pub use loading::{Loading, Packed, Weights};
pub use lora::Loras;
pub use map::FileMap;
pub use target::{Part, Target};
