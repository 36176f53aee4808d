//! A device that is full when the program first uses it serves it once it is not. In a program of its own, as each library
//! is opened once.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use candle_core::{DType, Device, Result, Tensor};
use kernels::{Mask, attention, cuda_count, device_memory, return_freed, silu, status};

/// All memory of a device but less than libraries take.
fn fill(device: &Device) -> Vec<Tensor> {
    let mut held = Vec::new();
    for piece in [1 << 32, 1 << 28, 1 << 24, 1 << 21] {
        while let Ok(tensor) = Tensor::zeros(piece, DType::U8, device) {
            if device.synchronize().is_err() {
                break;
            }
            held.push(tensor);
        }
    }
    held
}

/// Through this crate's own kernels, and through cuDNN.
fn work(device: &Device) -> Result<f32> {
    let x = Tensor::ones((8, 512, 128), DType::BF16, device)?;
    let attended = attention(&x, &x, &x, Mask::All)?;
    silu(&attended.contiguous()?)?
        .to_dtype(DType::F32)?
        .mean_all()?
        .to_scalar()
}

#[test]
fn a_device_that_was_full_at_first_is_used_fully_later() {
    if cuda_count() == 0 {
        println!("no GPU, nothing tested");
        return;
    }
    let device = Device::new_cuda(0).expect("a GPU");
    let held = fill(&device);
    let free = device_memory(&device).expect("memory").expect("a GPU's");
    println!("{} MiB free: {:?}", free.free >> 20, status(&device));
    println!(
        "work on a full device: {:?}",
        work(&device).map_err(|error| error.to_string())
    );

    drop(held);
    return_freed(&device).expect("memory");
    assert_eq!(status(&device), Vec::<String>::new());
    let mean = work(&device).expect("work");
    assert!((mean - 0.7311).abs() < 1e-2, "{mean}");
    assert_eq!(status(&device), Vec::<String>::new());
}
