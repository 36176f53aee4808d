//! torch's normal numbers from a CUDA generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
//! 1, 2, 3", 2011) in the thread geometry that torch launches with, which depends on the GPU. Read in pytorch/pytorch
//! v2.11.0 `aten/src/ATen/native/cuda/DistributionTemplates.h` and cuRAND's `curand_normal.h`. The GPU's fast sine and
//! logarithm differ in the last bits of f32.

use engine::RngGpu;

const THREADS_PER_BLOCK: usize = 256;
/// What one thread draws at a time.
const PER_THREAD: usize = 4;
const ROUNDS: usize = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// cuRAND's 2⁻³² as it is written there.
const TO_UNIT: f32 = 2.328_306_4e-10;
const TO_ANGLE: f32 = (2.328_306_435_996_595_4e-10 * 2.0 * std::f64::consts::PI) as f32;

/// How many threads a GPU runs at once; equal seeds give equal noise only on GPUs where the product is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gpu {
    pub multiprocessors: u32,
    pub threads_per_multiprocessor: u32,
}

impl From<RngGpu> for Gpu {
    fn from(gpu: RngGpu) -> Self {
        match gpu {
            RngGpu::H100 | RngGpu::H200 => Self::H100,
            RngGpu::A100 => Self::A100,
            RngGpu::L40s => Self::L40S,
            RngGpu::Rtx5090 => Self::RTX_5090,
            RngGpu::Rtx4090 => Self::RTX_4090,
            RngGpu::Rtx3090 => Self::RTX_3090,
        }
    }
}

impl Gpu {
    /// H100 SXM and H200, where the published samples were made.
    pub const H100: Self = Self::new(132, 2048);
    pub const A100: Self = Self::new(108, 2048);
    pub const L40S: Self = Self::new(142, 1536);
    pub const RTX_5090: Self = Self::new(170, 1536);
    pub const RTX_4090: Self = Self::new(128, 1536);
    pub const RTX_3090: Self = Self::new(82, 1536);

    pub const fn new(multiprocessors: u32, threads_per_multiprocessor: u32) -> Self {
        Self {
            multiprocessors,
            threads_per_multiprocessor,
        }
    }

    /// Threads of the launch that fills `n` places.
    fn threads(self, n: usize) -> usize {
        let blocks_at_once = self.multiprocessors as usize
            * self.threads_per_multiprocessor as usize
            / THREADS_PER_BLOCK;
        blocks_at_once.min(n.div_ceil(THREADS_PER_BLOCK)).max(1) * THREADS_PER_BLOCK
    }
}

/// `n` numbers of `torch.randn(n, device="cuda")` after `manual_seed(seed)`. Thread t's k-th number of round r lands at
/// place (4r + k) · threads + t.
pub(super) fn randn_f32(seed: u64, n: usize, gpu: Gpu) -> Vec<f32> {
    let threads = gpu.threads(n);
    let mut values = vec![0.0; n];
    for (round, places) in values.chunks_mut(PER_THREAD * threads).enumerate() {
        for thread in 0..threads.min(places.len()) {
            let numbers = normal4(philox([round as u32, 0, thread as u32, 0], seed));
            for (number, place) in numbers
                .iter()
                .zip(places[thread..].iter_mut().step_by(threads))
            {
                *place = *number;
            }
        }
    }
    values
}

fn philox(mut counter: [u32; 4], seed: u64) -> [u32; 4] {
    let mut key = [seed as u32, (seed >> 32) as u32];
    for _ in 0..ROUNDS {
        let [first, second] = [0, 1].map(|half| {
            let product = u64::from(MULTIPLIERS[half]) * u64::from(counter[2 * half]);
            ((product >> 32) as u32, product as u32)
        });
        counter = [
            second.0 ^ counter[1] ^ key[0],
            second.1,
            first.0 ^ counter[3] ^ key[1],
            first.1,
        ];
        key = [0, 1].map(|half| key[half].wrapping_add(KEY_STEPS[half]));
    }
    counter
}

/// Box-Muller over two pairs of words; sine comes before cosine.
fn normal4(words: [u32; 4]) -> [f32; 4] {
    let pair = |x: u32, y: u32| {
        let u = x as f32 * TO_UNIT + TO_UNIT / 2.0;
        let angle = y as f32 * TO_ANGLE + TO_ANGLE / 2.0;
        let radius = (-2.0 * u.ln()).sqrt();
        (radius * angle.sin(), radius * angle.cos())
    };
    let (a, b) = pair(words[0], words[1]);
    let (c, d) = pair(words[2], words[3]);
    [a, b, c, d]
}
