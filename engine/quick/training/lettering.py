"""Blocks of lettering: words, fonts, one to four lines, straight, turned or curved; outline, hard drop, fill."""
import math
import random
import cv2
import numpy as np
from PIL import Image, ImageDraw
import paint
import shapes

SYLLABLES = "ka lo mi ten ra sou vel dor an ex pri mo lin tra go bel fi ser ni tu pan cor el us ver ma chi wa zen ro by st er ing ed al in or qu ph ight jo xy".split()
WORDS = ("and the of with new free live art city park coffee garden summer spring sound fest market day night sale open tickets from only join us big story "
         "books pizza run ocean team studio design week June 12 PM $9 #1 2024 www .com @ ! ? & 24/7 -30% no. vol. happy birthday party welcome home fresh organic "
         "dream moon star dance kids best price today love music school health travel food winter christmas halloween business marketing strategy report sales "
         "growth data plan our your now get more info call 555 event workshop class yoga fashion beauty discount special offer limited time save up to off shop "
         "online delivery menu cafe restaurant bar grill animals nature world earth energy science space robot future game play win contest prize").split()


def word(r):
    return r.choice(WORDS) if r.random() < .6 else "".join(r.choice(SYLLABLES) for _ in range(r.randrange(1, 5)))


def cased(r, t):
    q = r.random()
    return t.upper() if q < .38 else t.title() if q < .65 else t.capitalize() if q < .85 else t


def line(r, assets, n=None):
    """(words, is CJK)"""
    m = r.random()
    if n is None and m < .2:
        return "".join(r.choice(assets.cjk) for _ in range(r.randrange(1, 10))), True
    if n is None and m < .28:
        return r.choice([f"{r.randrange(1, 100)}%", f"${r.randrange(1, 999)}.{r.randrange(10, 99)}", str(r.randrange(10000)), f"{r.randrange(1, 29)}.{r.randrange(1, 13)}.{r.randrange(1990, 2040)}",
                         f"{r.randrange(24)}:{r.randrange(10, 60)}", str(r.randrange(10)), f"{r.randrange(1, 13)}/{r.randrange(1, 29)}", f"No. {r.randrange(99)}", f"+{r.randrange(100, 999)} {r.randrange(1000, 9999)}"]), False
    return cased(r, " ".join(word(r) for _ in range(n or r.choice([1, 1, 1, 2, 2, 3, 4, 6])))), False


def paragraph(r, assets, lines, words):
    if r.random() < .15:
        return ["".join(r.choice(assets.cjk) for _ in range(r.randrange(4, 4 + 3 * words))) for _ in range(lines)], True
    style = r.random()
    out = [" ".join(word(r) for _ in range(max(1, words + r.randrange(-1, 2)))) for _ in range(lines)]
    return [t.upper() if style < .2 else t.title() if style < .3 else t for t in out], False


def mask(r, assets, lines, cjk, size, most, plain=False, align=None, spacing=None):
    """Ink of some lines as f32; the letters get smaller until the block is at most `most` wide."""
    path = r.choice(assets.cjk_fonts) if cjk else r.choice(assets.plain_fonts if plain or r.random() < .25 else assets.fonts)
    size = max(7, int(size))
    for _ in range(2):
        font = assets.font(path, size)
        track = size * r.uniform(.05, .35) if not cjk and r.random() < .08 else 0
        widths = [sum(font.getlength(c) + track for c in t) if track else font.getlength(t) for t in lines]
        wide = max(widths)
        if wide <= most:
            break
        size = max(7, int(size * most / wide * .96))
    if wide > most * 1.3 or wide < 2:
        return None, size
    spacing = (spacing or r.uniform(.95, 1.45)) * size
    pad = int(size * .45) + 2
    h, w = int(spacing * (len(lines) - 1) + size * 1.35) + 2 * pad, int(wide) + 2 * pad
    im = Image.new("L", (w, h))
    d = ImageDraw.Draw(im)
    align = r.choice([0, 0, .5, .5, 1]) if align is None else align
    for i, (t, tw) in enumerate(zip(lines, widths)):
        x, y = pad + (wide - tw) * align, pad + i * spacing
        if track:
            for c in t:
                d.text((x, y), c, 255, font)
                x += font.getlength(c) + track
        else:
            d.text((x, y), t, 255, font)
    a = np.asarray(im)
    x, y, w, h = cv2.boundingRect((a > 20).astype(np.uint8))
    if w < 2 or h < 3:
        return None, size
    return a[max(0, y - 2):y + h + 2, max(0, x - 2):x + w + 2].astype(np.float32) / 255, size


def curved(r, a):
    """Bent onto an arc, or a wave."""
    h, w = a.shape
    if r.random() < .7:
        bend = r.uniform(.5, 2.6) * r.choice([1, -1])
        radius = w / abs(bend)
        outer = radius + h
        W, H = int(2 * outer * math.sin(min(abs(bend) / 2, 1.57))) + 6, int(outer - radius * math.cos(min(abs(bend) / 2, 3.1))) + 6
        if max(W, H) > 3 * w or W < 8:
            return a
        y, x = np.mgrid[0:H, 0:W].astype(np.float32)
        cy = outer + 3 if bend > 0 else H - outer - 3
        dx, dy = x - W / 2, (cy - y) if bend > 0 else (y - cy)
        rho, phi = np.sqrt(dx * dx + dy * dy), np.arctan2(dx, dy)
        u = w / 2 + phi * radius
        v = (outer - rho) if bend > 0 else (rho - radius)
        return cv2.remap(a, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    amp, f, q = h * r.uniform(.1, .5), r.uniform(.5, 2), r.uniform(0, 6)
    p = int(amp) + 2
    y, x = np.mgrid[0:h + 2 * p, 0:w].astype(np.float32)
    return cv2.remap(a, x, y - p + amp * np.sin(x / w * 6.28 * f + q), cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def slanted(r, a):
    h, w = a.shape
    k = r.uniform(-.35, .35)
    m = np.float32([[1, k, max(0, -k) * h], [0, 1, 0]])
    return cv2.warpAffine(a, m, (int(w + abs(k) * h), h))


def dressed(r, assets, a, size, under):
    """(rgb, alpha, dx, dy, effects): fill, outline and hard drop are part of the lettering; shadow and glow its effects."""
    h, w = a.shape
    c = paint.contrast(r, under, r.choice([45, 75, 110]))
    m = r.random()
    if m < .78:
        rgb = paint.flat(c, h, w)
    elif m < .92:
        rgb = paint.gradient(r, h, w, [c, paint.near(r, c, 70)] if r.random() < .6 else None, False, r.choice([0, 1.57, .8]))
    else:
        rgb = paint.texture(r, assets, h, w)
    dx = dy = 0
    q = r.random()
    if q < .2:
        e = max(1, int(size * r.uniform(.025, .1)))
        oc = paint.contrast(r, c, 80)
        for _ in range(6):  # a rim in the ground's colour would not be seen
            if np.abs(oc - under).max() > 45:
                break
            oc = paint.contrast(r, c, 60)
        for _ in range(1 if r.random() < .8 else 2):
            p = e + 1
            body = cv2.copyMakeBorder(a, p, p, p, p, cv2.BORDER_CONSTANT)
            wide = cv2.GaussianBlur(cv2.dilate(body, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * e + 1, 2 * e + 1))), (3, 3), 0)
            rgb = paint.over(paint.flat(oc, *body.shape), cv2.copyMakeBorder(rgb, p, p, p, p, cv2.BORDER_REPLICATE), body)
            a, dx, dy, oc = np.maximum(wide, body), dx - p, dy - p, paint.contrast(r, under, 60)
    elif q < .23:  # hollow letters
        e = max(1, int(size * r.uniform(.015, .04)))
        a = np.clip(a - cv2.erode(a, np.ones((2 * e + 1, 2 * e + 1))), 0, 1)
    if r.random() < .09:  # hard drop or block depth
        n = max(1, int(size * r.uniform(.03, .12)))
        t = r.choice([1, 1, -1])
        body = cv2.copyMakeBorder(a, 0, n, n if t < 0 else 0, n if t > 0 else 0, cv2.BORDER_CONSTANT)
        x0 = n if t < 0 else 0
        deep = body
        for i in range(1, n + 1) if r.random() < .5 and n < 14 else (n,):
            deep = np.maximum(deep, cv2.warpAffine(body, np.float32([[1, 0, t * i], [0, 1, i]]), body.shape[::-1]))
        rgb = paint.over(paint.flat(paint.contrast(r, c, 60), *body.shape), cv2.copyMakeBorder(rgb, 0, n, x0, n - x0, cv2.BORDER_REPLICATE), body)
        a, dx = deep, dx - x0
    effects = []
    if r.random() < .2:
        effects = shapes.effects(r, np.ascontiguousarray(a), size * 1.5, [.5, .2, .3, 0, 0, 0])
    return rgb, np.ascontiguousarray(a), dx, dy, effects


def block(r, assets, S, size=None, lines=None, most=None, plain=False, align=None, turn=None, style=None):
    """(ink, letter size) of a random block, or None."""
    if size is None:
        m = r.random()
        size = S * (r.uniform(.016, .035) if m < .3 else r.uniform(.035, .07) if m < .6 else math.exp(r.uniform(math.log(.06), math.log(.3))))
    most = most or S * 1.02
    if lines is None:
        m = r.random()
        if m < .6:
            t, cjk = line(r, assets)
            lines = [t]
        else:
            lines, cjk = paragraph(r, assets, r.choice([2, 2, 3, 3, 4]), r.choice([1, 2, 3, 4, 5]))
    else:
        lines, cjk = lines
    a, size = mask(random.Random(style) if style else r, assets, lines, cjk, size, most, plain, align)
    if a is None:
        return None
    m = r.random()
    if turn is not None:
        a = shapes.turned(a, turn) if turn else a
    elif m < .1:
        a = shapes.turned(a, r.choice([r.uniform(-25, 25), r.uniform(-12, 12), 90, -90, r.uniform(-60, 60)]))
    elif m < .17 and len(lines) == 1:
        a = curved(r, a)
    elif m < .2:
        a = slanted(r, a)
    return a, size
