use crate::{BlendMode, Layer, LayerId, Locks, Recolor, Text, Transform, Variants};

/// One reversible change that a user can see. Applied only through [`crate::History`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Puts `layer` into `parent` (`None` = top level) at `index`, 0 = bottom.
    Insert {
        parent: Option<LayerId>,
        index: usize,
        layer: Layer,
    },
    Remove {
        id: LayerId,
    },
    /// `index` counts in the target as it is once the layer has been taken out of its old place.
    Move {
        id: LayerId,
        parent: Option<LayerId>,
        index: usize,
    },
    SetName {
        id: LayerId,
        name: String,
    },
    SetVisible {
        id: LayerId,
        visible: bool,
    },
    SetLocks {
        id: LayerId,
        locks: Locks,
    },
    SetOpacity {
        id: LayerId,
        opacity: u8,
    },
    /// [`BlendMode::PassThrough`] only of a group.
    SetBlend {
        id: LayerId,
        blend: BlendMode,
    },
    SetCollapsed {
        id: LayerId,
        collapsed: bool,
    },
    SetTransform {
        id: LayerId,
        transform: Transform,
    },
    SetRecolor {
        id: LayerId,
        recolor: Recolor,
    },
    /// Of a raster.
    SetText {
        id: LayerId,
        text: Option<Text>,
    },
    /// Replaces the whole stack at once, as a finished decomposition does.
    SetLayers {
        layers: Vec<Layer>,
    },
    SetVariants {
        variants: Variants,
    },
}

impl Edit {
    /// What Undo says after an edit that is a step of its own.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "Add layer",
            Self::Remove { .. } => "Delete layer",
            Self::Move { .. } => "Reorder layer",
            Self::SetName { .. } => "Rename layer",
            Self::SetVisible { visible: true, .. } => "Show layer",
            Self::SetVisible { visible: false, .. } => "Hide layer",
            Self::SetLocks { locks, .. } if locks.is_any() => "Lock layer",
            Self::SetLocks { .. } => "Unlock layer",
            Self::SetOpacity { .. } => "Change opacity",
            Self::SetBlend { .. } => "Change blend mode",
            Self::SetCollapsed {
                collapsed: true, ..
            } => "Close group",
            Self::SetCollapsed {
                collapsed: false, ..
            } => "Open group",
            Self::SetTransform { .. } => "Transform layer",
            Self::SetRecolor { .. } => "Recolor layer",
            Self::SetText { .. } => "Edit text",
            Self::SetLayers { .. } => "Replace layers",
            Self::SetVariants { .. } => "Change variants",
        }
    }

    /// The layer whose property this sets; `None` for edits that change the tree.
    pub(crate) fn property_of(&self) -> Option<LayerId> {
        match self {
            Self::SetName { id, .. }
            | Self::SetVisible { id, .. }
            | Self::SetLocks { id, .. }
            | Self::SetOpacity { id, .. }
            | Self::SetBlend { id, .. }
            | Self::SetCollapsed { id, .. }
            | Self::SetTransform { id, .. }
            | Self::SetRecolor { id, .. }
            | Self::SetText { id, .. } => Some(*id),
            Self::Insert { .. }
            | Self::Remove { .. }
            | Self::Move { .. }
            | Self::SetLayers { .. }
            | Self::SetVariants { .. } => None,
        }
    }

    /// True when both set the same property of the same layer, so that the later one hides the earlier.
    pub(crate) fn sets_same_property(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.property_of().is_some()
            && self.property_of() == other.property_of()
    }

    /// The layers that this edit carries, whose pixels it keeps alive.
    pub(crate) fn carried_layers(&self) -> Vec<&Layer> {
        match self {
            Self::Insert { layer, .. } => vec![layer],
            Self::SetLayers { layers } => layers.iter().collect(),
            Self::SetVariants { variants } => variants.layers().collect(),
            _ => Vec::new(),
        }
    }
}
