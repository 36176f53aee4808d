use crate::{Layer, LayerId, Recolor, Transform};

/// One reversible change that a user can see. Applied only through [`crate::History`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Puts `layer` into `parent` (`None` = top level) at `index`, 0 = bottom.
    Insert { parent: Option<LayerId>, index: usize, layer: Layer },
    Remove { id: LayerId },
    /// `index` counts in the target as it is once the layer has been taken out of its old place.
    Move { id: LayerId, parent: Option<LayerId>, index: usize },
    SetName { id: LayerId, name: String },
    SetVisible { id: LayerId, visible: bool },
    SetLocked { id: LayerId, locked: bool },
    SetOpacity { id: LayerId, opacity: u8 },
    SetCollapsed { id: LayerId, collapsed: bool },
    SetTransform { id: LayerId, transform: Transform },
    SetRecolor { id: LayerId, recolor: Recolor },
    /// Replaces the whole stack at once, as a finished decomposition does.
    SetLayers { layers: Vec<Layer> },
}
