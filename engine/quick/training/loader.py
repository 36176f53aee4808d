"""Samples from forked workers, through one anonymous shared mapping (needs no space in /dev/shm)."""
import importlib
import mmap
import multiprocessing as mp
import os
import queue
import random
import signal
import threading
import traceback

import numpy as np
import torch

from losses import COLUMNS, KMAX, row_bytes

generator = importlib.import_module(os.environ.get("GENERATOR", "generator"))  # toy for tests without assets


def pack(sample, s, row):
    """A generated sample as bytes; losses.unpack is the other way."""
    n, b = s * s, KMAX * (s // 4) * (s // 32)
    row[:3 * n] = sample["image"].transpose(2, 0, 1).ravel()
    for i, k in enumerate(("classes", "owner", "text", "effect", "effect_owner")):
        row[(3 + i) * n:(4 + i) * n] = sample[k].ravel()
    amodal = sample["amodal"]
    row[8 * n:8 * n + b] = (amodal if amodal.shape[2] == s // 32 else np.packbits(amodal.astype(bool), axis=2)).ravel()
    row[8 * n + b:8 * n + b + KMAX * COLUMNS * 4] = sample["table"].astype(np.float32).ravel().view(np.uint8)


class Loader:
    """Workers fill slots; a thread gathers `batch` slots of the present size into a (pinned) tensor.

    Make it before CUDA starts: it forks. `fixed` > 0 draws from that many samples only, to overfit.
    """

    def __init__(self, assets, size, batch, workers, seed, largest=0, slots=0, fixed=0):
        self.batch, self.fixed = batch, fixed
        self.width = row_bytes(max(size, largest))
        self.slots = slots or 3 * batch + 4 * workers
        self.rows = np.frombuffer(mmap.mmap(-1, self.slots * self.width), np.uint8).reshape(self.slots, self.width)
        fork = mp.get_context("fork")
        self.free, self.ready, self.size = fork.SimpleQueue(), fork.SimpleQueue(), fork.Value("i", size)
        for i in range(self.slots):
            self.free.put(i)
        self.workers = [fork.Process(target=self.work, args=(assets, seed * 1000 + w), daemon=True) for w in range(workers)]
        for w in self.workers:
            w.start()

    def work(self, assets, seed):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.nice(3)
        rng, failed = random.Random(seed), 0
        while True:
            slot = self.free.get()
            while True:
                size = self.size.value
                if self.fixed:
                    rng = random.Random(random.SystemRandom().randrange(self.fixed))
                try:
                    pack(generator.sample(rng, assets, size), size, self.rows[slot])
                    break
                except Exception:
                    failed += 1
                    if failed < 3:
                        traceback.print_exc()
            self.ready.put((slot, size))

    def start(self, pin):
        self.tensor, self.batches, self.stopped = torch.from_numpy(self.rows), queue.Queue(3), False
        threading.Thread(target=self.gather, args=(pin,), daemon=True).start()

    def gather(self, pin):
        slots, size = [], 0
        while not self.stopped:
            slot, s = self.ready.get()
            if s != self.size.value:  # left from before the size changed
                self.free.put(slot)
                continue
            if s != size:
                for old in slots:
                    self.free.put(old)
                slots, size = [], s
            slots.append(slot)
            if len(slots) < self.batch:
                continue
            rows = torch.empty((len(slots), row_bytes(size)), dtype=torch.uint8, pin_memory=pin)
            torch.index_select(self.tensor[:, :row_bytes(size)], 0, torch.tensor(slots), out=rows)
            for old in slots:
                self.free.put(old)
            slots = []
            while not self.stopped:
                try:
                    self.batches.put((rows, size), timeout=1)
                    break
                except queue.Full:
                    pass

    def resize(self, size, batch):
        self.batch = batch
        self.size.value = size

    def get(self):
        """Rows of the present size, and the size."""
        while True:
            rows, size = self.batches.get(timeout=180)
            if size == self.size.value and len(rows) == self.batch:
                return rows, size

    def close(self):
        self.stopped = True
        for w in self.workers:
            w.kill()
