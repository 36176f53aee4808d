"""Times diffusers on this machine's GPU, on random weights of the published size, and prints how Lamina's own benchmark
compares, run in the same call.

    python compare_with_diffusers.py target/release/lamina [--resolution 640 1024] [--layers 4] [--precision bf16 fp8]

Needs torch and diffusers 0.42.1. Times are medians by CUDA events; the first calls, which compile, are left out.
"""

import argparse
import gc
import json

import torch
from bench import bench
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel

TEXT_TOKENS = 256
REPEATS = 5
GIB = 2**30


def random_weights(network):
    """In place on the GPU: filling 20 billion numbers on the processor takes minutes."""
    network = network.to_empty(device="cuda").to(torch.bfloat16).eval()
    for name, value in network.named_parameters():
        if "norm" in name or "gamma" in name:
            torch.nn.init.ones_(value)
        elif value.ndim == 1:
            torch.nn.init.zeros_(value)
        else:
            torch.nn.init.normal_(value, std=0.02)
    return network


def median_ms(function):
    for _ in range(2):
        function()
    times = []
    for _ in range(REPEATS):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        function()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[REPEATS // 2]


def measured(function):
    torch.cuda.reset_peak_memory_stats()
    ms = median_ms(function)
    return {"ms": ms, "peak_gib": torch.cuda.max_memory_allocated() / GIB}


def transformer():
    with torch.device("meta"):
        network = QwenImageTransformer2DModel(use_additional_t_cond=True, use_layer3d_rope=True)
    network = random_weights(network)
    # Its tables were made on no device.
    network.pos_embed = type(network.pos_embed)(theta=10000, axes_dim=[16, 56, 56], scale_rope=True).cuda()
    return network


def forward(network, side, layers):
    grid = side // 16
    tokens = (layers + 2) * grid * grid
    inputs = dict(
        hidden_states=torch.randn(1, tokens, 64, device="cuda", dtype=torch.bfloat16),
        timestep=torch.tensor([0.5], device="cuda", dtype=torch.bfloat16),
        encoder_hidden_states=torch.randn(1, TEXT_TOKENS, 3584, device="cuda", dtype=torch.bfloat16),
        encoder_hidden_states_mask=None,
        img_shapes=[[(1, grid, grid)] * (layers + 2)],
        additional_t_cond=torch.zeros(1, device="cuda", dtype=torch.long),
        return_dict=False,
    )
    return measured(lambda: network(**inputs))


def vae(sides, layers):
    with torch.device("meta"):
        network = AutoencoderKLQwenImage(input_channels=4)
    network = random_weights(network)
    rows = {}
    for side in sides:
        picture = torch.randn(1, 4, 1, side, side, device="cuda", dtype=torch.bfloat16)
        latents = torch.randn(layers, 16, 1, side // 8, side // 8, device="cuda", dtype=torch.bfloat16)
        rows[side] = {
            "encode": measured(lambda: network.encode(picture)),
            "decode": measured(lambda: network.decode(latents)),
        }
    return rows


@torch.inference_mode()
def diffusers(sides, layers):
    rows = {side: {} for side in sides}
    network = transformer()
    for side in sides:
        rows[side]["eager"] = forward(network, side, layers)
    network.compile_repeated_blocks(fullgraph=True)
    for side in sides:
        rows[side]["compiled"] = forward(network, side, layers)
    del network
    gc.collect()
    torch.cuda.empty_cache()
    for side, row in vae(sides, layers).items():
        rows[side] |= row
    gc.collect()
    torch.cuda.empty_cache()
    return rows


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--resolution", type=int, nargs="+", default=[640, 1024])
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--precision", nargs="+", default=["bf16", "fp8"])
    options = arguments.parse_args()
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    reference = diffusers(options.resolution, options.layers)
    for side, row in reference.items():
        for name, value in row.items():
            print(f"diffusers {side} {name}: {value['ms']:.1f} ms, peak {value['peak_gib']:.1f} GiB")
    for side in options.resolution:
        for precision in options.precision:
            # The first two forwards try the products' algorithms.
            size = ["--resolution", side, "--layers", options.layers, "--steps", 5]
            ours = bench(options.program, *size, "--precision", precision)
            print(f"lamina {side} {precision}: {json.dumps(ours)}")
            for name in ("eager", "compiled"):
                ratio = reference[side][name]["ms"] / ours["forward_ms"]
                print(f"  one forward: {ratio:.2f} times as fast as diffusers {name}")
            ratio = reference[side]["decode"]["ms"] / ours["decode_ms"]
            print(f"  decode: {ratio:.2f} times as fast")


if __name__ == "__main__":
    main()
