use kernels::{DeviceForm, DeviceRates};

/// A GPU that a plan can be made for without having one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownGpu {
    pub name: &'static str,
    /// Bytes.
    memory: u64,
    form: DeviceForm,
}

/// What the driver keeps for a program that uses a GPU.
const CONTEXT: u64 = 512 << 20;

const GEFORCE: bool = true;
const OTHER: bool = false;

/// From NVIDIA's data sheets and whitepapers (A100, H100, GA102, AD102, GB202), with memory as `nvidia-smi` shows it: MiB,
/// compute capability, multiprocessors and lines to the memory, clocks of both in MHz.
#[rustfmt::skip]
const KNOWN: [KnownGpu; 16] = [
    gpu("h200",              143_771, OTHER,   (9, 0),  [132, 6144], [1980, 3201]),
    gpu("h100",               81_559, OTHER,   (9, 0),  [132, 5120], [1980, 2619]),
    gpu("a100-80gb",          81_920, OTHER,   (8, 0),  [108, 5120], [1410, 1593]),
    gpu("a100-40gb",          40_960, OTHER,   (8, 0),  [108, 5120], [1410, 1215]),
    gpu("l40s",               46_068, OTHER,   (8, 9),  [142, 384],  [2520, 9001]),
    gpu("rtx-pro-6000",       97_887, OTHER,   (12, 0), [188, 512],  [2617, 14_001]),
    gpu("rtx-6000-ada",       49_140, OTHER,   (8, 9),  [142, 384],  [2505, 10_001]),
    gpu("rtx-a6000",          49_140, OTHER,   (8, 6),  [84, 384],   [1800, 8001]),
    gpu("rtx-5090",           32_607, GEFORCE, (12, 0), [170, 512],  [2407, 14_001]),
    gpu("rtx-5080",           16_303, GEFORCE, (12, 0), [84, 256],   [2617, 15_001]),
    gpu("rtx-4090",           24_564, GEFORCE, (8, 9),  [128, 384],  [2520, 10_501]),
    gpu("rtx-4080",           16_376, GEFORCE, (8, 9),  [76, 256],   [2505, 11_201]),
    gpu("rtx-4070-ti-super",  16_376, GEFORCE, (8, 9),  [66, 256],   [2610, 10_501]),
    gpu("rtx-4060-ti-16gb",   16_380, GEFORCE, (8, 9),  [34, 128],   [2535, 9001]),
    gpu("rtx-3090",           24_576, GEFORCE, (8, 6),  [82, 384],   [1695, 9751]),
    gpu("rtx-3060-12gb",      12_288, GEFORCE, (8, 6),  [28, 192],   [1777, 7501]),
];

/// The GPU that this program was measured on.
pub(super) const H100: KnownGpu = KNOWN[1];

impl KnownGpu {
    pub fn all() -> &'static [Self] {
        &KNOWN
    }

    pub(super) fn rates(&self) -> DeviceRates {
        self.form.rates()
    }

    /// Bytes that are free while no other program uses the GPU.
    pub(super) fn free(&self) -> u64 {
        self.memory - CONTEXT
    }
}

const fn gpu(
    name: &'static str,
    memory_mib: u64,
    is_geforce: bool,
    capability: (i32, i32),
    [multiprocessors, memory_bits]: [i32; 2],
    [clock, memory_clock]: [u32; 2],
) -> KnownGpu {
    KnownGpu {
        name,
        memory: memory_mib << 20,
        form: DeviceForm {
            capability,
            is_geforce,
            multiprocessors,
            clock: clock as f64 * 1e6,
            memory_clock: memory_clock as f64 * 1e6,
            memory_bits,
        },
    }
}
