"""Writes the tiny model of fixtures/split in every format that people have it in, each beside a twin in plain f32 with the
numbers that the public readers see in it.

    pip install gguf safetensors ml_dtypes
    python make_formats.py FOLDER

FOLDER/NAME/transformer.*, text_encoder.*, mmproj.gguf   the format
FOLDER/NAME/plain/…                                      the same as f32 safetensors in diffusers' and transformers' names
FOLDER/wrong/…                                           what must be refused
"""

import json
import pathlib
import shutil
import struct
import sys

import gguf
import ml_dtypes
import numpy as np
from gguf import GGMLQuantizationType as Q
from safetensors.numpy import save_file

SPLIT = pathlib.Path(__file__).parent / "fixtures" / "split"
OUT = pathlib.Path(sys.argv[1])
RANDOM = np.random.default_rng(5)
NAMES = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "U8": np.uint8, "I8": np.int8,
         "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2}  # fmt: skip
E4M3, E5M2 = ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2


def load(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[8 + length :][slice(*info["data_offsets"])], NAMES[info["dtype"]])
        .reshape(info["shape"])
        .astype(np.float32)
        for name, info in header.items()
    }


def save(path, tensors, metadata=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.array(value, order="C") for name, value in tensors.items()}, path, metadata)


def plain(name, part, tensors):
    save(OUT / name / "plain" / f"{part}.safetensors", {k: v.astype(np.float32) for k, v in tensors.items()})


def is_matrix(value):
    return value.ndim == 2 and min(value.shape) > 2


# ComfyUI


def fp8(name, part, tensors, kind, prefix=""):
    """Cast only."""
    stored = {k: v.astype(kind if is_matrix(v) else ml_dtypes.bfloat16) for k, v in tensors.items()}
    save(OUT / name / f"{part}.safetensors", {prefix + k: v for k, v in stored.items()})
    plain(name, part, stored)


def scaled(value, kind=E4M3, axis=None):
    scale = np.abs(value).max(axis, keepdims=axis is not None).astype(np.float32) / np.float32(ml_dtypes.finfo(kind).max)
    return (value / scale).astype(kind), np.asarray(scale, np.float32)


def old_scaled(name, part, tensors, prefix=""):
    stored, seen = {f"{prefix}scaled_fp8": np.zeros(2, E4M3)}, {}
    for key, value in tensors.items():
        if is_matrix(value):
            stored[prefix + key], scale = scaled(value)
            layer = prefix + key.removesuffix(".weight")
            stored[f"{layer}.scale_weight"], stored[f"{layer}.scale_input"] = scale, np.ones((), np.float32)
            seen[key] = stored[prefix + key].astype(np.float32) * scale
        else:
            stored[prefix + key] = value.astype(ml_dtypes.bfloat16)
            seen[key] = stored[prefix + key]
    save(OUT / name / f"{part}.safetensors", stored)
    plain(name, part, seen)


def nvfp4(value):
    """e2m1 by 16 of a row, the first of two in the upper half of a byte, scales in cuBLAS's tiles."""
    steps = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], np.float32)
    rows, columns = value.shape
    groups = value.reshape(rows, columns // 16, 16)
    whole = np.float32(np.abs(value).max() / (448 * 6))
    scales = (np.abs(groups).max(-1) / 6 / whole).astype(E4M3)
    factor = (whole * scales.astype(np.float32))[..., None]
    units = np.divide(groups, factor, out=np.zeros_like(groups), where=factor != 0)
    bits = np.abs(np.abs(units)[..., None] - steps).argmin(-1).astype(np.uint8)
    seen = (np.where(units < 0, -1, 1) * steps[bits] * factor).astype(np.float32).reshape(value.shape)
    bits = (bits | np.where(units < 0, 8, 0).astype(np.uint8)).reshape(rows, columns)
    tiles = np.zeros((-(-rows // 128) * 128, -(-(columns // 16) // 4) * 4), E4M3)
    tiles[:rows, : columns // 16] = scales
    blocked = tiles.reshape(-1, 4, 32, tiles.shape[1] // 4, 4).transpose(0, 3, 2, 1, 4)
    return bits[:, ::2] << 4 | bits[:, 1::2], blocked.reshape(tiles.shape), whole, seen


def comfy_quant(name, part, tensors, in_metadata, prefix=""):
    """Every kind of layer in turn, and every fourth as it was."""
    stored, seen, layers = {}, {}, {}
    matrices = [key for key, value in tensors.items() if is_matrix(value)]
    for key, value in tensors.items():
        layer = prefix + key.removesuffix(".weight")
        number = matrices.index(key) if key in matrices else 3
        if number % 4 == 0:
            stored[prefix + key], scale = scaled(value)
            stored[f"{layer}.weight_scale"] = scale
            seen[key] = stored[prefix + key].astype(np.float32) * scale
            layers[layer] = {"format": "float8_e4m3fn"}
        elif number % 4 == 1 and value.shape[1] % 16 == 0:
            packed, scales, whole, seen[key] = nvfp4(value)
            stored[prefix + key], stored[f"{layer}.weight_scale"] = packed, scales
            stored[f"{layer}.weight_scale_2"] = np.asarray(whole)
            layers[layer] = {"format": "nvfp4"}
        elif number % 4 == 2:
            scale = np.abs(value).max(1, keepdims=True) / np.float32(127)
            stored[prefix + key] = np.round(value / scale).astype(np.int8)
            stored[f"{layer}.weight_scale"] = scale
            seen[key] = stored[prefix + key].astype(np.float32) * scale
            layers[layer] = {"format": "int8_tensorwise"}
        else:
            seen[key] = stored[prefix + key] = value.astype(ml_dtypes.bfloat16)
    metadata = None
    if in_metadata:
        metadata = {"_quantization_metadata": json.dumps({"format_version": "1.0", "layers": layers})}
    else:
        for layer, described in layers.items():
            stored[f"{layer}.comfy_quant"] = np.frombuffer(json.dumps(described).encode(), np.uint8)
    save(OUT / name / f"{part}.safetensors", stored, metadata)
    plain(name, part, seen)


# GGUF

BLOCKS_32 = [Q.Q8_0, Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1, Q.IQ4_NL]
BLOCKS_256 = [Q.Q2_K, Q.Q3_K, Q.Q4_K, Q.Q5_K, Q.Q6_K, Q.IQ4_XS]
# Where a block has its scales in f16, and about how large its numbers are with scales of 1.
SCALES = {Q.IQ4_NL: ([0], 60), Q.Q2_K: ([80, 82], 12), Q.Q3_K: ([108], 60), Q.Q4_K: ([0, 2], 240), Q.Q5_K: ([0, 2], 480),
          Q.Q6_K: ([208], 1400), Q.IQ4_XS: ([0], 1200)}  # fmt: skip


def random_blocks(value, kind):
    """Blocks that the package cannot make: any bits, with scales that give numbers about as large as these."""
    size, length = gguf.GGML_QUANT_SIZES[kind]
    blocks = RANDOM.integers(0, 256, (value.size // size, length), np.uint8)
    places, largest = SCALES[kind]
    for place in places:
        scales = value.std() / largest * RANDOM.uniform(0.5, 1.5, len(blocks))
        blocks[:, place : place + 2] = scales.astype(np.float16)[:, None].view(np.uint8)
    return blocks.reshape(value.shape[0], -1)


def quantised(value, kind):
    """As a file has it, and as it is read."""
    if kind in (Q.F32, Q.F16):
        data = value.astype(np.float32 if kind == Q.F32 else np.float16)
        return data, data.astype(np.float32)
    data = random_blocks(value, kind) if kind in SCALES else gguf.quants.quantize(value, kind)
    return data, gguf.quants.dequantize(data, kind).astype(np.float32)


def add(writer, name, value, kind):
    data, seen = quantised(value, kind)
    writer.add_tensor(name, data, raw_dtype=kind)
    return seen


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def writer(path, architecture):
    path.parent.mkdir(parents=True, exist_ok=True)
    return gguf.GGUFWriter(path, architecture)


def gguf_transformer(name, tensors, kinds):
    out, seen, number = writer(OUT / name / "transformer.gguf", "qwen_image"), {}, 0
    for key, value in tensors.items():
        if not is_matrix(value):
            seen[key] = add(out, key, value, Q.F32)
            continue
        kind, number = kinds[number % len(kinds)], number + 1
        rows = value
        if kind in BLOCKS_256 and value.shape[1] % 256:
            rows = value.reshape(-1, 256)
            out.add_array(f"comfy.gguf.orig_shape.{key}", [int(size) for size in value.shape])
        seen[key] = add(out, key, rows, kind).reshape(value.shape)
    close(out)
    plain(name, "transformer", seen)


LANGUAGE = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
VISION = {
    "norm1": "ln1", "norm2": "ln2", "attn.proj": "attn_out", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
ENDS = {
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight", "visual.merger.ln_q.weight": "v.post_ln.weight",
}  # fmt: skip


def llama_name(name):
    if name in ENDS:
        return ENDS[name]
    if name.startswith("visual.merger.mlp."):
        return name.replace("visual.merger.mlp.", "mm.")
    for layers, own, names in (("model.layers.", "blk.", LANGUAGE), ("visual.blocks.", "v.blk.", VISION)):
        if name.startswith(layers):
            number, rest = name[len(layers) :].split(".", 1)
            module, tensor = rest.rsplit(".", 1)
            return f"{own}{number}.{names[module]}.{tensor}"
    raise ValueError(name)


def gguf_text_encoder(name, tensors, kinds):
    out, vision, seen, number = (
        writer(OUT / name / "text_encoder.gguf", "qwen2vl"), writer(OUT / name / "mmproj.gguf", "clip"), {}, 0,
    )  # fmt: skip
    tokens = json.loads((SPLIT / "tokenizer" / "vocab.json").read_text("utf-8"))
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [
        f"<|{word}|>"
        for word in (
            "object_ref_start object_ref_end box_start box_end quad_start quad_end "
            "vision_start vision_end vision_pad image_pad video_pad"
        ).split()
    ]
    words = sorted(tokens, key=tokens.get)
    unused = [f"[PAD{number}]" for number in range(len(words) + len(special), len(tensors["model.embed_tokens.weight"]))]
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("qwen2")
    out.add_token_list(words + special + unused)
    out.add_token_types([1] * len(words) + [3] * len(special) + [5] * len(unused))
    merges = (SPLIT / "tokenizer" / "merges.txt").read_text("utf-8").splitlines()
    out.add_token_merges([line for line in merges if line and not line.startswith("#version")])
    out.add_head_count(1)
    out.add_head_count_kv(1)
    out.add_rope_freq_base(1e6)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_rope_dimension_sections([16, 24, 24, 0])
    vision.add_clip_projector_type("qwen2.5vl_merger")
    vision.add_vision_head_count(1)
    vision.add_vision_patch_size(14)
    vision.add_vision_n_wa_pattern(8)
    for key, value in tensors.items():
        if key.startswith("visual."):
            kind = Q.F16 if value.ndim > 1 else Q.F32
            if "patch_embed" in key:
                frames = [
                    add(vision, f"v.patch_embd.weight{end}", np.ascontiguousarray(value[:, :, frame]), kind)
                    for frame, end in enumerate(("", ".1"))
                ]
                seen[key] = np.stack(frames, 2)
            elif ".attn.qkv." in key:
                number_of, tensor = key.split(".")[2], key.rsplit(".", 1)[1]
                parts = [
                    add(vision, f"v.blk.{number_of}.attn_{part}.{tensor}", np.ascontiguousarray(rows), kind)
                    for part, rows in zip("qkv", np.split(value, 3))
                ]
                seen[key] = np.concatenate(parts)
            else:
                seen[key] = add(vision, llama_name(key), value, kind)
        elif value.ndim > 1:
            kind, number = kinds[number % len(kinds)], number + 1
            seen[key] = add(out, llama_name(key), value, kind)
        else:
            seen[key] = add(out, llama_name(key), value, Q.F32)
    close(out)
    close(vision)
    plain(name, "text_encoder", seen)
    # Without what the model's own folder says of pictures, as a GGUF has nothing of it.
    words = OUT / name / "plain" / "tokenizer"
    words.mkdir()
    for file in ("vocab.json", "merges.txt"):
        shutil.copy(SPLIT / "tokenizer" / file, words)


def wrong(transformer, hidden):
    """Files of other models, and what is not read, each in the place of one of FOLDER/gguf."""
    for name, architecture in (("flux", "flux"), ("llama", "llama")):
        out = writer(OUT / "wrong" / f"{name}.gguf", architecture)
        add(out, "token_embd.weight", np.zeros((2, 32), np.float32), Q.F32)
        close(out)
    for name, projector, width in (("gemma", "gemma3", hidden), ("small", "qwen2.5vl_merger", hidden // 2)):
        out = writer(OUT / "wrong" / f"{name}.gguf", "clip")
        out.add_clip_projector_type(projector)
        add(out, "v.patch_embd.weight", np.zeros((80, 3, 14, 14), np.float32), Q.F32)
        add(out, "v.blk.0.ffn_gate.weight", np.zeros((48, 80), np.float32), Q.F32)
        add(out, "mm.2.weight", np.zeros((width, 320), np.float32), Q.F32)
        close(out)
    edit = {key: value for key, value in transformer.items() if "addition_t_embedding" not in key}
    names = {"edit": edit, "unread": transformer, "nan": transformer}
    for name, tensors in names.items():
        out = writer(OUT / "wrong" / f"{name}.gguf", "qwen_image")
        for key, value in tensors.items():
            if key == "txt_in.weight" and name == "unread":
                out.add_array(f"comfy.gguf.orig_shape.{key}", [int(size) for size in value.shape])
                out.add_tensor(key, np.zeros((value.size // 256, 66), np.uint8), raw_dtype=Q.IQ2_XXS)
            elif key == "txt_in.weight" and name == "nan":
                data = gguf.quants.quantize(value, Q.Q8_0)
                data[0, :2] = np.array([np.nan], np.float16).view(np.uint8)
                out.add_tensor(key, data, raw_dtype=Q.Q8_0)
            else:
                add(out, key, value, Q.F32)
        close(out)
    stored = {key: value.astype(ml_dtypes.bfloat16) for key, value in transformer.items()}
    stored["txt_in.weight"], _ = scaled(transformer["txt_in.weight"])
    stored["txt_in.weight_scale"] = np.asarray(np.nan, np.float32)
    save(OUT / "wrong" / "nan.safetensors", stored)


def main():
    inner = "model.diffusion_model."
    transformer = {k.removeprefix(inner): v for k, v in load(SPLIT / "transformer.safetensors").items()}
    text_encoder = load(SPLIT / "text_encoder.safetensors")
    for name, kind, prefix in (("fp8_e4m3fn", E4M3, ""), ("fp8_e5m2", E5M2, inner)):
        fp8(name, "transformer", transformer, kind, prefix)
        fp8(name, "text_encoder", text_encoder, kind)
    old_scaled("fp8_scaled", "transformer", transformer, inner)
    old_scaled("fp8_scaled", "text_encoder", text_encoder)
    comfy_quant("comfy_quant", "transformer", transformer, False, inner)
    comfy_quant("comfy_quant", "text_encoder", text_encoder, True)
    comfy_quant("comfy_metadata", "transformer", transformer, True)
    comfy_quant("comfy_metadata", "text_encoder", text_encoder, False)
    kinds = [Q.F32, Q.F16, Q.BF16, *BLOCKS_32, *BLOCKS_256]
    gguf_transformer("gguf", transformer, kinds)
    gguf_text_encoder("gguf", text_encoder, [Q.F32, Q.F16, Q.BF16, *BLOCKS_32])
    # Blocks that differ, each written otherwise, so that what streams is never as long as what streamed before it.
    several = dict(transformer)
    for index in (1, 2, 3):
        for key, value in transformer.items():
            if key.startswith("transformer_blocks.0."):
                several[key.replace(".0.", f".{index}.", 1)] = np.roll(value, index, -1)
    gguf_transformer("gguf_blocks", several, kinds)
    for part in ("text_encoder.gguf", "mmproj.gguf", "plain/text_encoder.safetensors", "plain/tokenizer"):
        (OUT / "gguf_blocks" / part).symlink_to(OUT / "gguf" / part)
    wrong(transformer, text_encoder["model.embed_tokens.weight"].shape[1])


if __name__ == "__main__":
    main()
