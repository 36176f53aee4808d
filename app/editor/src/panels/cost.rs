//! What a resolution costs, as far as the model's shape alone decides it.

use engine::Resolution;

/// Pixels of a token's side: the VAE's 8 (`AutoencoderKLQwenImage`) times the transformer's patch of 2.
const TOKEN_SIDE: u64 = 16;

/// Of the published transformer (transformer/config.json: 24 heads of 128, `num_layers`).
const WIDTH: f64 = 3072.0;
const BLOCKS: f64 = 60.0;

/// Tokens of a prompt of usual length.
const TEXT_TOKENS: u64 = 256;

/// "About 1,600 tokens a layer, 9,600 in all."
pub fn sentence(resolution: Resolution, layers: u32) -> String {
    let (layer, all) = (layer_tokens(resolution), image_tokens(resolution, layers));
    let mut text = format!(
        "About {} tokens a layer, {} in all.",
        thousands(layer),
        thousands(all)
    );
    if resolution != Resolution::R640 {
        let ratio = step_flops(resolution, layers) / step_flops(Resolution::R640, layers);
        text += &format!(
            " A step is {ratio:.1} times the arithmetic of 640 px, and needs more memory."
        );
    }
    text
}

/// Of the square; other shapes have nearly its area.
fn layer_tokens(resolution: Resolution) -> u64 {
    let side: u64 = match resolution {
        Resolution::R640 => 640,
        Resolution::R1024 => 1024,
    };
    (side / TOKEN_SIDE).pow(2)
}

/// The model works on the layers, on their composite, and looks at the picture.
fn image_tokens(resolution: Resolution, layers: u32) -> u64 {
    (u64::from(layers) + 2) * layer_tokens(resolution)
}

/// Arithmetic of one pass of the transformer: each token goes through four square matrices and an MLP of four times
/// the width, and attends to all others.
fn step_flops(resolution: Resolution, layers: u32) -> f64 {
    let tokens = (image_tokens(resolution, layers) + TEXT_TOKENS) as f64;
    let linears = 2.0 * (4.0 + 2.0 * 4.0) * WIDTH * WIDTH * tokens;
    let attention = 4.0 * tokens * tokens * WIDTH;
    BLOCKS * (linears + attention)
}

/// "24,576".
fn thousands(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        above => format!("{},{:03}", thousands(above), number % 1000),
    }
}
