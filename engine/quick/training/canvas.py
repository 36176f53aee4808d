"""Paints layers from below to above and keeps the truth: whose pixel it is, whole masks, shadows and glows."""
import cv2
import numpy as np
from paint import flat

KMAX, COLUMNS = 28, 8
OBJECT, SHAPE, TEXT = 1, 2, 3
VISIBLE_STEP = 10      # difference to what is below that counts as seen
SEEN = .18             # part of a layer that must be seen when it is laid down


class Canvas:
    def __init__(self, background):
        self.im = np.ascontiguousarray(background)
        s = self.size = background.shape[0]
        self.owner, self.text = np.zeros((s, s), np.uint8), np.zeros((s, s), np.uint8)
        self.effect, self.effect_owner = np.zeros((s, s), np.float32), np.zeros((s, s), np.uint8)
        self.layers = []

    def clip(self, h, w, x, y):
        s = self.size
        x0, y0, x1, y1 = max(0, x), max(0, y), min(s, x + w), min(s, y + h)
        if x1 <= x0 or y1 <= y0:
            return None
        return (slice(y0, y1), slice(x0, x1)), (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))

    def full(self):
        return len(self.layers) >= KMAX

    def place(self, kind, rgb, a, x, y, opacity=1., effects=()):
        """Lays a layer down, its effects below it. Returns its number, or 0 if it would not be seen."""
        x, y = int(x), int(y)
        where = self.clip(*a.shape, x, y)
        if self.full() or where is None:
            return 0
        to, of = where
        a_in = np.ascontiguousarray(a[of])
        solid = a_in >= .5
        n = int(np.count_nonzero(solid))
        if n < (40 if kind == TEXT else 120) * (self.size / 512) ** 2:
            return 0
        rgb = np.ascontiguousarray(rgb[of]) if np.ndim(rgb) == 3 else flat(rgb, *a_in.shape)
        weight = a_in * np.float32(opacity)
        if not self.seen(rgb, self.im[to], weight, solid, n):
            return 0
        k = len(self.layers) + 1
        for e in effects:
            self.lay_effect(k, x, y, *e)
        region = np.ascontiguousarray(self.im[to])
        self.im[to] = cv2.blendLinear(rgb, region, weight, 1 - weight)
        self.effect[to] *= 1 - weight
        if kind == TEXT:
            self.text[to][solid] = k
        else:
            self.owner[to][solid] = k
            self.text[to][solid] = 0
        self.layers.append((kind, to, self.whole(a_in, to) if kind != TEXT else None, n, opacity))
        return k

    @staticmethod
    def seen(rgb, under, weight, solid, n):
        s = 1 if n < 4000 else 2
        d = cv2.absdiff(np.ascontiguousarray(rgb[::s, ::s]), np.ascontiguousarray(under[::s, ::s]))
        d = np.maximum(np.maximum(d[..., 0], d[..., 1]), d[..., 2]) * weight[::s, ::s]
        m = solid[::s, ::s]
        return np.count_nonzero((d > VISIBLE_STEP) & m) >= SEEN * max(1, np.count_nonzero(m))

    def lay_effect(self, k, x, y, colour, a, dx, dy):
        where = self.clip(*a.shape, int(x + dx), int(y + dy))
        if where is None:
            return
        to, of = where
        a = np.ascontiguousarray(a[of])
        region = np.ascontiguousarray(self.im[to])
        self.im[to] = cv2.blendLinear(flat(colour, *a.shape), region, a, 1 - a)
        old = self.effect[to]
        self.effect_owner[to][(a > .02) & (a >= old * .7)] = k
        self.effect[to] = old + a - old * a

    @staticmethod
    def whole(a, to):
        """The layer's mask at a quarter of the size: its first cell and bits."""
        y0, x0 = to[0].start, to[1].start
        ya, xa = y0 // 4, x0 // 4
        hb, wb = -(-to[0].stop // 4) - ya, -(-to[1].stop // 4) - xa
        pad = cv2.copyMakeBorder(a, y0 - 4 * ya, 4 * (ya + hb) - to[0].stop, x0 - 4 * xa, 4 * (xa + wb) - to[1].stop, cv2.BORDER_CONSTANT)
        return ya, xa, cv2.resize(pad, (wb, hb), interpolation=cv2.INTER_AREA) >= .5

    def finish(self):
        """classes, owner, text, effect, effect_owner, amodal bits and the table."""
        s = self.size
        unit = (s / 512) ** 2
        table, bits = np.zeros((KMAX, COLUMNS), np.float32), np.zeros((KMAX, s // 4, s // 4), bool)
        count = lambda m: cv2.calcHist([m], [0], None, [256], [0, 256]).ravel()
        area, words = count(self.owner), count(self.text)
        kinds = np.zeros(256, np.uint8)
        gone = np.arange(256, dtype=np.uint8)
        for k, (kind, to, whole, n, opacity) in enumerate(self.layers, 1):
            left = int(words[k] if kind == TEXT else area[k])
            if left < max((50 if kind == TEXT else 140) * unit, .05 * n):
                gone[k] = 0
                continue
            mask = (self.text if kind == TEXT else self.owner)[to] == k
            x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
            if kind == TEXT:
                cx, cy = x + (w - 1) / 2, y + (h - 1) / 2
            else:
                cx, cy = inside(mask[y:y + h, x:x + w])
                cx, cy = cx + x, cy + y
                ya, xa, b = whole
                bits[k - 1, ya:ya + b.shape[0], xa:xa + b.shape[1]] = b
            table[k - 1] = kind, cx + to[1].start, cy + to[0].start, w, h, k / len(self.layers), left, opacity
            kinds[k] = kind
        owner, text, effect_owner = (cv2.LUT(m, gone) for m in (self.owner, self.text, self.effect_owner))
        effect = cv2.convertScaleAbs(self.effect, alpha=255)
        effect_owner[effect < 8] = 0
        classes = cv2.LUT(owner, kinds)
        classes[text > 0] = TEXT
        return dict(classes=classes, owner=owner, text=text, effect=effect, effect_owner=effect_owner,
                    amodal=np.packbits(bits, axis=2), table=table)


def inside(mask):
    """A pixel well inside: far from the border and near the centroid."""
    h, w = mask.shape
    s = max(1, int(max(h, w) / 64))
    small = mask[::s, ::s]
    if not small.any():
        s, small = 1, mask
    m = cv2.copyMakeBorder(small.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    d = cv2.distanceTransform(m, cv2.DIST_L2, 3)[1:-1, 1:-1]
    moments = cv2.moments(small.astype(np.uint8), True)
    mx, my = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    y, x = np.ogrid[:small.shape[0], :small.shape[1]]
    far = np.sqrt((x - mx) ** 2 + (y - my) ** 2) / (.5 * max(small.shape))
    score = np.where(small, d / d.max() - far, -9)
    best = int(score.argmax())
    return best % small.shape[1] * s, best // small.shape[1] * s
