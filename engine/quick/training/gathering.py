"""People of one style side by side, touching, before each other or behind a table with things on it."""
import math
import cv2
import numpy as np
import figures
import paint
import people
import shapes
from figures import cloth, glue, warp


def table(r, assets, w, h):
    """A round or long table with a cloth: a top, and what hangs from it, strewn with signs."""
    m = np.zeros((int(h), int(w)), np.uint8)
    top = h * r.uniform(.35, .75)
    c = paint.near(r, [235] * 3, 25) if r.random() < .4 else paint.colour(r)
    fall = np.zeros_like(m)
    if r.random() < .6:
        cv2.ellipse(m, (int(w / 2), int(top / 2)), (int(w / 2 - 2), int(top / 2 - 2)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        spread = r.uniform(-.02, .06) * w
        shapes.polygon(fall, [(2, top / 2), (w - 2, top / 2), (w - 2 + spread, h + 2), (2 - spread, h + 2)])
    else:
        q = r.uniform(0, .15) * w
        shapes.polygon(m, [(q, 1), (w - q, 1), (w - 2, top), (2, top)])
        shapes.polygon(fall, [(2, top - 1), (w - 2, top - 1), (w - 2, h), (2, h)])
    def strewn(c):
        im = paint.flat(c, *m.shape) if r.random() < .7 else cloth(r, assets, *m.shape)
        if r.random() < .6:
            sign = warp(r, assets.cutout(assets.pick(r)), w * r.uniform(.05, .13)) if r.random() < .7 else None
            for _ in range(r.randrange(5, 24)):
                x, y = r.randrange(m.shape[1]), r.randrange(m.shape[0])
                if sign is None:
                    cv2.circle(im, (x, y), max(2, int(w * r.uniform(.005, .03))), paint.colour(r).tolist(), -1, cv2.LINE_AA)
                    continue
                s, a = sign
                y0, x0 = min(y, m.shape[0] - a.shape[0]), min(x, m.shape[1] - a.shape[1])
                if y0 >= 0 and x0 >= 0:
                    to = slice(y0, y0 + a.shape[0]), slice(x0, x0 + a.shape[1])
                    im[to] = paint.over(im[to], s, a)
        return im
    return glue([(strewn(paint.near(r, c, 40)), fall.astype(np.float32) / 255, 0, 0), (strewn(c), m.astype(np.float32) / 255, 0, 0)], 0)


def cake(r, size):
    """Tiers with icing, dots and candles: one thing of many colours."""
    n, parts, y = r.randrange(1, 5), [], 0.
    H = size * r.uniform(.5, .75) / n
    wide = size * r.uniform(.3, .5)
    for i in range(r.randrange(0, 8)):
        m = np.zeros((int(size * .2), max(4, int(size * .03))), np.uint8)
        m[int(size * .05):] = 255
        flame = np.zeros_like(m)
        cv2.ellipse(flame, (m.shape[1] // 2, int(size * .03)), (max(1, m.shape[1] // 2), max(2, int(size * .025))), 0, 0, 360, 255, -1, cv2.LINE_AA)
        x = (i % 7 - 3) * wide * .12 - m.shape[1] / 2
        parts += [(paint.pattern(r, *m.shape), m.astype(np.float32) / 255, x, -size * .17), (np.float32([255, 200, 40]), flame.astype(np.float32) / 255, x, -size * .17)]
    for i in range(n):
        w, h = int(wide), int(H)
        m = np.zeros((h + int(w * .3), w), np.uint8)
        e = max(2, int(w * .12))
        cv2.rectangle(m, (1, e), (w - 2, h), 255, -1)
        for cy in (e, h):
            cv2.ellipse(m, (w // 2, cy), (w // 2 - 1, e), 0, 0, 360, 255, -1, cv2.LINE_AA)
        c = paint.colour(r)
        im = paint.pattern(r, *m.shape, c) if r.random() < .6 else paint.flat(c, *m.shape)
        icing = paint.colour(r).tolist()
        for x in range(0, w, max(4, w // r.randrange(6, 16))):
            cv2.circle(im, (x, int(h + e * math.sqrt(max(0, 1 - (2 * x / w - 1) ** 2)))), max(2, w // 18), icing, -1, cv2.LINE_AA)
        cv2.ellipse(im, (w // 2, e), (w // 2 - 1, e), 0, 0, 360, paint.near(r, c, 40).tolist(), -1, cv2.LINE_AA)
        parts.insert(0, (im, m.astype(np.float32) / 255, -w / 2, y))
        y += H * .92
        wide *= r.uniform(1.15, 1.5)
    return glue(parts)


def lay(scene):
    """Lays a gathering down on a scene."""
    r, S, A = scene.r, scene.S, scene.assets
    scene.heap(r.choice([0, 0, 0, 1, 3]), .08, .3)
    style, n = people.Style(r, A), r.choice([2, 2, 2, 3, 4, 5, 6, 8])
    z = S * r.uniform(.35, .8) * (1.25 if n < 3 else 1)
    step = min(z * .55, S / n) * r.uniform(.55, 1.05) if n > 2 else z * r.uniform(.22, .5)
    bend, low = r.uniform(-.1, .2) * S, S * r.uniform(.78, 1.2) if r.random() < .7 else S * r.uniform(1.1, 1.35)
    spots = [(S * r.uniform(.42, .58) + (i - (n - 1) / 2) * step, low + bend * (abs(i - (n - 1) / 2) * 2 / n) ** 2, abs(i - (n - 1) / 2)) for i in range(n)]
    order = r.random()
    if order < .5:  # the outer before the inner, or one side before the other
        spots.sort(key=lambda s: s[2])
    elif order < .8:
        r.shuffle(spots)
    for x, foot, _ in spots:
        rgb, a = people.person(r, A, z * r.uniform(.85, 1.12), style)
        if r.random() < .08:
            rgb, a = figures.outline(r, rgb, a, z * .012)
        scene.object(z, x + r.uniform(-.04, .04) * z, foot - a.shape[0] / 2, made=(rgb, a))
    if r.random() < .6:
        w, h = S * r.uniform(.5, 1.2), S * r.uniform(.2, .5)
        rgb, a = table(r, A, w, h)
        y = S * r.uniform(.62, .88)
        scene.object(w, S * r.uniform(.4, .6), y + h / 2, made=(rgb, a))
        if r.random() < .5:
            q = S * r.uniform(.2, .5)
            rgb, a = cake(r, q)
            scene.object(q, S * r.uniform(.35, .65), y + h * r.uniform(.1, .3) - a.shape[0] / 2, made=(rgb, a))
        for _ in range(r.choice([0, 1, 2, 4])):
            q = S * r.uniform(.06, .2)
            scene.object(q, S * r.uniform(.25, .75), y + h * r.uniform(.05, .35) - q * .3, turn=0)
    scene.heap(r.choice([0, 0, 1, 3]), .06, .25)
