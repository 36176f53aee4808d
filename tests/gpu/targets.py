"""Measures on random weights what Lamina promises of speed and memory on an H100, all in one call of some six minutes, and
prints each figure beside its target. A machine with two or four GPUs also measures what they gain.

    python targets.py target/release/lamina [--only forward whole-job …]

How it compares with diffusers on the same card, `compare_with_diffusers.py` says.
"""

import argparse
import subprocess
import sys
import traceback

from bench import bench

GIB = 2**30
NO_CAPTION = ["--caption-tokens", 0]


def own_gib(figures, stage):
    """A stage's peak without the networks that only wait."""
    memory = next(memory for memory in figures["memory"] if memory["stage"] == stage)
    return (memory["peak"] - (memory["waiting"] or 0)) / GIB


def forecast_error(figures):
    peak = max(memory["peak"] for memory in figures["memory"])
    return 100 * abs(figures["forecast"] / peak - 1)


def forward(run):
    """One forward, the memory of denoising, and how near the planner's forecast came."""
    for side, precision, ms, gib in [
        (640, "bf16", 330, 29),
        (640, "fp8", 245, 16),
        (640, "fp8-all", 210, 16),
        (1024, "bf16", 1310, 31),
        (1024, "fp8", 1060, 18),
        (1024, "fp8-all", 820, 18),
    ]:
        figures = run("--resolution", side, "--precision", precision, "--steps", 5, *NO_CAPTION)
        name = f"{side} {precision}"
        yield f"{name}, one forward", figures["forward_ms"], "ms", ms
        yield f"{name}, a step with guidance", figures["step_ms"], "ms", None
        yield f"{name}, peak of denoising", own_gib(figures, "denoise"), "GiB", gib
        yield f"{name}, forecast of the peak is off by", forecast_error(figures), "%", 5
        if precision == "bf16":
            yield f"{name}, decode", figures["decode_ms"], "ms", {640: 80, 1024: 210}[side]
            yield f"{name}, peak of decoding", own_gib(figures, "decode"), "GiB", {640: 2, 1024: 4}[side]
        yield f"{name}, cancel", figures["cancelled"]["ms"], "ms", 1000


def whole_job(run):
    """50 steps with guidance at 640, the prompt given and the weights on the GPU."""
    for precision, seconds in [("bf16", 35), ("fp8", 26)]:
        figures = run("--precision", precision, "--steps", 50, "--caption-tokens", 16)
        yield f"640 {precision}, 50 steps", figures["whole_job_ms"] / 1e3, "s", seconds
        yield f"640 {precision}, until it loads", figures["until_load_ms"] / 1e3, "s", 2
        yield f"640 {precision}, each token of a caption", figures["caption_token_ms"], "ms", None


def little_memory(run):
    """Most of the card is taken by others."""
    for side, gib in [(1024, 24), (1024, 16), (1024, 12), (640, 8)]:
        for precision in ["bf16", "auto"]:
            options = ["--resolution", side, "--leave-free", gib, "--precision", precision]
            figures = run(*options, "--steps", 2, *NO_CAPTION)
            name = f"{side} with {gib} GiB free, {figures['precision']}"
            yield f"{name}, a step", figures["step_ms"], "ms", None
            yield f"{name}, peak", max(memory["peak"] for memory in figures["memory"]) / GIB, "GiB", gib


def many_jobs(run):
    figures = run("--precision", "fp8", "--steps", 1, "--jobs", 20, *NO_CAPTION)
    first, last = figures["jobs"][0], figures["jobs"][-1]
    for place, name in [("device_bytes", "GPU"), ("host_bytes", "computer")]:
        yield f"20 jobs leave on the {name}", (last[place] - first[place]) / GIB, "GiB", 0.05


def first_use(run):
    """What a process that has computed nothing yet takes longer."""
    for side, decode, step in [(640, 90, 760), (1024, 220, 2750)]:
        figures = run("--resolution", side, "--precision", "bf16", "--steps", 1, "--brief", *NO_CAPTION)
        yield f"{side} bf16, the first step", figures["step_ms"], "ms", step
        yield f"{side} bf16, the first decode", figures["decode_ms"], "ms", decode


def spread(run, gpus, wishes, precisions):
    """Against one GPU; layers of equal fingerprints are equal bit for bit."""
    for side, precision in [(side, precision) for side in [640, 1024] for precision in precisions]:
        size = ["--resolution", side, "--precision", precision, "--steps", 3, *NO_CAPTION]
        job = f"{side} {precision}"
        one = run("--device", "cuda:0", *size)
        yield f"{job}, a step on one GPU", one["step_ms"], "ms", None
        for wish, most in wishes.items():
            several = run("--gpus", gpus, "--spread", wish, *size)
            yield f"{job} {wish}, times as slow as one", several["step_ms"] / one["step_ms"], "", most.get(side)
            yield f"{job} {wish}, layers differ", float(several["fingerprint"] != one["fingerprint"]), "", 0


def two_gpus(run):
    wishes = {"guidance": {640: 0.53, 1024: 0.53}, "sequence": {640: 0.56, 1024: 0.53}, "blocks": {1024: 0.62}}
    yield from spread(run, "0,1", wishes, ["bf16", "fp8"])


def four_gpus(run):
    yield from spread(run, "0,1,2,3", {"auto": {640: 0.27, 1024: 0.27}}, ["bf16", "fp8"])


GROUPS = {
    "forward": forward,
    "whole-job": whole_job,
    "little-memory": little_memory,
    "many-jobs": many_jobs,
    "first-use": first_use,
    "two-gpus": two_gpus,
    "four-gpus": four_gpus,
}
# Those that take more than one.
LEAST_GPUS = {"two-gpus": 2, "four-gpus": 4}


def gpus():
    listed = subprocess.run(["nvidia-smi", "-L"], check=True, capture_output=True, text=True).stdout
    print(listed.strip())
    return len(listed.splitlines())


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--only", nargs="+", choices=GROUPS)
    options = arguments.parse_args()
    count = gpus()
    wanted = options.only or [name for name in GROUPS if LEAST_GPUS.get(name, 1) <= count]
    kept = True
    for name in wanted:
        try:
            for what, value, unit, most in GROUPS[name](lambda *of_run: bench(options.program, *of_run)):
                missed = most is not None and value > most
                kept &= not missed
                asked = "" if most is None else f"at most {most:.4g}: {'MISSED' if missed else 'met'}"
                print(f"{what:<46}{value:>10.2f} {unit:<4} {asked}".rstrip(), flush=True)
        except Exception:
            # The other groups may still run.
            traceback.print_exc()
            kept = False
    sys.exit(not kept)


if __name__ == "__main__":
    main()
