use engine::Precision;

/// How many numbers each part of a model has, and what its shape decides besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub blocks: usize,
    pub text_layers: usize,
    /// Width of the transformer's streams.
    pub width: usize,
    pub block: u64,
    /// Of a block where its matrices stay in memory as a file has them.
    pub stored_block: Option<StoredBlock>,
    pub last_block: u64,
    /// Before and after the blocks.
    pub ends: u64,
    pub text_layer: u64,
    /// Bytes of one whose matrices stay in memory as a file has them.
    pub stored_text_layer: Option<u64>,
    /// A token's keys and values in all layers of the text encoder.
    pub text_cache: u64,
    /// The text encoder's embeddings and last norm.
    pub text_ends: u64,
    /// What only captions need.
    pub captions: u64,
    pub heads: usize,
    pub text_heads: usize,
    pub vision_heads: usize,
    /// Pixels of the vision tower's patch, and of a token that the language model sees.
    pub patch_pixels: usize,
    pub unit_pixels: usize,
    /// Width of the widest activation in the text encoder.
    pub text_width: usize,
    pub vae: u64,
    pub vae_width: usize,
}

/// Bytes of a block as its file has it, with what LoRAs add beside its matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredBlock {
    /// GGUF's types, which stay unless FP8 is computed with.
    Packed(u64),
    /// FP8 with what the file left in bf16, which stay where FP8 is computed with.
    Fp8(u64),
}

impl StoredBlock {
    /// Where it stays at this precision.
    fn bytes(self, precision: Precision) -> Option<u64> {
        match (self, precision) {
            (Self::Fp8(bytes), Precision::Fp8(_)) => Some(bytes),
            (Self::Packed(_), Precision::Fp8(_)) | (Self::Fp8(_), _) => None,
            (Self::Packed(bytes), _) => Some(bytes),
        }
    }
}

impl Sizes {
    /// Of one forward pass over so many tokens of text and picture together.
    pub fn work(&self, tokens: f64) -> Work {
        let (width, blocks) = (self.width as f64, self.blocks as f64);
        Work {
            linears: 24.0 * width * width * blocks * tokens,
            attention: 4.0 * tokens * tokens * width * blocks,
        }
    }

    /// With the blocks as a file has them.
    #[must_use]
    pub fn with_stored_block(self, stored_block: Option<StoredBlock>) -> Self {
        Self {
            stored_block,
            ..self
        }
    }

    /// With the text encoder's layers as a file has them.
    #[must_use]
    pub fn with_stored_text_layer(self, stored_text_layer: Option<u64>) -> Self {
        Self {
            stored_text_layer,
            ..self
        }
    }

    /// With so many bits a number in the text encoder's layers.
    #[must_use]
    pub fn with_text_bits(self, bits: f64) -> Self {
        let bytes = self.text_layer as f64 * bits / 8.0;
        self.with_stored_text_layer(Some(bytes as u64))
    }

    /// Bytes of one of the text encoder's layers.
    pub fn text_layer(&self, precision: Precision) -> u64 {
        let whole = self.text_layer * bytes(precision);
        self.stored_text_layer.unwrap_or(whole)
    }

    /// The share of the transformer's numbers that a block keeps while it runs: all but those of its modulation.
    pub fn block_share(&self) -> f64 {
        let modulation = 12 * (self.width as u64).pow(2);
        self.block as f64 / (self.blocks as u64 * (self.block + modulation) + self.ends) as f64
    }

    /// Bytes of so many numbers of the transformer's blocks.
    pub fn in_blocks(&self, numbers: u64, precision: Precision) -> u64 {
        let stored = self.stored_block.and_then(|block| block.bytes(precision));
        match (precision, stored) {
            (_, Some(bytes)) => {
                let share = numbers as f64 / self.block.max(1) as f64;
                (bytes as f64 * share) as u64
            }
            (Precision::Fp8(except), None) => {
                let (stays, all) = except.share();
                numbers + numbers * stays / all
            }
            (_, None) => numbers * bytes(precision),
        }
    }

    /// Bytes of the matrices that are widened at a time: those of an MLP's halves, in both streams.
    pub fn scratch(&self, precision: Precision) -> u64 {
        match (precision, self.stored_block) {
            (Precision::Fp8(_), _) => 0,
            (_, Some(StoredBlock::Packed(_))) => 8 * (self.width as u64).pow(2) * bytes(precision),
            (_, Some(StoredBlock::Fp8(_)) | None) => 0,
        }
    }
}

/// Floating-point operations of the transformer's blocks, products and sums counted apart. Each token goes through
/// products of 12 · width² weights, and attends to all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    pub linears: f64,
    pub attention: f64,
}

/// Bytes of a number.
pub fn bytes(precision: Precision) -> u64 {
    match precision {
        Precision::Auto | Precision::Bf16 | Precision::Fp8(_) => 2,
        Precision::F32 => 4,
    }
}
