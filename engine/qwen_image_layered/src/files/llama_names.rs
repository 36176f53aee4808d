use runtime::weights::{Part, Target};

/// The text encoder's tensor by llama.cpp's name, of the language model or of its mmproj file (ggml-org/llama.cpp,
/// `gguf-py/gguf/constants.py`, and `tools/mtmd/clip-impl.h` for the vision tower).
pub(crate) fn llama_name(name: &str) -> Option<Target> {
    let whole = match name {
        "token_embd.weight" => "model.embed_tokens.weight",
        "output_norm.weight" => "model.norm.weight",
        "output.weight" => "lm_head.weight",
        "v.post_ln.weight" => "visual.merger.ln_q.weight",
        "v.patch_embd.weight" => return Some(frame(0)),
        "v.patch_embd.weight.1" => return Some(frame(1)),
        _ => return in_list(name),
    };
    Some(whole.to_owned().into())
}

fn frame(number: usize) -> Target {
    Target {
        name: "visual.patch_embed.proj.weight".into(),
        part: Part::Frame(number),
    }
}

/// Of a numbered layer.
fn in_list(name: &str) -> Option<Target> {
    let (list, inner) = ["blk.", "v.blk.", "mm."]
        .into_iter()
        .find_map(|list| Some((list, name.strip_prefix(list)?)))?;
    let (number, inner) = inner.split_once('.')?;
    number.parse::<usize>().ok()?;
    if list == "mm." {
        return Some(format!("visual.merger.mlp.{number}.{inner}").into());
    }
    let (module, tensor) = inner.split_once('.')?;
    let (layers, module, part) = match (list, module) {
        ("blk.", module) => ("model.layers", language(module)?, Part::Whole),
        (_, "attn_q") => ("visual.blocks", "attn.qkv", Part::Rows(0)),
        (_, "attn_k") => ("visual.blocks", "attn.qkv", Part::Rows(1)),
        (_, "attn_v") => ("visual.blocks", "attn.qkv", Part::Rows(2)),
        (_, module) => ("visual.blocks", vision(module)?, Part::Whole),
    };
    Some(Target {
        name: format!("{layers}.{number}.{module}.{tensor}"),
        part,
    })
}

fn language(module: &str) -> Option<&'static str> {
    Some(match module {
        "attn_norm" => "input_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "ffn_norm" => "post_attention_layernorm",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => return None,
    })
}

fn vision(module: &str) -> Option<&'static str> {
    Some(match module {
        "ln1" => "norm1",
        "ln2" => "norm2",
        "attn_qkv" => "attn.qkv",
        "attn_out" => "attn.proj",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => return None,
    })
}
