use candle_core::{Device, Tensor};

use crate::Result;

/// θ^(−2k/d) for k < d/2.
pub(crate) fn frequencies(theta: f32, size: usize) -> impl Iterator<Item = f32> {
    (0..size)
        .step_by(2)
        .map(move |k| 1.0 / theta.powf(k as f32 / size as f32))
}

/// Cosines and sines [tokens, angles] in f32, of a rotary embedding whose tokens have a place on several axes. Each angle
/// has its axis and frequency.
pub(crate) fn tables<const AXES: usize>(
    positions: &[[f32; AXES]],
    frequencies: &[(usize, f32)],
    device: &Device,
) -> Result<[Tensor; 2]> {
    let angles = positions.iter().flat_map(|position| {
        frequencies
            .iter()
            .map(|(axis, frequency)| position[*axis] * frequency)
    });
    let (cos, sin): (Vec<f32>, Vec<f32>) = angles.map(|angle| (angle.cos(), angle.sin())).unzip();
    let shape = (positions.len(), frequencies.len());
    Ok([
        Tensor::from_vec(cos, shape, device)?,
        Tensor::from_vec(sin, shape, device)?,
    ])
}
