/// The two kinds of file: they differ in limits and in the width of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Psd,
    /// "Large document format".
    Psb,
}

impl Version {
    pub fn number(self) -> u16 {
        match self {
            Self::Psd => 1,
            Self::Psb => 2,
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Psd => "psd",
            Self::Psb => "psb",
        }
    }

    /// Longest side of the canvas and of a layer, in pixels.
    pub fn max_side(self) -> u32 {
        match self {
            Self::Psd => 30_000,
            Self::Psb => 300_000,
        }
    }

    /// Photoshop reads no PSD of more than 2 GB.
    pub fn max_file_bytes(self) -> u64 {
        match self {
            Self::Psd => i32::MAX as u64,
            Self::Psb => u64::MAX,
        }
    }

    /// Bytes of a packed row's length.
    pub fn row_length_bytes(self) -> usize {
        match self {
            Self::Psd => 2,
            Self::Psb => 4,
        }
    }

    /// Bytes of the length of a section or channel.
    pub fn section_length_bytes(self) -> usize {
        match self {
            Self::Psd => 4,
            Self::Psb => 8,
        }
    }
}
