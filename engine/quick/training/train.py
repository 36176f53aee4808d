"""Trains the layer network on all GPUs that torchrun gives (or on the CPU); run.sh calls it.

Gradients lie in one flat buffer that the cards average, so that no wrapper stands between the compiled graphs.
All that depends on time depends on rank 0's clock: the cards stay equal.
"""
import os
import sys

LOCAL = int(os.environ.get("LOCAL_RANK", 0))
for _k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_k, "1")
if "LOCAL_RANK" in os.environ:  # each process sees its own card as cuda:0, so that they share compiled code
    _cards = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    os.environ["CUDA_VISIBLE_DEVICES"] = _cards.split(",")[LOCAL] if _cards else str(LOCAL)

import argparse
import json
import math
import random
import signal
import subprocess
import time

import torch
import torch.distributed as dist

import network as net
from losses import PARTS, augment, losses, row_bytes, unpack

HERE = os.path.dirname(os.path.abspath(__file__))
PART_SIZE = 15 << 20


def arguments():
    p = argparse.ArgumentParser()
    a = p.add_argument
    a("--out", default="out")
    a("--seconds", type=float, default=1200, help="of the whole training, over all calls")
    a("--call", type=float, default=1e9, help="seconds after which this call stops, with a checkpoint")
    a("--resume", action="store_true", help="go on from OUT/last.pt if it is there")
    a("--init", default="", help="start from trained weights (f16)")
    a("--size", type=int, default=512), a("--batch", type=int, default=32)
    a("--size2", type=int, default=640), a("--batch2", type=int, default=20)
    a("--switch", type=float, default=0.75, help="share of the time after which size2 and batch2 hold")
    a("--workers", type=int, default=2)
    a("--echo", type=int, default=1, help="0: wait for new samples rather than take a recent batch again")
    a("--lr", type=float, default=1e-3)
    a("--compile", default="all", choices=("all", "losses", "none"))
    a("--compile_limit", type=int, default=240, help="seconds after which compiling is given up")
    a("--fixed", type=int, default=0, help="overfit this many samples")
    a("--val", type=int, default=256), a("--val_quick", type=int, default=64), a("--val_every", type=float, default=180)
    a("--every", type=float, default=10, help="seconds between log lines")
    a("--save_every", type=float, default=60)
    a("--warm", action="store_true", help="only compile for size and batch, into the cache on disk")
    return p.parse_args()


class TooLong(Exception):
    pass


class Step:
    """Forward and backward of a batch; compiled if that works here."""

    def __init__(self, network, device, mode, limit, say):
        self.network, self.device, self.limit, self.say, self.seen = network, device, limit, say, set()
        self.cuda = device.type == "cuda"
        self.parameters = [p for p in network.parameters()]
        self.forward = torch.compile(network, dynamic=False) if mode == "all" else network
        self.losses = torch.compile(losses, dynamic=False, fullgraph=True) if mode != "none" else losses
        self.flat = torch.zeros(sum(p.numel() for p in self.parameters), device=device)
        self.views, at = [], 0
        for p in self.parameters:
            self.views.append(self.flat.as_strided(p.shape, p.stride(), at))
            p.grad, at = self.views[-1], at + p.numel()

    def run(self, batch):
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.cuda):
            out = self.forward(batch["image"])
        total, parts = self.losses(out, batch["maps"], batch["amodal"], batch["table"])
        torch._foreach_copy_(self.views, torch.autograd.grad(total, self.parameters))
        return parts

    def __call__(self, batch, size):
        """The first batch of a size compiles; what fails or takes too long falls back to eager."""
        if size in self.seen:
            return self.run(batch)
        for mode in ("as it is", "network eager", "all eager"):
            if mode != "as it is":
                self.forward = self.network
            if mode == "all eager":
                self.losses = losses
            def late(*_):
                raise TooLong(f"more than {self.limit} s")
            old, t = signal.signal(signal.SIGALRM, late), time.time()
            signal.alarm(0 if mode == "all eager" else self.limit)
            try:
                parts = self.run(batch)
                if self.cuda:
                    torch.cuda.synchronize()
                self.say(f"first step at {size} px, {mode}: {time.time() - t:.0f} s")
                self.seen.add(size)
                return parts
            except Exception as e:
                if mode == "all eager":
                    raise
                self.say(f"compiling at {size} px failed ({mode}): {repr(e)[:1500]}")
            finally:
                signal.alarm(0)
                signal.signal(signal.SIGALRM, old)


def groups(network, lr):
    """Encoder at half the rate; no decay for biases and norms."""
    rows = {}
    for name, p in network.named_parameters():
        rows.setdefault((0.5 if name.startswith("encoder.") else 1.0, 0.02 if p.ndim > 1 else 0.0), []).append(p)
    return [dict(params=p, lr=lr, scale=s, weight_decay=d) for (s, d), p in rows.items()]


def rate(f):
    return min(1.0, 0.02 + f / 0.02) * max(0.5 * (1 + math.cos(math.pi * min(f, 1.0))), 1e-3)


def half(network):
    return {k: (v.half() if v.is_floating_point() else v).cpu() for k, v in network.state_dict().items() if "num_batches" not in k}


def write(network, path):
    """The file of weights, and the same in parts."""
    torch.save(half(network), path)
    with open(path, "rb") as f:
        data = f.read()
    for i in range(0, len(data), PART_SIZE):
        with open(f"{path.rsplit('.', 1)[0]}.{i // PART_SIZE:02d}", "wb") as f:
            f.write(data[i:i + PART_SIZE])


def warm(a):
    """Compiles for a size in a process of its own while the cards train at another; the cache on disk is shared."""
    device = torch.device("cuda")
    network = net.Network().to(device, memory_format=torch.channels_last).train()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    step = Step(network, device, a.compile, a.compile_limit, print)
    rows = torch.zeros(a.batch, row_bytes(a.size), dtype=torch.uint8, device=device)
    with torch.no_grad():
        batch = augment(unpack(rows, a.size))
    step(batch, a.size)


def main():
    a = arguments()
    if a.warm:
        return warm(a)
    start = time.time()
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    os.makedirs(a.out, exist_ok=True)
    from loader import Loader, generator  # forks before CUDA starts
    largest = max(a.size, a.size2)
    loader = Loader(generator.Assets("train"), a.size, a.batch, a.workers, (int(start) % 100000) * 64 + rank, largest, fixed=a.fixed)
    checker = Loader(generator.Assets("val"), a.size, max(1, a.val), 2 if a.val > 8 else 1, 777, slots=a.val + 4) if rank == 0 and a.val else None

    cuda = torch.cuda.is_available()
    device = torch.device("cuda:0" if cuda else "cpu")
    torch.set_num_threads(4 if cuda else 1)
    if cuda:
        torch.cuda.set_device(0)
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    if world > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    log = open(f"{a.out}/log.txt", "a") if rank == 0 else None

    def say(*words):
        line = f"{time.time() - start:6.0f}s " + " ".join(map(str, words))
        if rank == 0:
            print(line, file=log, flush=True)
        if rank == 0 or "failed" in line:
            print(f"[{rank}]" if rank else "", line, flush=True)

    loader.start(cuda)
    if checker:
        checker.start(False)
    torch.manual_seed(1)
    network = net.Network()
    if a.init:
        network.load_state_dict(net.load(a.init).state_dict())
    else:
        net.load_encoder(network)
    ema = net.Network()
    ema.load_state_dict(network.state_dict())
    network, ema = (n.to(device, memory_format=torch.channels_last) for n in (network, ema))
    network.train(), ema.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(groups(network, a.lr), fused=cuda)
    done, count = 0.0, 0  # seconds and steps of earlier calls
    last = f"{a.out}/last.pt"
    if a.resume and os.path.exists(last):
        state = torch.load(last, map_location=device, weights_only=True)
        network.load_state_dict(state["network"]), ema.load_state_dict(state["ema"]), optimizer.load_state_dict(state["optimizer"])
        done, count = state["done"], state["count"]
    torch.manual_seed(int(start) + 1000 * rank)
    live = [p.detach() for p in network.parameters()] + [b for b in network.buffers() if b.is_floating_point()]
    mean = [p for p in ema.parameters()] + [b for b in ema.buffers() if b.is_floating_point()]
    say(f"{world} x {torch.cuda.get_device_name(0) if cuda else 'cpu'}, {sum(p.numel() for p in network.parameters()) / 1e6:.2f} M parameters,",
        f"{a.size} px x {a.batch}, then {a.size2} px x {a.batch2}, {a.workers} workers each, from second {done:.0f} step {count}, {vars(a)}")
    step = Step(network, device, a.compile, a.compile_limit, say)

    def save():
        if rank == 0:
            state = dict(network=network.state_dict(), ema=ema.state_dict(), optimizer=optimizer.state_dict(),
                         done=done + time.time() - start, count=count)
            torch.save(state, last + ".tmp")
            os.replace(last + ".tmp", last)

    held = None
    def check(n, sheet=None):
        nonlocal held
        if checker and held is None:
            held = checker.get()[0]
            checker.close()
        t = time.time()
        say("VAL", json.dumps(validate(ema, held[:n], a.size, device, sheet)), f"{time.time() - t:.0f} s")

    from validate import validate
    clock = torch.zeros(2, device=device, dtype=torch.float64)  # share of the training, whether to stop
    share, stop, second, helper = done / a.seconds, False, False, None
    sums, n, samples, fresh, waited, tick = torch.zeros(len(PARTS), device=device), 0, 0, 0, 0.0, time.time()
    pool, first = [], True
    checked = saved = time.time()
    total_samples = 0
    while not stop:
        if count % 10 == 0 or first:  # all cards ask at the same steps
            first = False
            now = time.time() - start
            clock[0], clock[1] = (done + now) / a.seconds, float(done + now >= a.seconds or now >= a.call)
            if world > 1:
                dist.broadcast(clock, 0)
            share, stop = clock[0].item(), bool(clock[1].item())
            if stop:
                break
            if share >= a.switch and not second:
                second = True
                loader.resize(a.size2, a.batch2)
            for g in optimizer.param_groups:
                g["lr"] = a.lr * g["scale"] * rate(share)
        # rather than wait for new samples, a recent batch again, augmented anew
        again = a.echo and loader.batches.empty() and len(pool) >= 16
        if again:
            rows, size = pool.pop(random.randrange(len(pool)))
        else:
            t = time.time()
            rows, size = loader.get()
            waited, fresh = waited + time.time() - t, fresh + len(rows)
            rows = rows.to(device, non_blocking=True)
            if a.echo:
                pool.append((rows, size))
                pool = [p for p in pool[-64:] if p[1] == size]
        with torch.no_grad():
            batch = augment(unpack(rows, size))
        parts = step(batch, size)
        if world > 1:
            dist.all_reduce(step.flat)
            step.flat /= world
        # clip by the norm without asking for it; what is not finite becomes zero
        norm = step.flat.norm()
        step.flat.mul_((5.0 / (norm + 1e-6)).clamp(max=1.0)).nan_to_num_(0.0, 0.0, 0.0)
        optimizer.step()
        count += 1
        torch._foreach_lerp_(mean, live, 1 - min(0.999, (1 + count) / (10 + count)))
        sums, n, samples = sums + parts, n + 1, samples + len(rows)
        now = time.time()
        if now - tick >= a.every and count % 10 == 9:
            values = dict(zip(PARTS, (sums / n).tolist()))
            dt = time.time() - tick
            total_samples += samples * world
            say(f"{count} {share:.3f}", " ".join(f"{k} {v:.3f}" for k, v in values.items()),
                f"| {samples * world / dt:.0f} samples/s, {fresh * world / dt:.0f} new, wait {waited / dt:.2f} norm {norm.item():.2f} lr {a.lr * rate(share):.1e}",
                f"mem {torch.cuda.max_memory_allocated() >> 30 if cuda else 0} GB")
            sums, n, samples, fresh, waited, tick = torch.zeros_like(sums), 0, 0, 0, 0.0, time.time()
        if rank == 0 and now - saved > a.save_every:
            save()
            saved = time.time()
        if rank == 0 and now - checked > a.val_every and a.val_quick and checker:
            write(ema, f"{a.out}/weights.pt")
            check(a.val_quick)
            checked = time.time()
        if rank == 0 and cuda and helper is None and a.compile != "none" and (a.size2, a.batch2) != (a.size, a.batch) and not second:
            helper = subprocess.Popen([sys.executable, os.path.join(HERE, "train.py"), "--warm", "--size", str(a.size2), "--batch", str(a.batch2),
                                       "--compile", a.compile], env={k: v for k, v in os.environ.items() if k not in ("LOCAL_RANK", "RANK", "WORLD_SIZE")})
    loader.close()
    save()
    say(f"stopped at {share:.3f} of the training, step {count}, {total_samples} samples in this call")
    if rank:
        return
    if helper and helper.poll() is None:
        helper.kill()
    write(ema, f"{a.out}/weights.pt")
    if checker:
        check(a.val if share >= 1 else max(1, a.val_quick), f"{a.out}/sheet.jpg")
    say("done", os.path.getsize(f"{a.out}/weights.pt"), "bytes of weights")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
