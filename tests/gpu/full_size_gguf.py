"""Makes a GGUF of the published transformer's size whose blocks are random numbers, in the mixture that llama.cpp calls
Q4_K_M: some of the matrices that matter most in Q6_K, all others in Q4_K. For the speed and memory of packed weights:

    python full_size_gguf.py OUT.gguf
    lamina bench --transformer OUT.gguf

Needs numpy and gguf.
"""

import functools
import pathlib
import struct
import sys

import gguf
import numpy

WIDTH, TEXT, BLOCKS, CHANNELS = 3072, 3584, 60, 64
NUMBERS = 256
# Deviations of about 0.02, as weights of such a width have.
Q4_K = struct.pack("<ee", 1e-4, 7.5e-4)
Q6_K = struct.pack("<e", 1.6e-5)


@functools.cache
def blocks(kind, shape, random):
    """Blocks of 256 numbers, the same for all matrices of a shape: what scales a block is given, scales within it and numbers are drawn."""
    count = shape[0] * shape[1] // NUMBERS
    size = {gguf.GGMLQuantizationType.Q4_K: 144, gguf.GGMLQuantizationType.Q6_K: 210}[kind]
    data = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    if kind == gguf.GGMLQuantizationType.Q4_K:
        data[:, :4] = numpy.frombuffer(Q4_K, numpy.uint8)
    else:
        data[:, -2:] = numpy.frombuffer(Q6_K, numpy.uint8)
    return data.reshape(shape[0], -1)


def tensors():
    """Names with the shapes of their matrices, and whether they get more bits."""
    for index in range(BLOCKS):
        at = f"transformer_blocks.{index}."
        more = index < BLOCKS // 8 or index >= 7 * BLOCKS // 8 or index % 3 == 2
        for name in ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"]:
            yield f"{at}attn.{name}", (WIDTH, WIDTH), more and name in ("to_v", "add_v_proj")
        for stream in ["img", "txt"]:
            yield f"{at}{stream}_mlp.net.0.proj", (4 * WIDTH, WIDTH), False
            yield f"{at}{stream}_mlp.net.2", (WIDTH, 4 * WIDTH), more
            yield f"{at}{stream}_mod.1", (6 * WIDTH, WIDTH), False


def plain():
    """The ends, in bf16."""
    yield "img_in", (WIDTH, CHANNELS)
    yield "txt_in", (WIDTH, TEXT)
    yield "time_text_embed.timestep_embedder.linear_1", (WIDTH, 256)
    yield "time_text_embed.timestep_embedder.linear_2", (WIDTH, WIDTH)
    yield "norm_out.linear", (2 * WIDTH, WIDTH)
    yield "proj_out", (CHANNELS, WIDTH)


def main(out):
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(out, "qwen_image")
    kinds = gguf.GGMLQuantizationType
    for name, shape, more in tensors():
        kind = kinds.Q6_K if more else kinds.Q4_K
        writer.add_tensor(f"{name}.weight", blocks(kind, shape, random), raw_dtype=kind)
        writer.add_tensor(f"{name}.bias", numpy.zeros(shape[0], numpy.float32))
    for index in range(BLOCKS):
        for norm in ["norm_q", "norm_k", "norm_added_q", "norm_added_k"]:
            writer.add_tensor(f"transformer_blocks.{index}.attn.{norm}.weight", numpy.ones(128, numpy.float32))
    for name, shape in plain():
        numbers = random.normal(0, shape[1] ** -0.5, shape).astype(numpy.float32)
        words = (numbers.view(numpy.uint32) >> 16).astype(numpy.uint16)
        writer.add_tensor(f"{name}.weight", words.view(numpy.uint8), raw_dtype=kinds.BF16)
        writer.add_tensor(f"{name}.bias", numpy.zeros(shape[0], numpy.float32))
    writer.add_tensor("txt_norm.weight", numpy.ones(TEXT, numpy.float32))
    writer.add_tensor("time_text_embed.addition_t_embedding.weight", numpy.zeros((2, WIDTH), numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(out, f"{pathlib.Path(out).stat().st_size / 1e9:.2f} GB")


if __name__ == "__main__":
    main(sys.argv[1])
