use std::fmt;

/// Where weights are while nothing computes with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Offload {
    /// All stay on the device.
    #[default]
    None,
    /// The text encoder and the transformer make room for each other.
    Component,
    /// That, and so many layers at most stay on the device; the others stream from the computer's memory.
    Block(Resident),
}

/// Layers that stay on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resident {
    /// Of the transformer's blocks; the last always stays, as it is smaller than the others.
    pub blocks: usize,
    pub text_layers: usize,
}

impl fmt::Display for Offload {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Component => f.write_str("component"),
            Self::Block(Resident {
                blocks,
                text_layers,
            }) => write!(
                f,
                "block ({blocks} blocks and {text_layers} text layers stay)"
            ),
        }
    }
}

impl Resident {
    /// The fewest.
    pub const LEAST: Self = Self {
        blocks: 1,
        text_layers: 0,
    };
}

/// Whether the layer `index` of `count` is among the `resident` ones that stay, which are spread evenly and end with the
/// last.
pub fn spread(index: usize, count: usize, resident: usize) -> bool {
    let resident = resident.min(count);
    (index + 1) * resident / count > index * resident / count
}
