//! Numbers from a file's bytes arrive as they are stored, wherever the bytes begin and however many they are.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use candle_core::{DType, Device};
use kernels::Uploads;

/// More than fit the buffers on a device's way once.
const MANY: usize = 40 << 20;

fn devices() -> Vec<Device> {
    [Device::Cpu].into_iter().chain(gpus()).collect()
}

fn gpus() -> Vec<Device> {
    (0..kernels::cuda_count())
        .filter_map(|gpu| Device::new_cuda(gpu).ok())
        .collect()
}

#[test]
fn numbers_arrive_as_they_are_stored() {
    for device in devices() {
        let uploads = Uploads::default();
        for count in [1, 1000, 3_000_001] {
            for before in [0, 1] {
                let numbers: Vec<f32> = (0..count).map(|index| index as f32).collect();
                let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
                let bytes: Vec<u8> = vec![0; before].into_iter().chain(bytes).collect();
                let tensor = uploads.tensor(&bytes[before..], DType::F32, &[count], &device);
                let tensor = tensor.unwrap().to_vec1::<f32>().unwrap();
                assert!(tensor == numbers, "{count} after {before} on {device:?}");
            }
        }
    }
}

/// Uploads one tensor after the other, the next one to the next device.
fn upload_in_turn(devices: &[Device]) {
    let uploads = Uploads::default();
    let several: Vec<_> = (1..=6u8)
        .zip(devices.iter().cycle())
        .map(|(value, device)| {
            let bytes = vec![value; 4 * MANY];
            let tensor = uploads.tensor(&bytes, DType::F32, &[MANY], device);
            // Read at once by the device that it is for.
            (value, tensor.and_then(|tensor| &tensor * 2.0).unwrap())
        })
        .collect();
    for (value, tensor) in several {
        let expected = 2.0 * f32::from_le_bytes([value; 4]);
        let numbers = tensor.to_vec1::<f32>().unwrap();
        assert!(numbers.iter().all(|number| *number == expected));
    }
}

#[test]
fn uploads_that_overtake_each_other_mix_nothing_up() {
    for device in gpus() {
        upload_in_turn(&[device]);
    }
}

#[test]
fn uploads_to_several_gpus_mix_nothing_up() {
    match gpus().as_slice() {
        gpus @ [_, _, ..] => upload_in_turn(gpus),
        gpus => println!("{} GPUs, nothing tested", gpus.len()),
    }
}

#[test]
fn bytes_that_are_no_such_tensor_are_refused() {
    for device in devices() {
        let tensor = Uploads::default().tensor(&[0; 6], DType::F32, &[2], &device);
        assert!(tensor.is_err(), "{device:?}");
    }
}
