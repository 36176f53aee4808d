use image::{Rgb, RgbImage, RgbaImage};

use crate::strip::Strip;
use crate::{NetworkError, TextBlock, read};

/// Grounds that letters are looked at over, dark to light.
const GROUNDS: [u8; 3] = [0, 128, 255];

/// What a layer says: its words over a ground that they stand out from, as one block. `None` where nothing is read.
pub fn read_layer(
    layer: &RgbaImage,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<TextBlock>, NetworkError> {
    let blocks = read(&shown(layer), cancelled, &mut |_, _| {})?;
    Ok(joined(blocks))
}

/// The layer over the grey that is farthest from its own lightness.
fn shown(layer: &RgbaImage) -> RgbImage {
    let (mut sum, mut weight) = (0.0, 0.0);
    for pixel in layer.pixels() {
        let [r, g, b, alpha] = pixel.0.map(f64::from);
        sum += alpha * (0.299 * r + 0.587 * g + 0.114 * b);
        weight += alpha;
    }
    let lightness = if weight > 0.0 { sum / weight } else { 0.0 };
    let ground = GROUNDS
        .into_iter()
        .max_by(|&a, &b| {
            let far = |ground: u8| (f64::from(ground) - lightness).abs();
            far(a).total_cmp(&far(b))
        })
        .map_or(0, u32::from);
    RgbImage::from_fn(layer.width(), layer.height(), |x, y| {
        let [r, g, b, alpha] = layer.get_pixel(x, y).0.map(u32::from);
        Rgb([r, g, b].map(|c| ((c * alpha + ground * (255 - alpha) + 127) / 255) as u8))
    })
}

/// All blocks as one that looks like the longest.
fn joined(mut blocks: Vec<TextBlock>) -> Option<TextBlock> {
    let length = |block: &TextBlock| block.words().chars().count();
    let longest = (0..blocks.len()).max_by_key(|&i| (length(&blocks[i]), blocks.len() - i))?;
    if blocks.len() == 1 {
        return blocks.pop();
    }
    let model = &blocks[longest];
    let (sin, cos) = model.angle.to_radians().sin_cos();
    let corners: Vec<[f32; 2]> = blocks.iter().flat_map(|block| block.quad).collect();
    let count: usize = blocks.iter().map(length).sum();
    let sum: f32 = blocks.iter().map(|b| b.confidence * length(b) as f32).sum();
    Some(TextBlock {
        quad: Strip::spanning([cos, sin], corners.into_iter()).quad(),
        angle: model.angle,
        size: model.size,
        colour: model.colour,
        confidence: sum / count.max(1) as f32,
        lines: blocks
            .iter()
            .flat_map(|b| b.lines.iter().cloned())
            .collect(),
    })
}
