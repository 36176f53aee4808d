//! Qwen-Image-Layered on candle: from a picture and a model folder to RGBA layers, every stage of diffusers'
//! `QwenImageLayeredPipeline`, in f32 on a processor and in bf16 on CUDA (feature `cuda`).
//!
//! The three networks are `text_encoder`, `transformer` and `vae`; [`Pipeline`] runs them as diffusers does, and
//! [`QwenBackend`] offers that to the engine. Weights, placement and planning are `runtime`'s, what takes time is in `kernels`.

mod backend;
pub mod bench;
pub mod catalogue;
mod config;
mod dump;
mod files;
mod grid;
mod image_processor;
mod library;
mod parts;
mod pipeline;
mod rotary;
mod text_encoder;
mod transformer;
mod vae;

pub use backend::{NO_MODEL, QwenBackend};
pub use dump::{Dump, OnTensor, keep_no_tensor};
pub use files::{
    ComfyUi, FileDescription, FileFormat, FileKind, NamedFiles, NotOneFile, check, installed,
};
pub use image_processor::{bucket, resize_lanczos};
pub use library::Library;
pub use parts::{RandomModel, sizes_of_path};
pub use pipeline::{Pipeline, task_of};
pub use runtime::plan;
pub use runtime::{
    Gpu, ModelError, Offload, Part, Place, Placement, Resident, Result, Schedule, SchedulerConfig,
    Spread, TimeShift, even_sigmas, randn,
};
pub use text_encoder::tokenizer::Tokenizer;
