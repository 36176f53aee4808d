//! What any diffusion model needs around its networks: weights in files and their way to devices, layers that stream, where
//! everything lives and how that is planned, products with weights, noise, schedule and step cache. A model is asked for its
//! shape only.

pub mod config;
mod copy;
mod error;
mod layers;
mod linear;
mod norm;
mod offload;
mod placement;
pub mod plan;
mod rng;
mod room;
mod scheduler;
mod spread;
mod step_cache;
pub mod weights;

pub use copy::{copy_rotation_to, copy_to};
pub use error::{ModelError, Result, printable};
pub use layers::{Layer, Layers};
pub use linear::Linear;
pub use norm::RmsNorm;
pub use offload::{Offload, Resident};
pub use placement::{Part, Place, Placement, device_name, gpu_count};
pub use rng::{Gpu, randn};
pub use room::with_room;
pub use scheduler::config::{SchedulerConfig, TimeShift};
pub use scheduler::{Schedule, even_sigmas};
pub use spread::Spread;
pub use step_cache::StepCache;
