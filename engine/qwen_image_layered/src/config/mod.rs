//! What the model's JSON files say, each with the published values as defaults, and what can be told from the shapes of
//! tensors where no JSON is present.

mod gguf;
mod processor;
mod text_encoder;
mod transformer;
mod vae;

pub use processor::ProcessorConfig;
pub use text_encoder::{GenerationConfig, LanguageConfig, TextEncoderConfig, VisionConfig};
pub use transformer::TransformerConfig;
pub use vae::VaeConfig;
