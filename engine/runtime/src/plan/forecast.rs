use engine::{Precision, Tiling};

use super::run::Run;
use super::sizes::{Sizes, bytes};
use super::speed::Speed;
use super::task::Task;
use crate::offload::{Offload, Resident};

/// Tensors [tokens, width] in the weights' type that are alive in a block at most, beside both streams of each pass:
/// with candle's own operations a job of 4 layers then takes less than forecast. Fused kernels with what they need beside,
/// whatever the tokens, were measured on an H200 at 7.7 and 6.9 in bf16 and at 9.1 and 7.9 in FP8, at 640 and at 1024. Ranks
/// have what they exchange of all passes at once.
const BLOCK_TENSORS: u64 = 18;
const FUSED_BLOCK_TENSORS: u64 = 7;
const EXCHANGED_TENSORS: u64 = 5;
const FP8_BLOCK_TENSORS: u64 = 1;
const FUSED_BESIDE: u64 = 64 << 20;
/// Tensors [image tokens, width] in the weights' type that a pass's step cache keeps.
const CACHE_TENSORS: u64 = 2;
/// Scores that attention holds at once at most, in f32 before and after the softmax and once in the weights' type.
const MOST_SCORES: u64 = 1 << 28;
/// The same where all but small attention is fused.
const FUSED_SCORES: u64 = 1 << 23;
/// Tensors [pixels, base width] in the weights' type that are alive in the VAE at most.
const VAE_TENSORS: u64 = 22;
const FUSED_VAE_TENSORS: u64 = 7;
const TILE_PIXELS: usize = 256 * 256;
/// Tokens of a caption's template with those of the caption, and of a prompt in its template.
const CAPTION_TOKENS: usize = 800;
const TEXT_TOKENS: usize = 300;
const TEXT_TENSORS: u64 = 6;
/// Slots of the ring that layers stream through.
const SLOTS: u64 = 2;
/// Vectors of a block's modulation at a time.
const MODULATION_VECTORS: u64 = 12;
/// Tokens of a caption.
const CAPTION_LENGTH: f64 = 150.0;

pub(super) struct Forecast<'a> {
    pub sizes: &'a Sizes,
    pub speed: &'a Speed,
    pub task: &'a Task,
    /// Devices that share the tokens of each pass.
    pub ranks: usize,
}

impl<'a> Forecast<'a> {
    /// On one device.
    pub fn new(sizes: &'a Sizes, speed: &'a Speed, task: &'a Task) -> Self {
        Self {
            sizes,
            speed,
            task,
            ranks: 1,
        }
    }
}

impl Forecast<'_> {
    /// Bytes of the device at most.
    pub fn peak(&self, run: Run) -> u64 {
        let Run {
            precision, offload, ..
        } = run;
        let text = self.text_weights(precision, offload);
        let work = self.text_work(run);
        match offload {
            Offload::None => {
                let denoising = self.denoising(run);
                // The two networks work one after the other.
                let more = work.saturating_sub(self.denoising_work(run));
                text + denoising + more
            }
            Offload::Component | Offload::Block(_) => {
                let text = self.vae_weights(precision) + text + work;
                text.max(self.denoising(run))
            }
        }
    }

    /// What the transformer and the VAE take with their work.
    pub(super) fn denoising(&self, run: Run) -> u64 {
        self.vae_weights(run.precision) + self.transformer_weights(run) + self.denoising_work(run)
    }

    /// Bytes of a device that has the transformer only.
    pub fn transformer_alone(&self, run: Run) -> u64 {
        self.transformer_weights(run) + self.block_work(run)
    }

    /// With what is kept for a whole run.
    fn transformer_weights(&self, run: Run) -> u64 {
        let (sizes, number) = (self.sizes, bytes(run.precision));
        let modulation = u64::from(self.task.steps)
            * (sizes.blocks * sizes.width) as u64
            * MODULATION_VECTORS
            * number;
        self.block_weights(run.precision, run.offload)
            + sizes.ends * number
            + modulation
            + self.step_cache(run.precision)
    }

    fn denoising_work(&self, run: Run) -> u64 {
        self.block_work(run).max(self.vae_work(run))
    }

    pub(super) fn vae_weights(&self, precision: Precision) -> u64 {
        self.sizes.vae * bytes(precision)
    }

    /// Bytes in the computer's memory that stream to the device.
    pub fn streamed(&self, run: Run) -> u64 {
        let precision = run.precision;
        let Offload::Block(resident) = run.offload else {
            return 0;
        };
        let blocks = self.sizes.blocks.saturating_sub(resident.blocks) as u64;
        let layers = self.sizes.text_layers.saturating_sub(resident.text_layers) as u64;
        // Not at the same time.
        self.sizes
            .in_blocks(blocks * self.sizes.block, precision)
            .max(layers * self.sizes.text_layer(precision))
    }

    pub fn seconds(&self, run: Run) -> f64 {
        let Run {
            precision,
            offload,
            tiling,
            fused: _,
        } = run;
        let (task, speed, sizes) = (self.task, self.speed, self.sizes);
        let number = bytes(precision);
        let slower = number as f64 / 2.0;
        let compute = self.forward(precision) * f64::from(task.passes);
        let whole = Resident {
            blocks: sizes.blocks,
            text_layers: sizes.text_layers,
        };
        let resident = match offload {
            Offload::Block(resident) => resident,
            Offload::None | Offload::Component => whole,
        };
        let copied = |count: usize, resident: usize, each: u64| {
            (count.saturating_sub(resident) as u64 * each) as f64 / speed.bus
        };
        let step = compute.max(copied(
            sizes.blocks,
            resident.blocks,
            sizes.in_blocks(sizes.block, precision),
        ));

        let layers = sizes.text_layers as u64 * sizes.text_layer(precision);
        let streamed = copied(
            sizes.text_layers,
            resident.text_layers,
            sizes.text_layer(precision),
        );
        let token = streamed.max(layers as f64 / speed.memory);
        let tokens = f64::from(task.passes) + if task.caption { CAPTION_LENGTH } else { 0.0 };
        let pixels = task.pixels as f64 * f64::from(task.layers + 1);
        let overlap = if tiling == Tiling::On { 2.0 } else { 1.0 };
        let loaded = match offload {
            Offload::None => 0,
            Offload::Component | Offload::Block(_) => {
                let text = layers + (sizes.text_ends + sizes.captions) * number;
                text + sizes.in_blocks(sizes.blocks as u64 * sizes.block, precision)
            }
        };
        loaded as f64 / speed.load
            + tokens * token
            + f64::from(task.steps) * step
            + overlap * slower * pixels / speed.pixels
    }

    /// Seconds of one pass through the transformer.
    pub(super) fn forward(&self, precision: Precision) -> f64 {
        let (task, speed, sizes) = (self.task, self.speed, self.sizes);
        let tokens = task.tokens() as f64;
        let work = sizes.work(tokens);
        let linears = match precision {
            Precision::Fp8(except) => {
                let (stays, all) = except.share();
                let stays = stays as f64 / all as f64;
                work.linears * (stays + (1.0 - stays) / self.speed.fp8_faster)
            }
            _ => work.linears,
        };
        let slower = bytes(precision) as f64 / 2.0;
        let alone = slower * (linears / speed.linears + work.attention / speed.attention);
        alone / self.ranks as f64 + self.exchanged(precision) / speed.link
    }

    /// Bytes of a pass's two streams between two blocks.
    pub(super) fn streams(&self, precision: Precision) -> u64 {
        (self.task.tokens() * self.sizes.width) as u64 * bytes(precision)
    }

    /// Bytes that a device gives others in a pass: query, key and value of their heads, and what its heads made of their rows.
    fn exchanged(&self, precision: Precision) -> f64 {
        let (ranks, sizes) = (self.ranks as f64, self.sizes);
        let own = self.task.tokens() as f64 / ranks * (sizes.width * sizes.blocks) as f64;
        4.0 * own * bytes(precision) as f64 * (ranks - 1.0) / ranks
    }

    pub(super) fn text_weights(&self, precision: Precision, offload: Offload) -> u64 {
        let sizes = self.sizes;
        let stay = match offload {
            Offload::Block(resident) => {
                on_device(sizes.text_layers as u64, resident.text_layers as u64)
            }
            Offload::None | Offload::Component => sizes.text_layers as u64,
        };
        // Without offloading what captions need is there even if nothing is captioned.
        let captions = match offload {
            Offload::None => true,
            Offload::Component | Offload::Block(_) => self.task.caption,
        };
        let captions = if captions { sizes.captions } else { 0 };
        stay * sizes.text_layer(precision) + (sizes.text_ends + captions) * bytes(precision)
    }

    pub(super) fn block_weights(&self, precision: Precision, offload: Offload) -> u64 {
        let sizes = self.sizes;
        let equal = sizes.blocks.saturating_sub(1) as u64;
        let stay = match offload {
            // The last is always among those that stay.
            Offload::Block(resident) => on_device(equal, resident.blocks.saturating_sub(1) as u64),
            Offload::None | Offload::Component => equal,
        };
        sizes.in_blocks(stay * sizes.block + sizes.last_block, precision)
    }

    pub(super) fn block_work(&self, run: Run) -> u64 {
        let Run {
            precision, fused, ..
        } = run;
        let tokens = self.task.tokens();
        let (tensors, beside) = if fused {
            let fp8 = u64::from(precision.fp8().is_some()) * FP8_BLOCK_TENSORS;
            let exchanged = u64::from(self.ranks > 1) * EXCHANGED_TENSORS;
            (FUSED_BLOCK_TENSORS + fp8 + exchanged, FUSED_BESIDE)
        } else {
            let heads = self.sizes.heads.div_ceil(self.ranks);
            (BLOCK_TENSORS, scores(heads, tokens, MOST_SCORES, precision))
        };
        let own = tokens.div_ceil(self.ranks);
        let one = (own * self.sizes.width) as u64 * bytes(precision);
        let streams = one * (tensors + 2 * u64::from(self.task.passes));
        streams + beside + self.sizes.scratch(precision)
    }

    fn step_cache(&self, precision: Precision) -> u64 {
        let own = self.task.image_tokens().div_ceil(self.ranks);
        let one = (own * self.sizes.width) as u64 * bytes(precision);
        match self.task.step_cache {
            true => one * CACHE_TENSORS * u64::from(self.task.passes),
            false => 0,
        }
    }

    /// The language model's causal attention is never fused.
    pub(super) fn text_work(&self, run: Run) -> u64 {
        let Run {
            precision, fused, ..
        } = run;
        let sizes = self.sizes;
        let most = if fused { FUSED_SCORES } else { MOST_SCORES };
        let work = |tokens: usize| {
            let hidden = (tokens * sizes.text_width) as u64 * bytes(precision);
            hidden * TEXT_TENSORS + scores(sizes.text_heads, tokens, MOST_SCORES, precision)
        };
        if !self.task.caption {
            return work(TEXT_TOKENS);
        }
        let patches = self.task.pixels / sizes.patch_pixels;
        let picture = scores(sizes.vision_heads, patches, most, precision);
        let tokens = CAPTION_TOKENS + self.task.pixels / sizes.unit_pixels;
        let cache = tokens as u64 * sizes.text_cache * bytes(precision);
        picture.max(work(tokens)) + cache
    }

    fn vae_work(&self, run: Run) -> u64 {
        let Run {
            precision,
            tiling,
            fused,
            ..
        } = run;
        let tensors = if fused {
            FUSED_VAE_TENSORS
        } else {
            VAE_TENSORS
        };
        let pixels = match tiling {
            Tiling::Off => self.task.pixels,
            Tiling::On => self.task.pixels.min(TILE_PIXELS),
        };
        let whole = self.task.pixels as u64 * 4 * bytes(precision);
        2 * whole + pixels as u64 * self.sizes.vae_width as u64 * tensors * bytes(precision)
    }
}

/// Bytes of attention's scores over so many tokens, at most so many of them at once.
fn scores(heads: usize, tokens: usize, most: u64, precision: Precision) -> u64 {
    let scores = (heads * tokens * tokens) as u64;
    scores.min(most) * (2 * size_of::<f32>() as u64 + bytes(precision))
}

/// Layers of so many that are on the device when this many stay.
fn on_device(count: u64, stay: u64) -> u64 {
    let stay = stay.min(count);
    stay + (count - stay).min(SLOTS)
}
