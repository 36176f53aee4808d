"""Masks and fills of shapes: cards, ribbons, buttons, bubbles, frames; and the shadows and glows of layers."""
import math
import cv2
import numpy as np
import paint

FINE = 4


def polygon(m, points, value=255):
    cv2.fillPoly(m, [np.round(np.asarray(points, np.float64) * (1 << FINE)).astype(np.int32)], value, cv2.LINE_AA, FINE)


def round_points(x0, y0, x1, y1, q):
    out = []
    for cx, cy, a0 in ((x1 - q, y0 + q, -90), (x1 - q, y1 - q, 0), (x0 + q, y1 - q, 90), (x0 + q, y0 + q, 180)):
        out += [(cx + q * math.cos(math.radians(a0 + t)), cy + q * math.sin(math.radians(a0 + t))) for t in range(0, 91, 10)]
    return out


def circle_points(w, h, radius=1., n=72):
    return [(w / 2 + (w / 2 - 1.5) * radius * math.cos(t), h / 2 + (h / 2 - 1.5) * radius * math.sin(t))
            for t in np.linspace(0, 2 * math.pi, n, endpoint=False)]


def mask(r, h, w, kind):
    m = np.zeros((h, w), np.uint8)
    ring = lambda f, n=90: [(w / 2 + (w / 2 - 1.5) * f(t) * math.cos(t), h / 2 + (h / 2 - 1.5) * f(t) * math.sin(t))
                            for t in np.linspace(0, 2 * math.pi, n, endpoint=False)]
    if kind in ("rect", "strip"):
        m[1:-1, 1:-1] = 255
    elif kind == "round":
        polygon(m, round_points(1, 1, w - 2, h - 2, r.uniform(.04, .5) * (min(h, w) - 3)))
    elif kind == "pill":
        polygon(m, round_points(1, 1, w - 2, h - 2, .5 * (min(h, w) - 3)))
    elif kind in ("ellipse", "circle"):
        polygon(m, circle_points(w, h))
    elif kind == "blob":
        c, d = [r.uniform(-.12, .12) for _ in range(4)], [r.uniform(0, 6) for _ in range(4)]
        polygon(m, ring(lambda t: min(1, .8 + sum(c[i] * math.sin((i + 2) * t + d[i]) for i in range(4)))))
    elif kind == "ribbon":
        q, left = r.uniform(.05, .2) * w, r.choice([0, 1, -1])
        polygon(m, [(1, 1), (w - 2, 1), (w - 2 - q, h / 2), (w - 2, h - 2), (1, h - 2), (1 + q * max(0, left), h / 2)])
    elif kind == "banner":  # a straight band with folded tails below it
        f, d = int(w * r.uniform(.1, .2)), int(h * r.uniform(.15, .3))
        m[1:h - d, f // 2:w - f // 2] = 255
        for s in (1, -1):
            px = lambda v: v if s > 0 else w - v
            polygon(m, [(px(1), d), (px(f), d), (px(f), h - 2), (px(1), h - 2), (px(f * .4), (h + d) / 2)])
    elif kind == "polygon":
        n, a = r.randrange(3, 9), r.uniform(0, 6)
        polygon(m, [(w / 2 + (w / 2 - 1.5) * math.cos(a + 2 * math.pi * i / n), h / 2 + (h / 2 - 1.5) * math.sin(a + 2 * math.pi * i / n)) for i in range(n)])
    elif kind == "star":
        n, b = r.choice([5, 6, 8, 12, 20, 28]), r.uniform(.45, .9)
        polygon(m, [(w / 2 + (w / 2 - 1.5) * q * math.cos(math.pi * i / n - 1.57), h / 2 + (h / 2 - 1.5) * q * math.sin(math.pi * i / n - 1.57))
                    for i in range(2 * n) for q in [1 if i % 2 == 0 else b]])
    elif kind == "arrow":
        q = r.uniform(.2, .35) * h
        polygon(m, [(1, q), (w * .6, q), (w * .6, 1), (w - 2, h / 2), (w * .6, h - 2), (w * .6, h - q), (1, h - q)])
    elif kind == "bubble":
        b = h * r.uniform(.7, .85)
        if r.random() < .6:
            polygon(m, round_points(1, 1, w - 2, b, r.uniform(.2, .5) * (min(w, b) - 3)))
        else:
            polygon(m, [(x, y * b / h) for x, y in circle_points(w, h)])
        t = w * r.uniform(.2, .7)
        polygon(m, [(t, b * .85), (t + w * .12, b * .85), (t + w * r.uniform(-.1, .15), h - 2)])
    elif kind == "cloud":
        for i in range(6):
            a = 2 * math.pi * i / 6
            cv2.ellipse(m, (int(w / 2 + w * .27 * math.cos(a)), int(h / 2 + h * .22 * math.sin(a))), (int(w * .2), int(h * .26)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        cv2.ellipse(m, (w // 2, h // 2), (int(w * .3), int(h * .3)), 0, 0, 360, 255, -1, cv2.LINE_AA)
    elif kind in ("ring", "frame"):
        if kind == "ring":
            polygon(m, circle_points(w, h))
            hole = np.zeros_like(m)
            polygon(hole, circle_points(w, h, r.uniform(.6, .92)))
        else:
            q = r.choice([0, 0, .1, .3]) * min(h, w)
            t = r.uniform(.015, .1) * min(h, w) + 2
            hole = np.zeros_like(m)
            polygon(m, round_points(1, 1, w - 2, h - 2, q))
            polygon(hole, round_points(1 + t, 1 + t, w - 2 - t, h - 2 - t, max(0, q - t)))
        m = cv2.subtract(m, hole)
    elif kind == "torn":  # paper with ragged edges
        n = max(8, w // 8)
        rough = lambda y: [(x, y + r.uniform(-1, 1) * h * .03) for x in np.linspace(2, w - 3, n)]
        polygon(m, rough(h * .06) + rough(h * .94)[::-1])
    elif kind == "brush":  # a stroke of paint
        for _ in range(9):
            y = h * r.uniform(.2, .8)
            cv2.line(m, (int(w * r.uniform(.05, .15)), int(y)), (int(w * r.uniform(.85, .95)), int(y + h * r.uniform(-.1, .1))), 255, max(2, int(h * r.uniform(.1, .35))), cv2.LINE_AA)
    elif kind == "ticket":
        polygon(m, round_points(1, 1, w - 2, h - 2, 3))
        for x in (0, w):
            cv2.circle(m, (x, h // 2), max(3, h // 6), 0, -1, cv2.LINE_AA)
    return m.astype(np.float32) / 255


def turned(a, degrees):
    h, w = a.shape[:2]
    t = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1)
    c, s = abs(t[0, 0]), abs(t[0, 1])
    W, H = int(h * s + w * c) + 2, int(h * c + w * s) + 2
    t[:, 2] += [W / 2 - w / 2, H / 2 - h / 2]
    return cv2.warpAffine(a, t, (W, H), flags=cv2.INTER_LINEAR)


def fill(r, assets, h, w, c):
    """A card's face: mostly flat, else gradient, stripes, paper, glass-like sheen."""
    m = r.random()
    if m < .62:
        return paint.flat(c, h, w)
    if m < .84:
        return paint.gradient(r, h, w, [c, paint.near(r, c, 70)] if r.random() < .7 else None)
    if m < .9:
        return paint.pattern(r, h, w, c)
    if m < .96:
        n = paint.noise(r, h, w)
        return paint.mapped(n, [paint.near(r, c, 12), c, paint.near(r, c, 25)])
    p = paint.photo(r, assets, h, w, .7)
    return cv2.addWeighted(p, .45, paint.flat(c, h, w), .55, 0)


def border(r, rgb, a, c):
    """A line of its own colour along the inside of the edge."""
    e = max(1, int(min(a.shape) * r.uniform(.012, .05)))
    inner = cv2.erode(cv2.copyMakeBorder(a, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * e + 1, 2 * e + 1)))[1:-1, 1:-1]
    return paint.over(paint.flat(paint.contrast(r, c, 40), *a.shape), rgb, np.ascontiguousarray(inner))


def effects(r, a, size, kinds=None):
    """Shadow or glow of mask a as [(colour, alpha, dx, dy)]."""
    kind = r.choices(["drop", "soft", "glow", "cast", "contact", "long"], kinds or [.38, .24, .14, .1, .08, .06])[0]
    dark = np.zeros(3) if r.random() < .8 else paint.colour(r) * .4
    if kind in ("drop", "soft"):
        sigma = size * (r.uniform(.004, .03) if kind == "drop" else r.uniform(.03, .09)) + .5
        d = size * r.uniform(.01, .07)
        t = r.choice([r.uniform(.3, 1.3), 1.57, r.uniform(0, 6.28)])
        p = int(sigma * 2.6) + 2
        b = paint.soften(cv2.copyMakeBorder(a, p, p, p, p, cv2.BORDER_CONSTANT), sigma)
        return [(dark, b * np.float32(r.uniform(.2, .75)), int(d * math.cos(t)) - p, int(d * math.sin(t)) - p)]
    if kind == "glow":
        sigma = size * (r.uniform(.02, .09) if r.random() < .75 else r.uniform(.09, .22)) + 1
        p = int(sigma * 2.6) + 2
        b = paint.soften(cv2.copyMakeBorder(a, p, p, p, p, cv2.BORDER_CONSTANT), sigma)
        if r.random() < .5:
            b = np.minimum(1, b * r.uniform(1.2, 2))
        c = np.full(3, 255.) if r.random() < .5 else paint.colour(r)
        return [(c, b * np.float32(r.uniform(.4, .95)), -p, -p)]
    h, w = a.shape
    if kind == "cast":  # the silhouette laid on the floor behind
        f, k = r.uniform(.2, .5), r.uniform(-.8, .8)
        H, W = int(h * f) + 8, int(w + abs(k) * h * f) + 8
        shift = max(0., k) * h * f
        m = np.float32([[1, -k * f, shift + 4 - (0 if k > 0 else 0)], [0, f, 4]])
        m[0, 2] = 4 + (abs(k) * h * f if k > 0 else 0)
        b = paint.soften(cv2.warpAffine(a, m, (W, H)), 1 + size * r.uniform(.005, .03))
        dx = -4 - (abs(k) * h * f if k > 0 else 0) + k * f * h
        return [(dark, b * np.float32(r.uniform(.25, .6)), int(dx), int(h - 4 - h * f))]
    if kind == "contact":  # an ellipse under its foot
        sigma = size * r.uniform(.01, .03) + 1
        p, eh = int(3 * sigma), max(3, int(h * r.uniform(.03, .08)))
        b = np.zeros((2 * eh + 2 * p, w + 2 * p), np.float32)
        cv2.ellipse(b, (w // 2 + p, eh + p), (int(w * r.uniform(.3, .5)), eh), 0, 0, 360, 1., -1)
        return [(dark, paint.soften(b, sigma) * np.float32(r.uniform(.3, .7)), -p, h - eh - p)]
    n = max(4, int(size * r.uniform(.06, .3)))  # long: the mask swept along a diagonal
    s = r.choice([1, 1, -1])
    b = cv2.copyMakeBorder(a, 0, n, n if s < 0 else 0, n if s > 0 else 0, cv2.BORDER_CONSTANT)
    step = 1
    while step < n:  # doubling sweep
        t = np.float32([[1, 0, s * step], [0, 1, step]])
        b = np.maximum(b, cv2.warpAffine(b, t, (b.shape[1], b.shape[0])))
        step *= 2
    return [(dark, b * np.float32(r.uniform(.15, .4)), -n if s < 0 else 0, 0)]
