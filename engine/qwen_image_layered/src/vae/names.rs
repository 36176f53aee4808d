/// Blocks of each up level in Wan's flat list: three residual ones and the upsampler.
const UP_BLOCKS: usize = 4;

/// Wan's and ComfyUI's name of a VAE tensor in diffusers' words (`loaders/single_file_utils.py`); diffusers' own names
/// pass unchanged.
pub(super) fn diffusers_name(name: &str) -> String {
    translate(name).unwrap_or_else(|| name.to_owned())
}

fn translate(name: &str) -> Option<String> {
    let (side, rest) = name.split_once('.')?;
    match side {
        "conv1" => return Some(format!("quant_conv.{rest}")),
        "conv2" => return Some(format!("post_quant_conv.{rest}")),
        "encoder" | "decoder" => {}
        _ => return None,
    }
    let (group, inner) = rest.split_once('.')?;
    let inner = match group {
        "conv1" => format!("conv_in.{inner}"),
        "head" => match inner.split_once('.')? {
            ("0", tensor) => format!("norm_out.{tensor}"),
            ("2", tensor) => format!("conv_out.{tensor}"),
            _ => return None,
        },
        "middle" => match inner.split_once('.')? {
            ("0", tensor) => format!("mid_block.resnets.0.{}", residual(tensor)),
            ("1", tensor) => format!("mid_block.attentions.0.{tensor}"),
            ("2", tensor) => format!("mid_block.resnets.1.{}", residual(tensor)),
            _ => return None,
        },
        "downsamples" => {
            let (index, tensor) = inner.split_once('.')?;
            format!("down_blocks.{index}.{}", residual(tensor))
        }
        "upsamples" => {
            let (index, tensor) = inner.split_once('.')?;
            let index: usize = index.parse().ok()?;
            let (level, block) = (index / UP_BLOCKS, index % UP_BLOCKS);
            if block + 1 < UP_BLOCKS {
                format!("up_blocks.{level}.resnets.{block}.{}", residual(tensor))
            } else {
                format!("up_blocks.{level}.upsamplers.0.{tensor}")
            }
        }
        _ => return None,
    };
    Some(format!("{side}.{inner}"))
}

fn residual(tensor: &str) -> String {
    const PARTS: [(&str, &str); 5] = [
        ("residual.0.", "norm1."),
        ("residual.2.", "conv1."),
        ("residual.3.", "norm2."),
        ("residual.6.", "conv2."),
        ("shortcut.", "conv_shortcut."),
    ];
    PARTS
        .iter()
        .find_map(|(wan, ours)| Some(format!("{ours}{}", tensor.strip_prefix(wan)?)))
        .unwrap_or_else(|| tensor.to_owned())
}
