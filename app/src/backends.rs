//! The one place that lists what this program decomposes with.

use engine::{Backend, BackendId, Controls};
use quick::QuickBackend;
use qwen_image_layered::QwenBackend;

/// The backend with a model of its own, whose layers `--raw` writes.
pub const WITH_MODEL: BackendId = QwenBackend::ID;

/// Best first.
pub fn backends(model: QwenBackend) -> Vec<Box<dyn Backend>> {
    vec![Box::new(model), Box::new(QuickBackend)]
}

/// What each heeds, best first.
pub fn controls() -> [(BackendId, Controls); 2] {
    [
        (QwenBackend::ID, QwenBackend::controls()),
        (QuickBackend::ID, QuickBackend::controls()),
    ]
}

/// Whether the name is of a backend without a model.
pub fn has_no_model(name: &str) -> bool {
    controls().iter().any(|(id, _)| id.id == name) && WITH_MODEL.id != name
}

/// All ids, best first, for people.
pub fn names() -> String {
    controls().map(|(id, _)| id.id).join(", ")
}
