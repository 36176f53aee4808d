use crate::ModelLayer;

pub(crate) fn prune(layers: Vec<ModelLayer>) -> Vec<ModelLayer> {
    layers
}
