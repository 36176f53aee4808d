use engine::Backend;
use quick::QuickBackend;
use qwen_image_layered::QwenBackend;

/// What this program decomposes with, best first.
pub fn backends(model: QwenBackend) -> Vec<Box<dyn Backend>> {
    vec![Box::new(model), Box::new(QuickBackend)]
}
