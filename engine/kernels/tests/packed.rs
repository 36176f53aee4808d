//! Matrices that stay as a file has them, on the processor and on the GPUs there are.
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use candle_core::{DType, Device, Tensor};
use kernels::{Blocks, Matrix, Packed, Packing, Product, Result, Rows, linear};

const ROWS: usize = 24;
const WIDTH: usize = 512;

fn devices() -> Vec<Device> {
    let gpus = (0..kernels::cuda_count()).filter_map(|gpu| Device::new_cuda(gpu).ok());
    [Device::Cpu].into_iter().chain(gpus).collect()
}

/// Blocks of any bits, but for the scales in f16, which are made small numbers.
fn random_blocks(blocks: Blocks) -> Vec<u8> {
    let mut state = blocks.bytes() as u32;
    let mut bytes: Vec<u8> = (0..ROWS * WIDTH / blocks.numbers() * blocks.bytes())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let scales: &[usize] = match blocks {
        Blocks::Q2K => &[80, 82],
        Blocks::Q3K => &[108],
        Blocks::Q6K => &[208],
        Blocks::Q4_1 | Blocks::Q5_1 | Blocks::Q4K | Blocks::Q5K => &[0, 2],
        _ => &[0],
    };
    for block in bytes.chunks_exact_mut(blocks.bytes()) {
        for place in scales {
            // Between 2⁻⁸ and 2⁻⁷.
            block[place + 1] = 0x1c | block[place + 1] & 0x83;
        }
    }
    bytes
}

/// The product with the unit matrix is the matrix turned, whatever else stands behind it in its slot.
#[test]
fn packed_matrices_multiply_as_what_they_stand_for() -> Result<()> {
    for device in devices() {
        for blocks in Blocks::ALL {
            let data = random_blocks(blocks);
            let mut numbers = vec![0f32; ROWS * WIDTH];
            blocks.widen(&data, &mut numbers);
            let half = data.len() / 2;
            let part = |data: &[u8]| -> Result<Packed> {
                let bytes = Packed::layout(Packing::Blocks(blocks), data, 2 * data.len());
                let bytes = Tensor::new(bytes, &device)?;
                Ok(Packed::new(bytes, [ROWS / 2, WIDTH]))
            };
            let matrix = Matrix::Packed(vec![part(&data[..half])?, part(&data[half..])?]);
            let unit = Tensor::eye(WIDTH, DType::F32, &device)?.to_dtype(DType::BF16)?;
            let product = Product {
                rows: Rows::Plain(&unit),
                matrix: &matrix,
                bias: None,
            };
            let found = linear(&product)?.t()?.to_dtype(DType::F32)?;
            let expected = Tensor::from_vec(numbers, (ROWS, WIDTH), &Device::Cpu)?;
            let expected = expected.to_dtype(DType::BF16)?.to_dtype(DType::F32)?;
            let found = found.to_device(&Device::Cpu)?.contiguous()?;
            assert_eq!(
                found.to_vec2::<f32>()?,
                expected.to_vec2::<f32>()?,
                "{blocks:?}"
            );
        }
    }
    Ok(())
}
