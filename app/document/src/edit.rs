use std::mem::discriminant;

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
    Set(LayerId, Property),
    /// Replaces the whole stack at once, as a finished decomposition does.
    SetLayers {
        layers: Vec<Layer>,
    },
    SetVariants {
        variants: Variants,
    },
}

/// What an edit can set of one layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    Name(String),
    Visible(bool),
    Locks(Locks),
    /// 255 is opaque.
    Opacity(u8),
    /// [`BlendMode::PassThrough`] only of a group.
    Blend(BlendMode),
    /// Of a group.
    Collapsed(bool),
    /// Of a raster, as the next ones.
    Transform(Transform),
    Recolor(Recolor),
    Text(Option<Text>),
}

impl Edit {
    /// What Undo says after an edit that is a step of its own.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "Add layer",
            Self::Remove { .. } => "Delete layer",
            Self::Move { .. } => "Reorder layer",
            Self::Set(_, property) => property.label(),
            Self::SetLayers { .. } => "Replace layers",
            Self::SetVariants { .. } => "Change variants",
        }
    }

    /// Sets a property, and so changes nothing of the tree.
    pub(crate) fn is_setting(&self) -> bool {
        matches!(self, Self::Set(..))
    }

    /// True when both set the same property of the same layer, so that the later one hides the earlier.
    pub(crate) fn sets_same_property(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set(id, property), Self::Set(other_id, other)) => {
                id == other_id && discriminant(property) == discriminant(other)
            }
            _ => false,
        }
    }

    /// The layers that this edit carries, whose pixels it keeps alive.
    pub(crate) fn carried_layers(&self) -> Vec<&Layer> {
        match self {
            Self::Insert { layer, .. } => vec![layer],
            Self::SetLayers { layers } => layers.iter().collect(),
            Self::SetVariants { variants } => variants.layers().collect(),
            Self::Remove { .. } | Self::Move { .. } | Self::Set(..) => Vec::new(),
        }
    }
}

impl Property {
    fn label(&self) -> &'static str {
        match self {
            Self::Name(_) => "Rename layer",
            Self::Visible(true) => "Show layer",
            Self::Visible(false) => "Hide layer",
            Self::Locks(locks) if locks.is_any() => "Lock layer",
            Self::Locks(_) => "Unlock layer",
            Self::Opacity(_) => "Change opacity",
            Self::Blend(_) => "Change blend mode",
            Self::Collapsed(true) => "Close group",
            Self::Collapsed(false) => "Open group",
            Self::Transform(_) => "Transform layer",
            Self::Recolor(_) => "Recolor layer",
            Self::Text(_) => "Edit text",
        }
    }
}

/// Why an edit was refused. The document is unchanged when one is returned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    #[error("there is no layer {0:?} in this document")]
    NoSuchLayer(LayerId),
    #[error("layer {0:?} is not a group, so it cannot hold other layers")]
    NotAGroup(LayerId),
    #[error("layer {0:?} is a group, which has no pixels of its own")]
    NotARaster(LayerId),
    #[error("a group cannot be moved into itself")]
    IntoItself(LayerId),
    #[error("layer {0:?} is already in this document")]
    DuplicateId(LayerId),
    #[error("position {index} is past the end of a group of {len}")]
    IndexOutOfRange { index: usize, len: usize },
    /// Names the number; its range is documented where it is declared.
    #[error("{0} is not a number in its allowed range")]
    InvalidNumber(&'static str),
    #[error("a transaction is already open")]
    TransactionOpen,
    #[error("no transaction is open")]
    NoTransaction,
}
