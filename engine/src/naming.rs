use crate::ModelLayer;

/// One name per layer, bottom first.
pub(crate) fn names(layers: &[ModelLayer]) -> Vec<String> {
    (1..=layers.len())
        .map(|number| format!("Layer {number}"))
        .collect()
}
