"""average.py A.pt B.pt SHARE OUT.pt: weights on the way from A to B (0: A, 1: B).

A network that was trained on keeps most of what it knew and most of what it learned there: averaging as in
Wortsman et al., "Robust fine-tuning of zero-shot models" (CVPR 2022).
"""
import sys

import torch

if __name__ == "__main__":
    a, b = (torch.load(p, map_location="cpu", weights_only=True) for p in sys.argv[1:3])
    t = float(sys.argv[3])
    torch.save({k: torch.lerp(a[k].float(), b[k].float(), t).half() for k in b}, sys.argv[4])
