use std::thread;

use engine::{DecomposeRequest, DeviceEstimate, Estimate};

/// Seconds of one thread: of the networks, which look at much the same number of pixels whatever the picture's, and of each
/// million pixels. The example poster at 0.5, 2, 7 and 16 million pixels took 4, 9, 10 and 11 s of a processor.
const NETWORKS: f64 = 7.0;
const MILLION: f64 = 0.3;
/// The networks gain little from more threads than this.
const MOST_THREADS: usize = 4;
/// Bytes of the networks with their work, and of each pixel: those posters took 360, 610, 650 and 730 MB.
const FIXED_BYTES: u64 = 500 << 20;
const PIXEL_BYTES: u64 = 16;

pub fn estimate(request: &DecomposeRequest) -> Estimate {
    let pixels = u64::from(request.source.width()) * u64::from(request.source.height());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let work = NETWORKS + MILLION * pixels as f64 / 1e6;
    Estimate {
        seconds: work / threads.min(MOST_THREADS) as f64,
        devices: vec![DeviceEstimate {
            device: "processor".into(),
            bytes: FIXED_BYTES + PIXEL_BYTES * pixels,
        }],
        host_bytes: 0,
    }
}
