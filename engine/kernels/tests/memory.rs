//! A device's memory is given back by whoever asks for it.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::thread;

use candle_core::{DType, Device, Tensor};
use kernels::{cuda_count, return_freed, take_over, tensor_memory};

#[test]
fn a_thread_that_has_used_no_device_frees_tensors() {
    if cuda_count() == 0 {
        println!("no GPU, nothing tested");
        return;
    }
    let device = Device::new_cuda(0).expect("a GPU");
    let taken = || tensor_memory(&device).expect("the pool's use").1;
    let before = taken();
    let tensor = Tensor::zeros((64, 1 << 20), DType::F32, &device).expect("memory");
    assert!(taken() > before);
    let devices = device.clone();
    let freed = thread::spawn(move || {
        take_over(&devices)?;
        drop(tensor);
        return_freed(&devices)
    });
    freed.join().expect("no panic").expect("freed");
    assert_eq!(taken(), before);
}
