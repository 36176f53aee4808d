"""Pictures an hour that a worker on each of 1, 2, 4 … GPUs makes, each number of them for as many pictures a worker.

    python throughput.py target/release/lamina MODEL [--nats-server nats-server] [--pictures 4] [--steps 50]

MODEL may be the one of full_size_zeros.py.
"""

import argparse
import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

PICTURE = pathlib.Path(__file__).parents[2] / "assets/example/poster.png"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(log, command):
    with open(log, "w") as output:
        program = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output)
    try:
        yield
    finally:
        program.terminate()
        program.wait()


def decompose(options, folder, name, count, steps, url):
    """How long so many pictures take."""
    pictures = folder / name
    pictures.mkdir()
    for number in range(count):
        shutil.copy(PICTURE, pictures / f"{number:03}.png")
    command = [options.program, "decompose", pictures, "-o", folder / f"{name}_layers", "--nats", url]
    command += ["--in-flight", 2 * count, "--backend", "qwen", "--resolution", 640, "--steps", steps]
    command += ["--prompt", "word", "--no-normalize"]
    begun = time.monotonic()
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)
    seconds = time.monotonic() - begun
    made = len(list((folder / f"{name}_layers").glob("*.psd")))
    if made != count:
        sys.exit(f"{made} of {count} pictures came back")
    return seconds


def rate(options, gpus):
    """Pictures an hour."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as programs:
        folder = pathlib.Path(folder)
        port = free_port()
        url = f"nats://127.0.0.1:{port}"
        command = [options.nats_server, "--jetstream", "--addr", "127.0.0.1", "--port", port, "--store_dir", folder / "nats"]
        programs.enter_context(running(folder / "nats.log", command))
        time.sleep(1)
        for gpu in range(gpus):
            command = [options.program, "worker", "--nats", url, "--take", "640", "--device", f"cuda:{gpu}"]
            programs.enter_context(running(folder / f"worker{gpu}.log", [*command, "--model", options.model]))
        try:
            # For each worker one, with which it loads its model, though some take a second beforehand.
            decompose(options, folder, "first", 3 * gpus, 1, url)
            count = options.pictures * gpus
            return 3600 * count / decompose(options, folder, "timed", count, options.steps, url)
        except (subprocess.CalledProcessError, SystemExit):
            for log in sorted(folder.glob("*.log")):
                print(log.name, log.read_text()[-2000:], file=sys.stderr)
            raise


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("model")
    arguments.add_argument("--nats-server", default="nats-server")
    arguments.add_argument("--gpus", nargs="+", type=int, default=[1, 2, 4])
    arguments.add_argument("--pictures", type=int, default=4, help="for each worker")
    arguments.add_argument("--steps", type=int, default=50)
    options = arguments.parse_args()
    one = None
    for gpus in options.gpus:
        pictures = rate(options, gpus)
        one = one or pictures / gpus
        print(f"{gpus} workers: {pictures:.1f} pictures an hour, {pictures / gpus / one:.3f} of {gpus} times one", flush=True)


if __name__ == "__main__":
    main()
