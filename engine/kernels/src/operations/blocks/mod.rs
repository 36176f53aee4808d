//! Numbers as ggml writes them: blocks of 32 or 256 in few bits each, with scales of their own (ggml-org/ggml,
//! `src/ggml-common.h` for the layouts, `src/ggml-quants.c` for what they mean).

mod legacy;
mod super_blocks;

use half::f16;

/// How the numbers of a block are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blocks {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Iq4Nl,
    Iq4Xs,
}

impl Blocks {
    pub const ALL: [Self; 12] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
        Self::Iq4Nl,
        Self::Iq4Xs,
    ];

    /// By `ggml_type` (ggml-org/ggml, `include/ggml.h`).
    pub fn of_ggml(number: u32) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|blocks| blocks.ggml() == number)
    }

    pub(crate) fn ggml(self) -> u32 {
        match self {
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q2K => 10,
            Self::Q3K => 11,
            Self::Q4K => 12,
            Self::Q5K => 13,
            Self::Q6K => 14,
            Self::Iq4Nl => 20,
            Self::Iq4Xs => 23,
        }
    }

    /// As ggml writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q2K => "Q2_K",
            Self::Q3K => "Q3_K",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
            Self::Iq4Nl => "IQ4_NL",
            Self::Iq4Xs => "IQ4_XS",
        }
    }

    /// How many a block has.
    pub fn numbers(self) -> usize {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 | Self::Iq4Nl => 32,
            Self::Q2K | Self::Q3K | Self::Q4K | Self::Q5K | Self::Q6K | Self::Iq4Xs => 256,
        }
    }

    /// Of a block.
    pub fn bytes(self) -> usize {
        match self {
            Self::Q4_0 | Self::Iq4Nl => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q2K => 84,
            Self::Q3K => 110,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
            Self::Iq4Xs => 136,
        }
    }

    /// Whole blocks as numbers; of both slices as much as the other has blocks for.
    pub fn widen(self, bytes: &[u8], numbers: &mut [f32]) {
        let widen = match self {
            Self::Q4_0 => legacy::q4_0,
            Self::Q4_1 => legacy::q4_1,
            Self::Q5_0 => legacy::q5_0,
            Self::Q5_1 => legacy::q5_1,
            Self::Q8_0 => legacy::q8_0,
            Self::Iq4Nl => legacy::iq4_nl,
            Self::Q2K => super_blocks::q2_k,
            Self::Q3K => super_blocks::q3_k,
            Self::Q4K => super_blocks::q4_k,
            Self::Q5K => super_blocks::q5_k,
            Self::Q6K => super_blocks::q6_k,
            Self::Iq4Xs => super_blocks::iq4_xs,
        };
        let blocks = bytes.chunks_exact(self.bytes());
        for (block, numbers) in blocks.zip(numbers.chunks_exact_mut(self.numbers())) {
            widen(block, numbers);
        }
    }
}

/// The 16 steps of IQ4, denser about 0.
const IQ4_STEPS: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

fn low(byte: u8) -> u8 {
    byte & 0xf
}

fn high(byte: u8) -> u8 {
    byte >> 4
}
