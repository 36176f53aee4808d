"""A generator without assets, to test the training with: discs (objects), cards with shadows (shapes), stripes (text)."""
import cv2
import numpy as np

KMAX = 28


class Assets:
    def __init__(self, split):
        self.split = split


def sample(rng, assets, s):
    r = np.random.RandomState(rng.randrange(1 << 30))
    y, x = np.mgrid[:s, :s].astype(np.float32)
    image = np.ones((s, s, 3), np.float32) * r.uniform(0, 255, 3) + (x[..., None] / s - 0.5) * r.uniform(-60, 60, 3)
    owner, text, effect, effect_owner = (np.zeros((s, s), np.uint8) for _ in range(4))
    table, masks = np.zeros((KMAX, 8), np.float32), {}
    n = r.randint(2, 7)
    for k in range(n):
        kind = 3 if k > 1 and r.rand() < 0.3 else r.randint(1, 3)
        cx, cy, w, h = r.uniform(0.1, 0.9) * s, r.uniform(0.1, 0.9) * s, r.uniform(0.1, 0.3) * s, r.uniform(0.1, 0.3) * s
        a, b = np.abs(x - cx), np.abs(y - cy)
        if kind == 1:
            m = (a / w) ** 2 + (b / h) ** 2 < 1
        elif kind == 2:
            m = (a < w) & (b < h)
            shade = cv2.GaussianBlur(np.roll(m, (s // 40, s // 40), (0, 1)).astype(np.float32), (0, 0), s / 60) * 0.5 * ~m
            on = (shade > 8 / 255)
            image *= 1 - shade[..., None]
            effect[on], effect_owner[on] = shade[on] * 255, k + 1
        else:
            h /= 4
            m = (a < w) & (b < h) & ((x // max(2, s // 60)) % 2 == 0)
        colour = r.uniform(0, 255, 3)
        paint = colour if kind > 1 else colour * (0.6 + 0.4 * np.sin((x + y) * 12 / s))[..., None]
        image = np.where(m[..., None], paint, image)
        text[m] = k + 1 if kind == 3 else 0
        effect[m] = effect_owner[m] = 0
        if kind < 3:
            owner[m], masks[k] = k + 1, m
        table[k, 0], table[k, 5], table[k, 7] = kind, k / n, 1
    kinds = np.concatenate([[0], table[:, 0]]).astype(np.uint8)
    amodal = np.zeros((KMAX, s // 4, s // 4), bool)
    for k in range(n):
        seen = (text if table[k, 0] == 3 else owner) == k + 1
        if k in masks:
            amodal[k] = masks[k][::4, ::4]
        if seen.sum() < 9:
            table[k] = 0
            owner[owner == k + 1] = text[text == k + 1] = 0
            continue
        ys, xs = np.nonzero(seen)
        table[k, 3:5], table[k, 6] = (np.ptp(xs), np.ptp(ys)), seen.sum()
        d = cv2.distanceTransform(seen.astype(np.uint8), cv2.DIST_L2, 3)
        q = d[ys, xs] / d.max() - np.hypot(xs - xs.mean(), ys - ys.mean()) / np.hypot(np.ptp(xs) + 1, np.ptp(ys) + 1)
        table[k, 1:3] = ((xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2) if table[k, 0] == 3 else (xs[q.argmax()], ys[q.argmax()])
    classes = np.where(text > 0, 3, kinds[owner])
    image = (image + r.normal(0, 3, image.shape)).clip(0, 255)
    return dict(image=image.astype(np.uint8), classes=classes.astype(np.uint8), owner=owner, text=text, effect=effect,
                effect_owner=effect_owner, amodal=amodal, table=table)
