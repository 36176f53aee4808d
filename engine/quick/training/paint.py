"""Colours, gradients, noise and fills: what the other parts of the generator paint with. RGB u8, masks f32."""
import math
import cv2
import numpy as np


def colour(r):
    m = r.random()
    if m < .13:
        return np.full(3, r.choice([255, 255, 250, 245, 20, 0, 10, 40]), np.float32)
    if m < .36:
        hsv = (r.randrange(180), r.randrange(20, 110), r.randrange(200, 256))
    elif m < .62:
        hsv = (r.randrange(180), r.randrange(120, 256), r.randrange(120, 256))
    else:
        return np.array([r.randrange(256) for _ in range(3)], np.float32)
    return cv2.cvtColor(np.uint8([[hsv]]), cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def near(r, c, d):
    return np.clip(np.asarray(c, np.float32) + np.array([r.uniform(-d, d) for _ in range(3)], np.float32), 0, 255)


def luma(c):
    return float(.299 * c[0] + .587 * c[1] + .114 * c[2])


def contrast(r, under, d=70):
    for _ in range(20):
        c = colour(r)
        if abs(luma(c) - luma(under)) > d or np.abs(c - under).max() > d * 2:
            return c
    return np.full(3, 255. if luma(under) < 128 else 0., np.float32)


def lut(stops, n=256):
    t = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(np.linspace(0, 1, n), t, [c[k] for c in stops]) for k in range(3)], -1).astype(np.uint8)


def flat(c, h, w):
    out = np.empty((h, w, 3), np.uint8)
    cv2.rectangle(out, (0, 0), (w, h), [min(255, max(0, int(v))) for v in c], -1)  # much faster than broadcasting
    return out


def mapped(index, stops):
    """f32 in 0..1 as colours between the stops."""
    u = cv2.convertScaleAbs(index, alpha=255)
    return cv2.LUT(cv2.cvtColor(u, cv2.COLOR_GRAY2RGB), lut(stops)[None])


def gradient(r, h, w, stops=None, radial=None, angle=None):
    stops = stops or [colour(r) for _ in range(r.choice([2, 2, 2, 3]))]
    y = np.linspace(0, 1, h, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, w, dtype=np.float32)[None]
    if radial if radial is not None else r.random() < .3:
        u = np.sqrt((x - r.random()) ** 2 + (y - r.random()) ** 2)
    else:
        t = r.random() * 2 * math.pi if angle is None else angle
        u = x * math.cos(t) + y * math.sin(t)
    lo, hi = float(u.min()), float(u.max())
    return mapped((u - lo) * (1 / max(hi - lo, 1e-6)), stops)


def noise(r, h, w, octaves=4, cells=None):
    g = np.random.RandomState(r.randrange(1 << 31))
    out, amp, total, s = np.zeros((h, w), np.float32), 1., 0., cells or r.choice([2, 3, 4, 8])
    for _ in range(octaves):
        grid = g.rand(s + 1, s + 1).astype(np.float32)
        out += amp * cv2.resize(grid, (w, h), interpolation=cv2.INTER_LINEAR if s > 6 else cv2.INTER_CUBIC)
        total += amp
        amp *= r.uniform(.4, .75)
        s = min(s * r.choice([2, 3]), max(2, min(h, w) - 1))
    return np.clip(out / total, 0, 1)


def grain(r, im, sigma):
    """Film grain; one noise tile is rolled to save time."""
    h, w = im.shape[:2]
    g = np.random.RandomState(r.randrange(1 << 31)).normal(0, sigma, (h // 2 + 1, w)).astype(np.float32)
    n = np.concatenate([g, np.roll(g[::-1], w // 3, 1)])[:h]
    n8 = cv2.cvtColor(cv2.convertScaleAbs(n, alpha=1, beta=128), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(im, 1, n8, 1, -128)


def hue_matrix(t, saturation, gain):
    c, s, k = math.cos(t), math.sin(t), 1 / 3
    q = math.sqrt(k)
    turn = np.array([[c + k * (1 - c), k * (1 - c) - q * s, k * (1 - c) + q * s], [k * (1 - c) + q * s, c + k * (1 - c), k * (1 - c) - q * s],
                     [k * (1 - c) - q * s, k * (1 - c) + q * s, c + k * (1 - c)]], np.float32)
    grey = np.array([[.299, .587, .114]] * 3, np.float32)
    return (turn @ (grey + (np.eye(3, dtype=np.float32) - grey) * saturation)) * gain


def jitter(r, im, strong=True):
    """Hue, saturation and brightness changed."""
    t = r.choice([0, 0, r.uniform(-.5, .5), r.uniform(-3.1, 3.1)]) if strong else r.uniform(-.15, .15)
    m = hue_matrix(t, r.choice([1, r.uniform(.3, 1.5)]), r.uniform(.75, 1.2))
    return cv2.transform(im, np.hstack([m, np.full((3, 1), r.uniform(-12, 12))]).astype(np.float32))


def recolour(r, im):
    """Each range of hues gets a hue of its own: clothes and parts change apart from each other."""
    hsv = cv2.cvtColor(im, cv2.COLOR_RGB2HSV)
    n = r.randrange(3, 8)
    edges = sorted(r.randrange(180) for _ in range(n))
    table = np.arange(256, dtype=np.int32)
    for i, e in enumerate(edges):
        to = edges[i + 1] if i + 1 < n else edges[0] + 180
        table[np.arange(e, to) % 180] = (np.arange(e, to) + r.randrange(180)) % 180
    tables = np.stack([table, np.clip(np.arange(256) * r.uniform(.7, 1.4), 0, 255), np.clip(np.arange(256) * r.uniform(.8, 1.1), 0, 255)], -1)
    return cv2.cvtColor(cv2.LUT(hsv, tables.astype(np.uint8)[None]), cv2.COLOR_HSV2RGB)


def photo(r, assets, h, w, texture=.1, whole=False):
    p = assets.photo(r, texture)
    H, W = p.shape[:2]
    s = (r.uniform(.75, 1.) if whole else r.uniform(.3, 1.)) * min(H / h, W / w)
    ch, cw = max(8, min(H, int(h * s))), max(8, min(W, int(w * s)))
    y, x = r.randrange(H - ch + 1), r.randrange(W - cw + 1)
    im = cv2.resize(p[y:y + ch, x:x + cw], (w, h), interpolation=cv2.INTER_AREA if s > 1 else cv2.INTER_LINEAR)
    if r.random() < .5:
        im = cv2.flip(im, 1)
    return jitter(r, im, r.random() < .5) if r.random() < .6 else im


def pattern(r, h, w, base=None):
    """Stripes, dots, checks, lines, zigzag, squares or small crosses over a colour."""
    c0 = colour(r) if base is None else base
    c1 = (near(r, c0, 50) if r.random() < .6 else colour(r)).tolist()
    p, kind = r.randrange(6, 60), r.choice("sdcgzqxh")
    t = max(1, int(p * r.uniform(.15, .55)))
    im = flat(c0, h, w)
    n = max(h, w)
    if kind == "s":
        slant = r.choice([0, 0, n, -n, n // 2])
        for x in range(-2 * n, 2 * n, p):
            cv2.line(im, (x, 0), (x + slant, n), c1, t, cv2.LINE_AA)
    elif kind == "h":
        for y in range(0, n, p):
            cv2.line(im, (0, y), (n, y), c1, t)
    elif kind in "dqx":
        for i, y in enumerate(range(0, n + p, p)):
            for x in range((p // 2) * (i % 2), n + p, p):
                if kind == "d":
                    cv2.circle(im, (x, y), max(1, t // 2), c1, -1, cv2.LINE_AA)
                elif kind == "q":
                    cv2.rectangle(im, (x, y), (x + t, y + t), c1, -1)
                else:
                    cv2.line(im, (x - t // 2, y), (x + t // 2, y), c1, max(1, t // 5))
                    cv2.line(im, (x, y - t // 2), (x, y + t // 2), c1, max(1, t // 5))
    elif kind == "c":
        m = ((np.arange(h)[:, None] // p) + (np.arange(w)[None] // p)) % 2 == 0
        im[m] = np.uint8(c1)
    elif kind == "g":
        for x in range(0, n, p):
            cv2.line(im, (x, 0), (x, n), c1, max(1, t // 6))
            cv2.line(im, (0, x), (n, x), c1, max(1, t // 6))
    else:
        for y in range(-p, n + p, p):
            xs = np.arange(0, n + p, p // 2)
            cv2.polylines(im, [np.stack([xs, y + (np.arange(len(xs)) % 2) * p // 2], -1).astype(np.int32)], False, c1, t, cv2.LINE_AA)
    return im


def texture(r, assets, h, w):
    m = r.random()
    if m < .5:
        return photo(r, assets, h, w, .3)
    if m < .72:
        return gradient(r, h, w)
    if m < .87:
        return pattern(r, h, w)
    return mapped(noise(r, h, w), [colour(r), colour(r)])


def soften(a, sigma):
    """Gaussian blur; wide ones are made small."""
    if sigma <= 4:
        return cv2.GaussianBlur(a, (0, 0), max(sigma, .3))
    f = max(2, int(sigma / 2))
    h, w = a.shape[:2]
    q = cv2.resize(a, (max(2, w // f), max(2, h // f)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(q, (0, 0), sigma / f), (w, h))


def over(base, rgb, a):
    """rgb with alpha a over base, u8."""
    return cv2.blendLinear(np.ascontiguousarray(rgb), np.ascontiguousarray(base), a, 1 - a)
