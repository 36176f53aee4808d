/// What of a layer may not be changed, as Photoshop's four lock buttons. Of a group, it holds for all inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Locks {
    /// Where the layer is transparent. No edit of ours changes that; kept for the file.
    pub transparency: bool,
    /// Colours, and what the pixels are split into.
    pub pixels: bool,
    pub position: bool,
}

impl Locks {
    pub const NONE: Self = Self {
        transparency: false,
        pixels: false,
        position: false,
    };
    pub const ALL: Self = Self {
        transparency: true,
        pixels: true,
        position: true,
    };

    /// Nothing of the layer may be changed, its name, opacity and place in the stack included.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    pub fn is_any(self) -> bool {
        self != Self::NONE
    }

    /// What either forbids.
    pub fn and(self, other: Self) -> Self {
        Self {
            transparency: self.transparency || other.transparency,
            pixels: self.pixels || other.pixels,
            position: self.position || other.position,
        }
    }
}
