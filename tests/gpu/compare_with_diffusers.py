"""Times diffusers, eager and with `compile_repeated_blocks`, on full-size random weights, and `lamina bench` on the same card,
and prints one table with the ratios.

    python compare_with_diffusers.py LAMINA [--resolution 640|1024] [--layers N] [--eager-only] [-- further options of bench]

Needs torch, diffusers 0.36 or newer, and a GPU with 45 GiB. All times are medians by CUDA events, batch 1, bf16, and a prompt
of 256 tokens.
"""

import argparse
import json
import statistics
import subprocess

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel

PROMPT_TOKENS = 256
DEVIATION = 0.02
GIB = 2**30


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("lamina")
    parser.add_argument("--resolution", type=int, default=640, choices=(640, 1024))
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--eager-only", action="store_true")
    parser.add_argument("bench", nargs="*", help="further options of lamina bench, after --")
    return parser.parse_args()


def randomise(network):
    with torch.no_grad():
        for name, value in network.named_parameters():
            if "norm" in name and name.endswith("weight") and value.ndim == 1 or name.endswith("gamma"):
                value.fill_(1)
            else:
                value.normal_(0, DEVIATION)
    return network.eval().requires_grad_(False)


def milliseconds(work, runs=5):
    for _ in range(2):
        work()
    times = []
    for _ in range(runs):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def bench(args):
    command = [args.lamina, "bench", "--json", "--resolution", str(args.resolution), "--layers", str(args.layers)]
    out = subprocess.run([*command, *args.bench], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out)


def forward(args):
    """Milliseconds of one forward pass, eager and compiled, and the peak of memory in bytes, eager."""
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        transformer = randomise(QwenImageTransformer2DModel(use_additional_t_cond=True, use_layer3d_rope=True,
                                                            axes_dims_rope=(16, 56, 56)))  # fmt: skip
        side = args.resolution // 16
        frames = args.layers + 2
        inputs = dict(
            hidden_states=torch.randn(1, frames * side * side, 64),
            encoder_hidden_states=torch.randn(1, PROMPT_TOKENS, 3584),
            encoder_hidden_states_mask=torch.ones(1, PROMPT_TOKENS, dtype=torch.int64),
            timestep=torch.tensor([0.5]),
            additional_t_cond=torch.zeros(1, dtype=torch.int64),
        )  # fmt: skip
    torch.set_default_dtype(torch.float32)
    shapes = [[(1, side, side)] * frames]
    torch.cuda.reset_peak_memory_stats()

    def once():
        with torch.inference_mode():
            transformer(**inputs, img_shapes=shapes, return_dict=False)

    eager = milliseconds(once)
    peak = torch.cuda.max_memory_allocated()
    if args.eager_only:
        return eager, None, peak
    transformer.compile_repeated_blocks(fullgraph=True)
    return eager, milliseconds(once), peak


def vae(args):
    """Milliseconds to encode one picture and to decode all layers as one batch."""
    with torch.device("cuda"):
        network = randomise(AutoencoderKLQwenImage(input_channels=4)).to(torch.bfloat16)
        picture = torch.randn(1, 4, 1, args.resolution, args.resolution, dtype=torch.bfloat16)
        latents = torch.randn(args.layers, 16, 1, args.resolution // 8, args.resolution // 8, dtype=torch.bfloat16)
    with torch.inference_mode():
        return milliseconds(lambda: network.encode(picture)), milliseconds(lambda: network.decode(latents))


def main():
    args = options()
    # First, while all of the card is free.
    ours = bench(args)
    eager, compiled, peak = forward(args)
    torch.cuda.empty_cache()
    encode, decode = vae(args)
    denoise = next(stage["peak"] for stage in ours["memory"] if stage["stage"] == "denoise")

    print(f"{ours['device']}, {args.layers} layers at {args.resolution}, torch {torch.__version__}")
    print(f"{'':26}{'diffusers':>12}{'lamina':>12}{'ratio':>8}")
    rows = [
        ("forward, ms, eager", eager, ours["forward"]),
        ("forward, ms, compiled", compiled, ours["forward"]),
        ("encode picture, ms", encode, ours["encode_picture"]),
        ("decode layers, ms", decode, ours["decode"]),
        ("peak denoising, GiB", peak / GIB, denoise / GIB),
    ]
    for name, theirs, own in rows:
        if theirs is not None:
            print(f"{name:26}{theirs:12.2f}{own:12.2f}{theirs / own:8.2f}")


if __name__ == "__main__":
    main()
