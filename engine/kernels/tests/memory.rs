//! A device's memory is used to its end.
#![cfg(feature = "cuda")]
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::sync::Mutex;

use candle_core::{DType, Device, Tensor};
use kernels::{cuda_count, keep_freed, return_freed, silu};

/// One test at a time has the device.
static DEVICE: Mutex<()> = Mutex::new(());

fn with_device(test: impl FnOnce(&Device)) {
    if cuda_count() == 0 {
        println!("no GPU, nothing tested");
        return;
    }
    let _only = DEVICE.lock();
    test(&Device::new_cuda(0).expect("a GPU"));
}

/// As a block's tensors are, while the device is still at work on earlier ones.
#[test]
fn what_was_just_freed_in_pieces_serves_a_larger_tensor() {
    with_device(|device| {
        keep_freed(device).expect("a pool");
        let piece = || Tensor::zeros(32 << 20, DType::BF16, device);
        let x = Tensor::ones((1 << 13, 1 << 15), DType::BF16, device).expect("memory");
        silu(&x).expect("the kernels");
        let factor = Tensor::zeros((8192, 8192), DType::BF16, device).expect("memory");
        let mut product = factor.matmul(&factor).expect("a product");
        let mut pieces = Vec::new();
        while let Ok(piece) = piece() {
            pieces.push(piece);
        }
        assert!(pieces.len() > 32, "{} pieces", pieces.len());
        // Work is queued before every second piece is freed, together twice what the result takes.
        pieces.truncate(pieces.len() - 4);
        for _ in 0..50 {
            product = factor.matmul(&product).expect("a product");
        }
        let mut freed = 0;
        let mut index = 0;
        pieces.retain(|_| {
            index += 1;
            let stays = index % 2 == 0 || freed >= 16;
            freed += usize::from(!stays);
            stays
        });
        let result = silu(&x).expect("memory for the result");
        let mean = result
            .narrow(0, 0, 1)
            .and_then(|row| row.to_dtype(DType::F32)?.mean_all()?.to_scalar::<f32>());
        assert!((mean.expect("a mean") - 0.7311).abs() < 1e-2);
        drop((pieces, factor, product, result));
        return_freed(device).expect("memory");
    });
}
