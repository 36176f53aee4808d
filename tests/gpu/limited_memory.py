"""What the planner makes of little free memory: whether its first plan runs, how near its forecast comes, and how much of
what is free stays unused while blocks stream. The rest of the card is taken away first; each line is one job of one step
on random weights, in a process of its own.

    python limited_memory.py target/release/lamina [--free 12 16 24] [--precision bf16] [--resolution 1024]

All of it takes some 20 minutes on an H100, as what streams is copied into page-locked memory each time.
"""

import argparse
import json
import subprocess
import sys
import time

GIB = 2**30
MOST_OFF = 3
MOST_UNUSED = 1.5


def places(offload):
    """Blocks and text layers that stay, where blocks stream."""
    counts = [word for word in offload.replace("(", "").split() if word.isdigit()]
    return " + ".join(counts) or offload


def run(program, free, precision, resolution):
    name = f"{resolution:>5} {precision:<5}{free:>5}"
    command = [program, "bench", "--json", "--brief", "--steps", "1", "--caption-tokens", "0"]
    command += ["--leave-free", str(free), "--precision", precision, "--resolution", str(resolution)]
    begun = time.monotonic()
    bench = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - begun
    if bench.returncode:
        # Too little for any plan is no fault.
        print(f"{name}  did not run: {bench.stderr.strip()}", flush=True)
        return "this job needs" in bench.stderr
    figures = json.loads(bench.stdout)
    if figures["plans"] > 1:
        print(bench.stderr.strip())
    most = max(figures["memory"], key=lambda memory: memory["peak"])
    held = max(memory["held"] for memory in figures["memory"])
    peak = most["peak"] / GIB
    forecast = figures["forecast"] / GIB
    off = 100 * (peak / forecast - 1)
    unused = free - peak
    streams = figures["offload"].startswith("block")
    faults = [
        "no first plan" if figures["plans"] > 1 else None,
        f"off by more than {MOST_OFF} %" if abs(off) > MOST_OFF else None,
        f"more than {MOST_UNUSED} GiB unused" if streams and unused > MOST_UNUSED else None,
    ]
    faults = [fault for fault in faults if fault]
    print(
        f"{name}{figures['plans']:>6}{forecast:>10.2f}{peak:>7.2f} {off:>+6.1f}{unused:>8.2f}"
        f"{held / GIB:>7.2f}{figures['library_bytes'] / GIB:>7.2f}  {most['stage']:<8}{places(figures['offload']):<12}"
        f"{figures['step_ms'] / 1e3:>6.2f} s{seconds:>6.1f} s  {'; '.join(faults)}".rstrip(),
        flush=True,
    )
    return not faults


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--free", nargs="+", type=int, default=range(6, 41, 2), help="GiB")
    arguments.add_argument("--precision", nargs="+", default=["bf16", "fp8"])
    arguments.add_argument("--resolution", nargs="+", type=int, default=[640, 1024])
    options = arguments.parse_args()
    print(f"goals: plan 1, off by at most {MOST_OFF} %, at most {MOST_UNUSED} GiB unused where blocks stream")
    print(" side type  free  plan  forecast   peak  off %  unused   held   libs  stage   stay            step   whole")
    good = True
    for resolution in options.resolution:
        for precision in options.precision:
            for free in options.free:
                good &= run(options.program, free, precision, resolution)
    sys.exit(not good)


if __name__ == "__main__":
    main()
