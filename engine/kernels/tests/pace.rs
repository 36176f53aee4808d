//! Who stops giving a GPU work has it idle soon, however long a piece takes.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::time::{Duration, Instant};

use candle_core::{DType, Device, Result, Tensor};
use kernels::{Pace, cuda_count};

#[test]
fn little_work_waits_for_a_slow_device() {
    if cuda_count() == 0 {
        println!("no GPU, nothing tested");
        return;
    }
    let device = Device::new_cuda(0).expect("a GPU");
    let x = Tensor::zeros((8192, 8192), DType::BF16, &device).expect("memory");
    for products in [2, 20, 150] {
        let piece = || -> Result<()> { (0..products).try_for_each(|_| x.matmul(&x).map(drop)) };
        piece().expect("work");
        device.synchronize().expect("a device at rest");
        let begun = Instant::now();
        piece().expect("work");
        device.synchronize().expect("a device at rest");
        let length = begun.elapsed();

        let mut pace = Pace::default();
        let mut longest = Duration::ZERO;
        for pieces in 1..=12 {
            for _ in 0..pieces {
                piece().expect("work");
                pace.keep(&device).expect("a pace");
            }
            let stopped = Instant::now();
            device.synchronize().expect("a device at rest");
            longest = longest.max(stopped.elapsed());
        }
        println!("pieces of {length:?}: at rest after {longest:?}");
        let most = 3 * length + Duration::from_millis(200);
        assert!(longest < most, "{longest:?} with pieces of {length:?}");
    }
}
