use std::thread;

use kernels::{DeviceRates, are_linked, device_rates};

use super::known_gpu::H100;
use crate::Result;
use crate::placement::Placement;

/// What a device does in a second. The default is what this program reaches on an H100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Floating-point operations, of bf16.
    pub linears: f64,
    pub attention: f64,
    /// The blocks' products in FP8 against those in bf16, with what surrounds them.
    pub fp8_faster: f64,
    /// Bytes from the computer's memory.
    pub bus: f64,
    /// Bytes of the device's own memory.
    pub memory: f64,
    /// Bytes from files to the device.
    pub load: f64,
    /// Pixels through the VAE.
    pub pixels: f64,
    /// Bytes from a device to others that share tokens or blocks with it.
    pub link: f64,
}

/// Operations of a processor's thread in f32: half of what AVX2 can do at 3 GHz. Its memory's bytes, for all threads.
const OF_THREAD: f64 = 40e9;
const PROCESSOR_MEMORY: f64 = 20e9;

impl Default for Speed {
    fn default() -> Self {
        Self {
            linears: 600e12,
            attention: 600e12,
            fp8_faster: 1.6,
            bus: 40e9,
            memory: 1.2e12,
            load: 3e9,
            pixels: 20e6,
            // On two H200s with NVLink a step of shared tokens took 0.56 and 0.525 of one's time, at 640 and at 1024.
            link: 180e9,
        }
    }
}

impl Speed {
    /// Of the device that has the transformer's blocks, or the first of them.
    pub fn of(placement: &Placement) -> Result<Self> {
        let Some(rates) = device_rates(&placement.block_place().device)? else {
            return Ok(Self::of_processor());
        };
        let speed = Self::of_gpu(rates);
        Ok(match are_linked(&placement.devices())? {
            true => speed,
            // Once out and once in.
            false => Self {
                link: speed.bus / 2.0,
                ..speed
            },
        })
    }

    /// Other GPUs are taken to reach the same share of their rates as the H100 does; a rate of 0, as some drivers tell of
    /// GPUs that share the computer's memory, is taken for the H100's. One without FP8 turns such weights to bf16 for each
    /// product.
    pub fn of_gpu(rates: DeviceRates) -> Self {
        let (known, h100) = (Self::default(), H100.rates());
        let share = |rate: f64, of_h100: f64| match rate > 0.0 {
            true => rate / of_h100,
            false => 1.0,
        };
        let arithmetic = share(rates.products, h100.products);
        Self {
            linears: known.linears * arithmetic,
            attention: known.attention * arithmetic,
            fp8_faster: if rates.has_fp8 { known.fp8_faster } else { 0.9 },
            bus: known.bus * share(rates.bus, h100.bus),
            memory: known.memory * share(rates.memory, h100.memory),
            pixels: known.pixels * arithmetic,
            ..known
        }
    }

    fn of_processor() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from) as f64;
        let known = Self::default();
        // A forecast in f32 takes twice the time of one in bf16.
        let linears = 2.0 * OF_THREAD * threads;
        Self {
            linears,
            attention: linears / 2.0,
            fp8_faster: 0.5,
            bus: PROCESSOR_MEMORY,
            memory: PROCESSOR_MEMORY,
            pixels: known.pixels * linears / known.linears,
            ..known
        }
    }
}
