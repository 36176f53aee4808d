"""Instances read from the network's outputs.

decode.py WEIGHTS PICTURE...              overlays beside the pictures (--out DIR: there)
decode.py WEIGHTS --score SET [--side N]  posters with known layers: SET/k.png, SET/k.json ("kind"), SET/k/NN-class.png, lowest first

An instance is a peak of its kind's heat map. Its kernel, read there, is multiplied with the embedding of each pixel;
where the pixel's offset points to counts too. Objects and shapes share the pixels among them and the ground, with
the text taken away; text instances share the text's pixels.
"""
import glob
import json
import os
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment

from network import E, load

KINDS = ("background", "object", "shape", "text")
PEAK, SAME, SMALLEST, MOST = 0.25, 0.7, 0.0003, 64


def peaks(heat):
    """(kind 0..2, y, x, score) of the maxima of their 5x5 neighbourhoods, the strongest first."""
    p = torch.sigmoid(heat)
    kind, y, x = ((p >= PEAK) & (p >= F.max_pool2d(p[None], 5, 1, 2)[0])).nonzero().T
    score = p[kind, y, x]
    order = score.argsort(descending=True)[:MOST]
    return kind[order], y[order], x[order], score[order]


def read(out):
    """Outputs of one picture without the batch axis (float) -> list of dict(kind, score, center, mask, amodal);
    mask (H,W) is what is seen (of objects and shapes with text taken away), amodal (H/2,W/2) the whole, None for text."""
    embedding, ground, offsets = out["embedding"], out["ground"], out["offsets"]
    dev, (h, w) = embedding.device, embedding.shape[1:]
    kind, y, x, score = peaks(out["centers"])
    if len(kind) == 0:
        return []
    kernel = out["kernels"].unflatten(0, (3, E))[kind, :, y, x]
    px = torch.arange(w, device=dev)[None, :] / 16
    py = torch.arange(h, device=dev)[:, None] / 16
    cx, cy = (v[:, None, None] / 8 for v in (x, y))
    visible = torch.einsum("ke,ehw->khw", kernel, embedding) / 4
    distance = lambda i: torch.sqrt((px + offsets[i] - cx) ** 2 + (py + offsets[i + 1] - cy) ** 2 + 0.01)
    text_share = F.softmax(out["classes"], 0)[3]
    grow = lambda m: F.interpolate(m[:, None], scale_factor=2, mode="bilinear")[:, 0]
    found = []

    solid = (kind < 2).nonzero()[:, 0]
    if len(solid):
        k = solid
        whole = torch.einsum("ke,ehw->khw", out["amodal_kernels"].unflatten(0, (2, E))[kind[k], :, y[k], x[k]], embedding) / 4
        whole = torch.sigmoid(whole - 0.25 * torch.sqrt((px - cx[k]) ** 2 + (py - cy[k]) ** 2) + 1)
        k, whole = distinct(k, whole)
        share = F.softmax(torch.cat([ground, visible[k] - 1.5 * distance(0)[k]]), 0)
        area = torch.bincount(share.argmax(0).flatten(), minlength=len(k) + 1)[1:]
        for i, m in enumerate(grow(share[1:])):
            if area[i] >= SMALLEST * h * w:
                found.append(dict(kind=int(kind[k[i]]) + 1, mask=m, amodal=whole[i], index=int(k[i])))
    k = (kind == 2).nonzero()[:, 0]
    if len(k):
        share = F.softmax(visible[k] - 1.5 * distance(2)[k], 0)
        for i, m in enumerate(grow(share) * text_share):
            if (m > 0.5).sum() >= SMALLEST / 2 * 4 * h * w:
                found.append(dict(kind=3, mask=m, amodal=None, index=int(k[i])))
    for f in found:
        i = f.pop("index")
        f.update(score=float(score[i]), center=(int(x[i]) * 4, int(y[i]) * 4))
    return found


def distinct(k, whole):
    """Of peaks whose whole masks agree only the strongest."""
    hard = (whole > 0.5).flatten(1).float()
    inter = hard @ hard.T
    area = hard.sum(1)
    same = (inter / (area[:, None] + area[None] - inter).clamp(min=1) > SAME).cpu().numpy()
    keep = []
    for i in range(len(k)):
        if not any(same[i, j] for j in keep):
            keep.append(i)
    return k[keep], whole[keep]


def above(a, b):
    """Whether a lies over b: more of b's whole lies in what is seen of a than the other way round; None if they do not meet."""
    seen = lambda f: F.avg_pool2d(f["mask"][None, None], 2)[0, 0]
    ab, ba = float((b["amodal"] * seen(a)).sum()), float((a["amodal"] * seen(b)).sum())
    return None if max(ab, ba) < 4 else ab > ba


def match(truth, found):
    """Soft IoU of every true mask (N,H,W) with the found one assigned to it, and which that is (-1: none)."""
    iou, which = np.zeros(len(truth)), np.full(len(truth), -1)
    if len(truth) and len(found):
        g, p = torch.stack(list(truth)).flatten(1).float(), torch.stack(list(found)).flatten(1).float()
        both = torch.stack([torch.minimum(x, p).sum(1) for x in g])
        m = (both / (g.sum(1)[:, None] + p.sum(1)[None] - both).clamp(min=1e-6)).cpu().numpy()
        r, c = linear_sum_assignment(-m)
        iou[r], which[r] = m[r, c], c
    return iou, which


def overlay(rgb, found):
    """The picture beside its instances in colours."""
    base, colours = rgb * 0.35, np.random.RandomState(1).randint(60, 256, (64, 3))
    masks = [f["mask"].float().cpu().numpy() for f in found]
    for i, m in enumerate(masks):
        base = base + m[..., None] * colours[i % 64] * 0.65
    base = np.ascontiguousarray(base.clip(0, 255).astype(np.uint8))
    for f, m in zip(found, masks):
        ys, xs = np.nonzero(m > 0.5)
        if len(ys):
            cv2.putText(base, f"{KINDS[f['kind']][:2]} {f['score']:.2f}", (int(xs.min()), int(ys.min()) + 14), 0, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return np.hstack([rgb, base])


@torch.no_grad()
def predict(network, rgb, side=768):
    """Instances of a picture of any size; what is seen of objects and shapes excludes the text here."""
    h, w = rgb.shape[:2]
    size = [max(64, round(v * side / max(h, w) / 32) * 32) for v in (w, h)]
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if side < max(h, w) else cv2.INTER_CUBIC)
    out = network(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)
    found = read({k: v[0] for k, v in out.items()})
    text = F.softmax(out["classes"][0], 0)[3]
    for f in found:
        m = f["mask"] if f["kind"] == 3 else f["mask"] * (1 - text)
        f["mask"] = F.interpolate(m[None, None], (h, w), mode="bilinear")[0, 0]
    return found


def score(network, folder, side, out=None):
    rows, by_class = [], {}
    for j in sorted(glob.glob(f"{folder}/*.json")):
        name = os.path.basename(j)[:-5]
        rgb = np.ascontiguousarray(cv2.imread(f"{folder}/{name}.png")[..., ::-1])
        t = time.time()
        found = predict(network, rgb, side)
        seconds = time.time() - t
        files = sorted(glob.glob(f"{folder}/{name}/*.png"))
        alphas = [torch.from_numpy(cv2.imread(f, cv2.IMREAD_UNCHANGED)[..., 3] / np.float32(255)) for f in files]
        classes, seen, through = [os.path.basename(f)[3:-4] for f in files], [], torch.ones_like(alphas[0])
        for a in reversed(alphas):
            seen.insert(0, a * through)
            through = through * (1 - a)
        use = [i for i in range(1, len(seen)) if seen[i].sum() > 200]
        iou, _ = match([seen[i] for i in use], [f["mask"] for f in found])
        for i, v in zip(use, iou):
            by_class.setdefault(classes[i], []).append(v)
        zero = torch.zeros_like(through)
        t, p = sum([seen[i] for i in use if classes[i] == "text"], zero), sum([f["mask"] for f in found if f["kind"] == 3], zero).clamp(max=1)
        text = float(torch.minimum(t, p).sum() / torch.maximum(t, p).sum().clamp(min=1e-6)) if t.sum() > 0 else np.nan
        rows.append((json.load(open(j)).get("kind", "all"), iou.mean(), (iou >= 0.85).mean(), text, abs(len(found) - len(seen) + 1), seconds))
        if out:
            cv2.imwrite(f"{out}/{name}.jpg", overlay(rgb, found)[..., ::-1])
    print(f"{'kind':9}{'IoU':>7}{'usable':>8}{'text':>7}{'count':>7}{'s':>6}")
    for kind in sorted({r[0] for r in rows}) + ["all"]:
        print("{:9}{:7.3f}{:8.2f}{:7.3f}{:7.2f}{:6.1f}".format(kind, *np.nanmean(np.array([r[1:] for r in rows if kind in (r[0], "all")], float), 0)))
    for c, v in by_class.items():
        print(f"  layers of class {c:8} n {len(v):4} IoU {np.mean(v):.3f} usable {np.mean(np.array(v) >= 0.85):.2f}")


def main(args):
    def option(name, default=None):
        if name not in args:
            return default
        i = args.index(name)
        args.pop(i)
        return args.pop(i)
    side, folder, out = int(option("--side", 768)), option("--score"), option("--out")
    network = load(args[0])
    if out:
        os.makedirs(out, exist_ok=True)
    if folder:
        score(network, folder, side, out)
    for f in args[1:]:
        rgb = np.ascontiguousarray(cv2.imread(f)[..., ::-1])
        found = predict(network, rgb, side)
        print(f, [(KINDS[q["kind"]], round(q["score"], 2), int(q["mask"].sum())) for q in found])
        target = os.path.splitext(os.path.basename(f))[0] + "_layers.jpg"
        cv2.imwrite(os.path.join(out or os.path.dirname(f) or ".", target), overlay(rgb, found)[..., ::-1])


if __name__ == "__main__":
    main(sys.argv[1:])
