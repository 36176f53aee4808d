//! Qwen-Image-Layered on candle: from a picture and a model folder to RGBA layers, every stage of diffusers'
//! `QwenImageLayeredPipeline`, in f32 on a processor and in bf16 on CUDA (feature `cuda`).
//!
//! [`QwenBackend`] is the engine's backend, [`Pipeline`] the model under it. Where each part lives is decided in
//! `placement`, the matrix products with weights are all `Linear`s, and what takes time is in `kernels`.

mod backend;
pub mod bench;
mod bring;
mod captions;
pub mod catalogue;
mod config;
mod denoiser;
mod dump;
mod error;
mod files;
mod fitting;
mod gpus;
mod guidance;
mod image_processor;
mod latents;
mod layers;
mod library;
mod linear;
mod loaded;
mod networks;
mod norm;
mod offload;
mod parts;
mod pipeline;
mod placement;
pub mod plan;
mod rng;
mod room;
mod rotary;
mod scheduler;
mod templates;
mod text_encoder;
mod tokenizer;
mod transformer;
mod vae;
mod warm_up;

pub use backend::QwenBackend;
pub use config::{SchedulerConfig, TimeShift};
pub use dump::{Dump, OnTensor, keep_no_tensor};
pub use error::{ModelError, Result};
pub use files::{ComfyUi, FileDescription, FileFormat, FileKind, NamedFiles, check, installed};
pub use gpus::Spread;
pub use image_processor::{bucket, resize_lanczos};
pub use library::Library;
pub use offload::{Offload, Resident};
pub use parts::RandomModel;
pub use pipeline::Pipeline;
pub use placement::{Part, Place, Placement};
pub use rng::{Gpu, randn};
pub use scheduler::{Schedule, even_sigmas};
pub use tokenizer::Tokenizer;
