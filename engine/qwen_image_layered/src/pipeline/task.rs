use engine::DecomposeRequest;
use runtime::plan::Task;

use super::MODEL_CARD_LAYERS;
use crate::image_processor::bucket;

/// What of a request decides memory and time.
pub fn task_of(request: &DecomposeRequest) -> Task {
    let side = request.diffusion.resolution.side();
    let (width, height) = bucket(request.source.width(), request.source.height(), side);
    Task {
        pixels: width as usize * height as usize,
        layers: request.layers.or(MODEL_CARD_LAYERS),
        steps: request.diffusion.steps,
        passes: 1 + u32::from(request.diffusion.is_guided()),
        caption: request.diffusion.wants_caption(),
        step_cache: request.diffusion.step_cache.is_some(),
    }
}
