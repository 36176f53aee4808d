"""What lies behind everything and is no layer: plain, graded, patterned, photographed and drawn scenery."""
import math
import cv2
import numpy as np
import paint
import shapes


def plain(r, assets, S):
    return paint.flat(paint.colour(r), S, S)


def graded(r, assets, S):
    c = paint.colour(r)
    return paint.gradient(r, S, S, [c, paint.near(r, c, 60)] if r.random() < .45 else None)


def photograph(r, assets, S):
    im = paint.photo(r, assets, S, S, .08, r.random() < .5)
    if r.random() < .16:  # two pictures melt into each other along a wavy horizon
        n = paint.noise(r, S, S) + np.linspace(r.uniform(-1, 1), r.uniform(-1, 1), S, dtype=np.float32)[:, None]
        im = paint.over(im, paint.photo(r, assets, S, S, .3), np.clip((n - .5) * r.uniform(1.5, 8) + .5, 0, 1))
    m = r.random()
    if m < .14:
        im = paint.soften(im, S * r.uniform(.003, .02))
    elif m < .34:
        im = cv2.addWeighted(im, 1 - (a := r.uniform(.2, .75)), paint.flat(paint.colour(r), S, S), a, 0)
    elif m < .42:
        im = paint.over(im, paint.gradient(r, S, S), np.full((S, S), r.uniform(.2, .6), np.float32))
    elif m < .48:
        im = paint.grain(r, im, r.uniform(3, 12))
    return im


def cloudy(r, assets, S):
    c = paint.colour(r)
    return paint.mapped(paint.noise(r, S, S), [c, *(paint.colour(r) if r.random() < .4 else paint.near(r, c, 50) for _ in range(r.choice([1, 2, 2])))])


def leaves(r, assets, S):
    """Dead leaves: many random shapes over each other."""
    im = np.ascontiguousarray(paint.flat(paint.colour(r), S, S))
    base = [paint.colour(r) for _ in range(r.choice([2, 4, 30]))]
    kind, hi = r.choice("cprm"), r.choice([.03, .1, .2]) * S
    for _ in range(r.choice([60, 150, 260])):
        c = paint.near(r, base[r.randrange(len(base))], 25).tolist()
        x, y, z = r.randrange(S), r.randrange(S), 2 + hi * r.random() ** 2
        k = r.choice("cpr") if kind == "m" else kind
        if k == "c":
            cv2.circle(im, (x, y), int(z), c, -1)
        elif k == "r":
            cv2.rectangle(im, (x, y), (int(x + z * 2), int(y + z * r.uniform(.3, 2))), c, -1)
        else:
            n = r.randrange(3, 8)
            cv2.fillPoly(im, [np.int32([[x + z * math.cos(t) * r.uniform(.5, 1), y + z * math.sin(t) * r.uniform(.5, 1)] for t in np.linspace(0, 6, n)])], c)
    return paint.soften(im, r.uniform(.6, 8) * S / 512) if r.random() < .5 else im


def patterned(r, assets, S):
    return paint.pattern(r, S, S)


def rays(r, assets, S):
    c = paint.colour(r)
    im = paint.gradient(r, S, S, [c, paint.near(r, c, 40)]) if r.random() < .4 else paint.flat(c, S, S)
    d = (paint.near(r, c, 40) if r.random() < .7 else paint.colour(r)).tolist()
    cx, cy, n = S * r.uniform(-.1, 1.1), S * r.uniform(-.1, 1.1), r.randrange(6, 24)
    for i in range(n):
        a, b = 2 * math.pi * i / n, 2 * math.pi * (i + .5) / n
        cv2.fillPoly(im, [np.int32([[cx, cy], [cx + 2 * S * math.cos(a), cy + 2 * S * math.sin(a)], [cx + 2 * S * math.cos(b), cy + 2 * S * math.sin(b)]])], d, cv2.LINE_AA)
    return im


def halftone(r, assets, S):
    c = paint.colour(r)
    im, d = paint.flat(c, S, S), (paint.near(r, c, 60) if r.random() < .7 else paint.colour(r)).tolist()
    p = r.randrange(7, 22)
    t = r.uniform(0, 6.28)
    for y in range(0, S + p, p):
        for x in range((y // p % 2) * p // 2, S + p, p):
            u = ((x - S / 2) * math.cos(t) + (y - S / 2) * math.sin(t)) / S + .4
            if u > .05:
                cv2.circle(im, (x, y), int(min(.65, u * .7) * p * 4), d, -1, cv2.LINE_AA, 2)
    return im


def waves(r, assets, S):
    """Wide curved bands, as in slides and banners."""
    im = graded(r, assets, S)
    c = im[S // 2, S // 2].astype(np.float32)
    xs = np.arange(0, S + 8, 8)
    side = r.random() < .5
    for j in range(r.randrange(1, 5)):
        y0, f, a, q = S * r.uniform(.1, .95), r.uniform(.4, 2.5), S * r.uniform(.01, .15), r.uniform(0, 6)
        p = np.vstack([np.c_[xs, y0 + a * np.sin(xs / S * 6.28 * f + q)], [[S + 8, S], [0, S]]])
        cv2.fillPoly(im, [np.int32(p[:, ::-1] if side else p)], paint.near(r, c, r.choice([20, 50, 120])).tolist(), cv2.LINE_AA)
    return im


def geometric(r, assets, S):
    """A few huge forms little different from the ground; those that stand out are shapes."""
    c = paint.colour(r)
    im = paint.flat(c, S, S)
    for _ in range(r.randrange(1, 6)):
        d = paint.near(r, c, 22).tolist()
        x, y, z = S * r.uniform(-.2, 1.2), S * r.uniform(-.2, 1.2), S * r.uniform(.25, .8)
        if r.random() < .5:
            cv2.circle(im, (int(x), int(y)), int(z * .6), d, -1 if r.random() < .7 else max(2, int(z * .05)), cv2.LINE_AA)
        else:
            n, t = r.choice([3, 4, 4, 6]), r.uniform(0, 6)
            cv2.fillPoly(im, [np.int32([[x + z * math.cos(t + 6.28 * i / n), y + z * math.sin(t + 6.28 * i / n)] for i in range(n)])], d, cv2.LINE_AA)
    return im


# ---- scenery ----
def sky(r, S):
    top = paint.near(r, r.choice([(90, 160, 230), (250, 150, 90), (20, 24, 60), (180, 210, 240), (255, 200, 160), (120, 90, 160)]), 35)
    im = paint.gradient(r, S, S, [top, paint.near(r, top, 40) * .6 + 90], False, math.pi / 2)
    night = paint.luma(top) < 70
    if night:
        for _ in range(r.randrange(0, 90)):
            cv2.circle(im, (r.randrange(S), r.randrange(S)), r.choice([0, 1, 1]), (240, 240, 220), -1)
    elif r.random() < .6:
        if r.random() < .4:  # soft clouds
            n = np.clip((paint.noise(r, S, S, 4, 3) - .5) * 3, 0, 1) * np.linspace(1, 0, S, dtype=np.float32)[:, None]
            im = paint.over(im, paint.flat([250, 250, 252], S, S), n)
        else:
            for _ in range(r.randrange(1, 6)):
                x, y, z = r.randrange(S), r.randrange(S // 2), S * r.uniform(.03, .1)
                c = paint.near(r, [248] * 3, 6).tolist()
                for k in range(-2, 3):
                    cv2.ellipse(im, (int(x + k * z * .8), int(y)), (int(z), int(z * (.75 - abs(k) * .15))), 0, 180, 360, c, -1, cv2.LINE_AA)
    return im


def skyline(r, im, S, base):
    """A row of houses with windows."""
    x = -r.randrange(int(S * .1))
    tone = paint.colour(r)
    kind = r.random()
    while x < S:
        w, h = int(S * r.uniform(.06, .2)), int(S * r.uniform(.08, .42))
        c = paint.near(r, tone, 25 if kind < .5 else 110)
        cv2.rectangle(im, (x, base - h), (x + w, S), c.tolist(), -1)
        if r.random() < .4:
            cv2.fillPoly(im, [np.int32([[x - 2, base - h], [x + w / 2, base - h - w * r.uniform(.3, .8)], [x + w + 2, base - h]])], paint.near(r, c, 50).tolist(), cv2.LINE_AA)
        if r.random() < .75:
            p, d = max(6, int(S * r.uniform(.018, .04))), paint.contrast(r, c, 25).tolist()
            q = max(2, int(p * r.uniform(.4, .65)))
            for yy in range(base - h + p // 2, base, p):
                for xx in range(x + p // 3, x + w - q, p):
                    if r.random() < .85:
                        cv2.rectangle(im, (xx, yy), (xx + q, yy + q), d, -1)
        x += w + r.choice([0, 0, 2, int(S * .02)])


def hills(r, im, S, n):
    xs = np.arange(0, S + 8, 8)
    tone = paint.near(r, r.choice([(90, 160, 70), (60, 110, 90), (150, 130, 90), (230, 235, 245), (220, 190, 130), (90, 90, 140)]), 40)
    for j in range(n):
        y0 = S * (.45 + .5 * (j + r.uniform(0, .8)) / n)
        jag = r.random() < .3
        f, a, q = r.uniform(.5, 3), S * r.uniform(.01, .1), r.uniform(0, 6)
        y = y0 + a * np.sin(xs / S * 6.28 * f + q) + (np.cumsum([r.uniform(-1, 1) for _ in xs]) * S * .012 if jag else 0)
        c = np.clip(tone * (.6 + .5 * j / n) + r.uniform(-15, 15), 0, 255)
        cv2.fillPoly(im, [np.int32(np.vstack([np.c_[xs, y], [[S + 8, S], [0, S]]]))], c.tolist(), cv2.LINE_AA)


def trees(r, im, S, base):
    """A row or scatter of one kind of tree or bush, part of the backdrop."""
    c, trunk = paint.near(r, r.choice([(50, 120, 60), (80, 150, 60), (40, 80, 70), (200, 120, 50)]), 30), [90, 60, 40]
    kind = r.choice("rtb")
    z = S * r.uniform(.04, .14)
    for x in range(-int(z), S + int(z), max(8, int(z * r.uniform(.9, 3)))):
        x, y, k = x + r.uniform(-.5, .5) * z, base + r.uniform(-.2, .4) * z, z * r.uniform(.7, 1.2)
        d = paint.near(r, c, 18).tolist()
        if kind != "b":
            cv2.rectangle(im, (int(x - k * .1), int(y - k)), (int(x + k * .1), int(y)), trunk, -1)
        if kind == "t":
            for i in range(3):
                cv2.fillPoly(im, [np.int32([[x - k * (.7 - .15 * i), y - k * (.5 + .5 * i)], [x, y - k * (1.3 + .5 * i)], [x + k * (.7 - .15 * i), y - k * (.5 + .5 * i)]])], d, cv2.LINE_AA)
        else:
            cv2.circle(im, (int(x), int(y - (k * 1.3 if kind == "r" else k * .3))), int(k * .65), d, -1, cv2.LINE_AA)


def grass(r, im, S, base):
    c = paint.near(r, r.choice([(90, 160, 60), (60, 130, 60), (140, 160, 70)]), 25)
    for _ in range(r.choice([100, 220])):
        x, y, z = r.randrange(S), r.uniform(base, S), S * r.uniform(.015, .05)
        cv2.line(im, (x, int(y)), (int(x + z * r.uniform(-.4, .4)), int(y - z)), paint.near(r, c, 40).tolist(), r.choice([1, 2]), cv2.LINE_AA)


def landscape(r, assets, S):
    im = np.ascontiguousarray(sky(r, S))
    base = int(S * r.uniform(.55, .85))
    if r.random() < .4:
        hills(r, im, S, r.randrange(1, 3))
    if r.random() < .45:
        skyline(r, im, S, base)
    ground = paint.near(r, r.choice([(110, 170, 80), (150, 140, 130), (230, 210, 160), (80, 130, 190), (240, 245, 250), (90, 90, 95)]), 30)
    if r.random() < .75:
        im[base:] = paint.gradient(r, S - base, S, [ground, ground * .75], False, math.pi / 2)
        if r.random() < .3:  # water or road: lines
            for _ in range(r.randrange(4, 25)):
                y, x, z = r.randrange(base, S), r.randrange(S), int(S * r.uniform(.02, .15))
                cv2.line(im, (x, y), (x + z, y), paint.near(r, ground, 40).tolist(), r.choice([1, 2, 3]), cv2.LINE_AA)
    else:
        hills(r, im, S, r.randrange(2, 5))
    if r.random() < .4:
        trees(r, im, S, base + int(S * .02))
    if r.random() < .25:
        grass(r, im, S, base)
    if r.random() < .2:
        for x in range(0, S, max(10, int(S * .04))):  # fence
            cv2.rectangle(im, (x, base - int(S * .05)), (x + max(3, int(S * .015)), base + int(S * .06)), ground.tolist(), -1)
    return paint.soften(im, S * r.uniform(.002, .012)) if r.random() < .25 else im


def interior(r, assets, S):
    """Wall and floor or table, with boards or a shelf's edge."""
    wall = paint.colour(r)
    im = paint.pattern(r, S, S, wall) if r.random() < .3 else paint.gradient(r, S, S, [wall, paint.near(r, wall, 30)])
    base = int(S * r.uniform(.5, .85))
    floor = paint.near(r, r.choice([(170, 120, 80), (200, 190, 180), (120, 90, 70), (230, 225, 220)]), 30)
    part = paint.photo(r, assets, S - base, S, .6) if r.random() < .25 else paint.gradient(r, S - base, S, [floor, floor * .8], False, math.pi / 2)
    im[base:] = part
    m = r.random()
    if m < .4:  # boards in perspective
        vx = S * r.uniform(.2, .8)
        for i in range(-8, 18):
            cv2.line(im, (int(vx + (i / 10 * S - vx) * .5), base), (int(vx + (i / 10 * S - vx) * 2.2), S), (floor * .75).tolist(), 1, cv2.LINE_AA)
    elif m < .6:
        cv2.rectangle(im, (0, base), (S, base + max(3, int(S * .02))), (floor * .6).tolist(), -1)
    return im


def bokeh(r, assets, S):
    im = graded(r, assets, S) if r.random() < .6 else paint.soften(photograph(r, assets, S), S * .02)
    for _ in range(r.randrange(8, 30)):
        m = np.zeros((S // 4, S // 4), np.float32)
        z = r.uniform(.01, .08) * S / 4
        x, y = r.randrange(S // 4), r.randrange(S // 4)
        cv2.circle(m, (x, y), max(1, int(z)), r.uniform(.1, .4), -1, cv2.LINE_AA)
        x0, y0, x1, y1 = max(0, int(x - z - 2)), max(0, int(y - z - 2)), min(S // 4, int(x + z + 3)), min(S // 4, int(y + z + 3))
        m = cv2.resize(m[y0:y1, x0:x1], None, fx=4, fy=4)
        to = slice(4 * y0, 4 * y1), slice(4 * x0, 4 * x1)
        im[to] = paint.over(im[to], paint.flat(paint.near(r, [240] * 3, 40), *m.shape), m)
    return im


def confetti(r, assets, S):
    """Small scattered marks of a pattern; too many and too small to be layers."""
    im = graded(r, assets, S)
    cs = [paint.colour(r).tolist() for _ in range(4)]
    z, kind = S * r.uniform(.004, .018), r.choice("cls")
    for _ in range(r.randrange(40, 220)):
        x, y, c = r.randrange(S), r.randrange(S), r.choice(cs)
        if kind == "c":
            cv2.circle(im, (x, y), max(1, int(z)), c, -1, cv2.LINE_AA)
        elif kind == "l":
            cv2.line(im, (x, y), (int(x + z * r.uniform(-2, 2)), int(y + z * r.uniform(-2, 2))), c, max(1, int(z * .5)), cv2.LINE_AA)
        else:
            t = r.uniform(0, 6)
            cv2.fillPoly(im, [np.int32([[x + z * math.cos(t + a), y + z * math.sin(t + a)] for a in (0, 1.57, 3.14, 4.71)])], c, cv2.LINE_AA)
    return im


ALL = [(plain, .15), (graded, .17), (photograph, .25), (cloudy, .04), (leaves, .05), (patterned, .05), (rays, .02), (halftone, .015),
       (waves, .03), (geometric, .02), (landscape, .11), (interior, .05), (bokeh, .02), (confetti, .015)]


def background(r, assets, S, only=None):
    make = only or r.choices([b for b, _ in ALL], [w for _, w in ALL])[0]
    im = np.ascontiguousarray(make(r, assets, S))
    if r.random() < .05:  # darker corners
        y = np.linspace(-1, 1, S, dtype=np.float32)
        v = 1 - r.uniform(.2, .6) * np.clip(y[:, None] ** 2 + y[None] ** 2, 0, 2) / 2
        im = (im * v[..., None]).astype(np.uint8)
    return im
