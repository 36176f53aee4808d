use candle_core::{D, Tensor};
use engine::Tiling;

use crate::Result;
use crate::config::VaeConfig;

/// Tiles' side and distance in pixels (diffusers' values); what they share is blended.
const SIDE: usize = 256;
const STRIDE: usize = 192;

pub(super) fn encode(
    tiling: Tiling,
    pixels: &Tensor,
    encode: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    run(
        tiling,
        pixels,
        (SIDE, STRIDE),
        (SIDE / VaeConfig::SCALE, STRIDE / VaeConfig::SCALE),
        encode,
    )
}

pub(super) fn decode(
    tiling: Tiling,
    latents: &Tensor,
    decode: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    run(
        tiling,
        latents,
        (SIDE / VaeConfig::SCALE, STRIDE / VaeConfig::SCALE),
        (SIDE, STRIDE),
        decode,
    )
}

/// `input` and `output` are a tile's side and stride on either side of `convert`.
fn run(
    tiling: Tiling,
    x: &Tensor,
    input: (usize, usize),
    output: (usize, usize),
    convert: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    let (side, stride) = input;
    if tiling == Tiling::Off || (height <= side && width <= side) {
        return convert(x);
    }
    let overlap = output.0 - output.1;
    let mut above: Vec<Tensor> = Vec::new();
    let mut rows = Vec::new();
    for top in (0..height).step_by(stride) {
        let mut blended: Vec<Tensor> = Vec::new();
        for (column, left) in (0..width).step_by(stride).enumerate() {
            let tile = x.narrow(2, top, side.min(height - top))?.narrow(
                3,
                left,
                side.min(width - left),
            )?;
            let mut tile = convert(&tile.contiguous()?)?;
            if let Some(above) = above.get(column) {
                tile = blend(above, &tile, 2, overlap)?;
            }
            if let Some(left) = blended.last() {
                tile = blend(left, &tile, 3, overlap)?;
            }
            blended.push(tile);
        }
        let cropped: Vec<_> = blended
            .iter()
            .map(|tile| crop(tile, output.1))
            .collect::<Result<_>>()?;
        rows.push(Tensor::cat(&cropped, D::Minus1)?);
        above = blended;
    }
    let whole = Tensor::cat(&rows, D::Minus2)?;
    let [height, width] = [height, width].map(|length| length * output.1 / stride);
    Ok(whole.narrow(2, 0, height)?.narrow(3, 0, width)?)
}

fn crop(tile: &Tensor, side: usize) -> Result<Tensor> {
    let (_, _, height, width) = tile.dims4()?;
    Ok(tile
        .narrow(2, 0, side.min(height))?
        .narrow(3, 0, side.min(width))?)
}

/// `next` with its first `extent` rows (dimension 2) or columns (3) faded in from the last ones of `before`.
fn blend(before: &Tensor, next: &Tensor, dimension: usize, extent: usize) -> Result<Tensor> {
    let (length, next_length) = (before.dim(dimension)?, next.dim(dimension)?);
    let extent = extent.min(length).min(next_length);
    let mut shape = [1; 4];
    shape[dimension] = extent;
    let ramp: Vec<f32> = (0..extent)
        .map(|step| step as f32 / extent as f32)
        .collect();
    let ramp = Tensor::from_vec(ramp, &shape, next.device())?.to_dtype(next.dtype())?;
    let old = before
        .narrow(dimension, length - extent, extent)?
        .broadcast_mul(&(1.0 - &ramp)?)?;
    let new = next.narrow(dimension, 0, extent)?.broadcast_mul(&ramp)?;
    let blended = (old + new)?;
    if extent == next_length {
        return Ok(blended);
    }
    let rest = next.narrow(dimension, extent, next_length - extent)?;
    Ok(Tensor::cat(&[blended, rest], dimension)?)
}
