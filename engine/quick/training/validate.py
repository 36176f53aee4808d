"""Figures on held-out generated samples, read as decode.py reads them."""
import cv2
import numpy as np
import torch
import torch.nn.functional as F

from decode import above, match, overlay, read
from losses import unpack

KINDS = ("all", "object", "shape", "text")


@torch.no_grad()
def validate(network, rows, size, device, sheet=None, show=12):
    """rows: (N, row_bytes) u8 -> dict of figures; sheet: a file for overlays of the first `show` samples."""
    inter, union = np.zeros(4), np.zeros(4)
    iou, whole, order, count, pictures = {k: [] for k in KINDS}, [], [], [], []
    hidden = []
    for i in range(len(rows)):
        b = unpack(rows[i:i + 1].to(device), size)
        image = (b["image"].float() / 255).contiguous(memory_format=torch.channels_last)
        out = {k: v[0].float() for k, v in network(image).items()}
        classes, owner, text = b["maps"][0, 0], b["maps"][0, 1], b["maps"][0, 2]
        best = out["classes"].argmax(0)
        for c in range(4):
            inter[c] += float(((best == c) & (classes == c)).sum())
            union[c] += float(((best == c) | (classes == c)).sum())
        found, table = read(out), b["table"][0].cpu().numpy()
        ids = [k for k in range(len(table)) if table[k, 0] > 0 and table[k, 6] > 20]
        truth = [(text if table[k, 0] == 3 else owner) == k + 1 for k in ids]
        v, which = match(truth, [f["mask"] for f in found])
        count.append(abs(len(found) - len(ids)))
        for k, x in zip(ids, v):
            iou["all"].append(x)
            iou[KINDS[int(table[k, 0])]].append(x)
        amodal = {}
        for k, x, j in zip(ids, v, which):
            if j >= 0 and x > 0.5 and found[j]["amodal"] is not None:
                t = b["amodal"][0, k].float()
                p = F.avg_pool2d(found[j]["amodal"][None, None], 2)[0, 0]
                whole.append(float(torch.minimum(t, p).sum() / torch.maximum(t, p).sum().clamp(min=1e-6)))
                seen = (owner == k + 1)[::4, ::4].float()
                if float(((t - seen) > 0.5).sum()) > 0.1 * float(t.sum()):
                    hidden.append(whole[-1])
                amodal[k] = found[j]
        for a in amodal:
            for c in amodal:
                if a < c and float((b["amodal"][0, a] * b["amodal"][0, c]).sum()) > 8:
                    up = above(amodal[a], amodal[c])
                    order.append(up is not None and up == bool(table[a, 5] > table[c, 5]))
        if sheet and i < show:
            pictures.append(overlay(b["image"][0].permute(1, 2, 0).cpu().numpy(), found))
    if pictures:
        cv2.imwrite(sheet, cv2.resize(np.vstack([np.hstack(pictures[i:i + 2]) for i in range(0, len(pictures) // 2 * 2, 2)]) if len(pictures) > 1 else pictures[0],
                                      None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    mean = lambda x: round(float(np.mean(x)), 3) if len(x) else None
    figures = dict(classes=[round(float(x), 3) for x in inter / np.maximum(union, 1)])
    for k in KINDS:
        figures[k] = [mean(iou[k]), mean(np.array(iou[k]) >= 0.85), len(iou[k])]
    return dict(figures, amodal=mean(whole), amodal_hidden=mean(hidden), order=[mean(order), len(order)], count_error=mean(count))
