use kernels::{DeviceForm, DeviceRates};

use super::budget::Budget;
use super::card::plan;
use super::run::{Plan, TooSmall};
use super::sizes::Sizes;
use super::speed::Speed;
use super::task::Task;
use super::wishes::Wishes;

/// A GPU that a plan can be made for without having one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownCard {
    pub name: &'static str,
    /// MiB of memory, as `nvidia-smi` shows them.
    memory: u64,
    form: DeviceForm,
}

/// What the driver keeps for a program that uses a card.
const CONTEXT: u64 = 512 << 20;

/// Clocks and counts are those of NVIDIA's data sheets and whitepapers (A100, H100, GA102, AD102, GB202).
const KNOWN: [KnownCard; 16] = [
    card("h200", 143_771, data_centre((9, 0), 132, 1980, 3201, 6144)),
    card("h100", 81_559, data_centre((9, 0), 132, 1980, 2619, 5120)),
    card(
        "a100-80gb",
        81_920,
        data_centre((8, 0), 108, 1410, 1593, 5120),
    ),
    card(
        "a100-40gb",
        40_960,
        data_centre((8, 0), 108, 1410, 1215, 5120),
    ),
    card("l40s", 46_068, data_centre((8, 9), 142, 2520, 9001, 384)),
    card(
        "rtx-pro-6000",
        97_887,
        data_centre((12, 0), 188, 2617, 14_001, 512),
    ),
    card(
        "rtx-6000-ada",
        49_140,
        data_centre((8, 9), 142, 2505, 10_001, 384),
    ),
    card(
        "rtx-a6000",
        49_140,
        data_centre((8, 6), 84, 1800, 8001, 384),
    ),
    card("rtx-5090", 32_607, geforce((12, 0), 170, 2407, 14_001, 512)),
    card("rtx-5080", 16_303, geforce((12, 0), 84, 2617, 15_001, 256)),
    card("rtx-4090", 24_564, geforce((8, 9), 128, 2520, 10_501, 384)),
    card("rtx-4080", 16_376, geforce((8, 9), 76, 2505, 11_201, 256)),
    card(
        "rtx-4070-ti-super",
        16_376,
        geforce((8, 9), 66, 2610, 10_501, 256),
    ),
    card(
        "rtx-4060-ti-16gb",
        16_380,
        geforce((8, 9), 34, 2535, 9001, 128),
    ),
    card("rtx-3090", 24_576, geforce((8, 6), 82, 1695, 9751, 384)),
    card(
        "rtx-3060-12gb",
        12_288,
        geforce((8, 6), 28, 1777, 7501, 192),
    ),
];

impl KnownCard {
    /// Fastest kinds first.
    pub fn all() -> &'static [Self] {
        &KNOWN
    }

    pub fn rates(&self) -> DeviceRates {
        self.form.rates()
    }

    /// The fastest plan that fits while no other program uses the card, in a computer with memory enough. `limit`: bytes of
    /// the card at most.
    pub fn plan(
        &self,
        sizes: &Sizes,
        task: &Task,
        wishes: &Wishes,
        limit: Option<u64>,
    ) -> Result<Plan, TooSmall> {
        let free = (self.memory << 20) - CONTEXT;
        let budget = Budget::of_gpu(limit.map_or(free, |limit| limit.min(free)), u64::MAX);
        let speed = Speed::of_gpu(self.rates());
        plan(sizes, &speed, task, budget, wishes)
    }
}

const fn card(name: &'static str, memory: u64, form: DeviceForm) -> KnownCard {
    KnownCard { name, memory, form }
}

/// Clocks in MHz.
const fn data_centre(
    capability: (i32, i32),
    multiprocessors: i32,
    clock: u32,
    memory_clock: u32,
    memory_bits: i32,
) -> DeviceForm {
    DeviceForm {
        capability,
        is_geforce: false,
        multiprocessors,
        clock: clock as f64 * 1e6,
        memory_clock: memory_clock as f64 * 1e6,
        memory_bits,
    }
}

const fn geforce(
    capability: (i32, i32),
    multiprocessors: i32,
    clock: u32,
    memory_clock: u32,
    memory_bits: i32,
) -> DeviceForm {
    let form = data_centre(
        capability,
        multiprocessors,
        clock,
        memory_clock,
        memory_bits,
    );
    DeviceForm {
        is_geforce: true,
        ..form
    }
}
