"""Arranges layers on a background: the layouts of posters, slides, crowds, cards, stickers."""
import math
import random
import cv2
import numpy as np
import backgrounds
import figures
import gathering
import lettering
import paint
import portraits
import shapes
from canvas import Canvas, OBJECT, SHAPE, TEXT


class Scene:
    def __init__(self, r, assets, S, ground=None):
        self.r, self.assets, self.S = r, assets, S
        self.canvas = Canvas(backgrounds.background(r, assets, S, ground))
        self.boxes, self.cards = [], []
        self.words = np.zeros((S // 8 + 1, S // 8 + 1), bool)  # where text stands
        self.effects = r.choice([0, 0, .25, .25, .9])           # how often layers have shadows here
        self.style = r.choice(["any"] * 4 + ["pixel", "line", "pale"])

    # ---- one layer ----
    def object(self, size, cx=None, cy=None, index=None, turn=None, made=None, inside=.12):
        r, S = self.r, self.S
        size = min(max(size, .045 * S), 1.15 * S)
        rgb, a = made or figures.figure(r, self.assets, size, index, turn)
        if self.style == "pixel" and made is None and r.random() < .8:
            rgb, a = figures.pixelated(r, rgb, a, size)
        elif self.style == "line" and made is None:
            rgb, a = figures.outline(r, rgb, a, max(1, S * .005), np.full(3, 20.))
        h, w = a.shape
        x = cx - w / 2 if cx is not None else r.uniform(-inside * w, max(1, S - (1 - inside) * w))
        y = cy - h / 2 if cy is not None else r.uniform(-inside * h, max(1, S - (1 - inside) * h))
        x, y = int(x), int(y)
        if self.style == "pale" and made is None or r.random() < .03:
            rgb = self.paler(rgb, a, x, y)
        effects = shapes.effects(r, a, size) if r.random() < self.effects else ()
        k = self.canvas.place(OBJECT, rgb, a, x, y, r.uniform(.5, .95) if r.random() < .05 else 1., effects)
        if k:
            self.boxes.append((x, y, w, h))
        return k

    def under(self, x, y, w, h):
        S = self.S
        x0, y0, x1, y1 = max(0, int(x)), max(0, int(y)), min(S, int(x + w)), min(S, int(y + h))
        if x1 - x0 < 2 or y1 - y0 < 2:
            return np.full(3, 128, np.float32)
        s = max(1, min(x1 - x0, y1 - y0) // 16)
        return self.canvas.im[y0:y1:s, x0:x1:s].reshape(-1, 3).mean(0)

    def paler(self, rgb, a, x, y):
        """Low contrast to what is below."""
        c = self.under(x, y, a.shape[1], a.shape[0])
        t = self.r.uniform(.3, .75)
        return cv2.addWeighted(rgb, 1 - t, paint.flat(paint.near(self.r, c, 25), *a.shape), t, 0)

    def shape(self, kind, w, h, x, y, colour=None, opacity=None, turn=0, outlined=None):
        r, S = self.r, self.S
        w, h = max(8, int(w)), max(8, int(h))
        a = shapes.mask(r, h, w, kind)
        c = paint.contrast(r, self.under(x, y, w, h), 22) if colour is None else np.asarray(colour, np.float32)
        rgb = shapes.fill(r, self.assets, h, w, c)
        if outlined if outlined is not None else r.random() < .14 and kind not in ("ring", "frame", "brush"):
            rgb = shapes.border(r, rgb, a, c)
        if turn:
            both = shapes.turned(np.dstack([rgb, (a * 255).astype(np.uint8)]), turn)
            rgb, a = np.ascontiguousarray(both[..., :3]), both[..., 3].astype(np.float32) / 255
            x, y = x - (a.shape[1] - w) / 2, y - (a.shape[0] - h) / 2
        if opacity is None:
            opacity = r.uniform(.3, .9) if r.random() < .2 else 1.
        effects = shapes.effects(r, a, min(h, w) * .6, [.5, .4, .1, 0, 0, 0]) if opacity == 1 and r.random() < max(.12, self.effects * .8) else ()
        k = self.canvas.place(SHAPE, rgb, a, int(x), int(y), opacity, effects)
        if k and kind in ("round", "rect", "pill", "ellipse", "circle", "bubble", "torn", "ticket", "blob", "ribbon", "banner", "strip", "brush", "cloud", "arrow") and not turn:
            self.cards.append((int(x), int(y), w, h))
        return k

    def free_of_words(self, x, y, w, h, mark=False):
        x0, y0 = max(0, int(x) // 8), max(0, int(y) // 8)
        part = self.words[y0:max(0, int(y + h) // 8 + 1), x0:max(0, int(x + w) // 8 + 1)]
        if mark:
            part[:] = True
        return not part.any()

    def text(self, x=None, y=None, size=None, lines=None, most=None, plain=False, align=None, turn=None, anchor=0., crowded=False, style=None):
        """A block at (x, y), else at a free place; returns its box or None. Blocks of one `style` look alike."""
        r, S = self.r, self.S
        got = lettering.block(r, self.assets, S, size, lines, most, plain, align, turn, style)
        if got is None:
            return None
        a, size = got
        h, w = a.shape
        if w > S * 1.15 or h > S * 1.1:
            return None
        if x is None:
            for _ in range(8):
                x, y = r.uniform(-2, max(1, S - w + 2)), r.uniform(-2, max(1, S - h + 2))
                if crowded or self.free_of_words(x, y, w, h):
                    break
            else:
                return None
        else:
            x = x - anchor * w
            if not self.free_of_words(x, y, w, h) and not crowded:
                return None
        under = self.under(x, y, w, h)
        rgb, a, dx, dy, effects = lettering.dressed(random.Random(style) if style else r, self.assets, a, size, under)
        opacity = r.uniform(.5, .9) if r.random() < .05 else 1.
        if self.canvas.place(TEXT, rgb, a, int(x + dx), int(y + dy), opacity, effects):
            self.free_of_words(x, y, w, h, True)
            return x, y, w, h
        return None

    # ---- groups of layers ----
    def fill_card(self, card, things=True, style=None):
        """Text and perhaps a picture on a card."""
        r = self.r
        x, y, w, h = card
        m = min(w, h)
        if m < self.S * .05:
            return
        left, wide = x + w * .08, w * .84
        if things and h > self.S * .12 and r.random() < .5:
            z = m * r.uniform(.45, .85)
            if w > h * 1.2:
                side = r.random() < .5
                self.object(z, x + (w * .08 + z / 2 if side else w * .92 - z / 2), y + h / 2, turn=0)
                left, wide = (x + w * .12 + z, w * .82 - z) if side else (left, w * .82 - z)
            else:
                self.object(z, x + w / 2, y + h * .1 + z / 2, turn=0)
                y, h = y + h * .12 + z, h * .86 - z
        if wide < self.S * .06 or h < self.S * .03:
            return
        centred = r.random() < .55
        at, anchor = (left + wide / 2, .5) if centred else (left, 0.)
        if h < self.S * .16 or r.random() < .35:
            size = min(h * r.uniform(.3, .62), self.S * .12)
            box = lettering.line(r, self.assets)
            self.text(at, y + h / 2 - size * .6, size, ([box[0]], box[1]), wide, anchor=anchor, turn=0, style=style)
            return
        size = min(h * r.uniform(.12, .25), self.S * .08)
        t, cjk = lettering.line(r, self.assets)
        box = self.text(at, y + h * r.uniform(.08, .2), size, ([t], cjk), wide, anchor=anchor, turn=0, style=style)
        if box:
            small = max(self.S * .016, size * r.uniform(.35, .6))
            n = max(1, min(4, int((y + h - box[1] - box[3]) / (small * 1.6))))
            self.text(at, box[1] + box[3] + size * r.uniform(.3, .6), small, lettering.paragraph(r, self.assets, n, r.randrange(2, 6)), wide, True, .5 if centred else 0., 0, anchor, style=style and style + 1)

    def random_shape(self, filled=.75):
        r, S = self.r, self.S
        kind = r.choices(["round", "rect", "pill", "ellipse", "circle", "blob", "ribbon", "banner", "polygon", "star", "ring", "frame", "strip", "bubble", "cloud", "torn", "brush", "ticket", "arrow"],
                         [5, 4, 2, 1, 2, 1.5, 1.5, 1, 1, 1.5, .7, .7, 2.5, 2, .5, .8, 1, .6, .5])[0]
        w, h = S * math.exp(r.uniform(math.log(.12), math.log(.85))), S * math.exp(r.uniform(math.log(.08), math.log(.6)))
        if kind in ("circle", "star", "ring", "polygon"):
            h = w = min(.6 * S, w)
        elif kind in ("ribbon", "banner", "pill", "brush", "arrow"):
            h = max(12, w * r.uniform(.14, .34))
        elif kind == "strip":
            w, h = (S + 8, S * r.uniform(.06, .32))
            if r.random() < .3:
                w, h = h, w
        elif kind == "frame" and r.random() < .5:
            w, h = S * r.uniform(.8, .98), S * r.uniform(.8, .98)
        x, y = r.uniform(-w * .15, max(1, S - w * .85)), r.uniform(-h * .15, max(1, S - h * .85))
        if kind == "strip":
            x, y = (-4, r.choice([0, S - h, r.uniform(0, S - h)])) if w > S else (r.choice([0, S - w, r.uniform(0, S - w)]), -4)
            h = h + 8 if h > S - 8 else h
        elif kind == "frame" and w > .7 * S:
            x, y = (S - w) / 2, (S - h) / 2
        turn = r.uniform(-30, 30) if r.random() < .12 and kind not in ("strip", "frame") else 0
        n = len(self.cards)
        k = self.shape(kind, w, h, x, y, turn=turn)
        if k and len(self.cards) > n and r.random() < filled:
            self.fill_card(self.cards[-1])
        return k

    def apart(self, n, lo, hi, overlap=.08):
        """Objects that hardly meet."""
        r, S = self.r, self.S
        for _ in range(n):
            size = S * math.exp(r.uniform(math.log(lo), math.log(hi)))
            for _ in range(8):
                cx, cy = r.uniform(.05, .95) * S, r.uniform(.05, .95) * S
                if all(abs(cx - x - w / 2) > (size + w) / 2 * (1 - overlap) or abs(cy - y - h / 2) > (size + h) / 2 * (1 - overlap) for x, y, w, h in self.boxes):
                    self.object(size, cx, cy)
                    break

    def heap(self, n, lo, hi):
        """Objects over each other: each lies near one that is there; at times they look alike."""
        r, S = self.r, self.S
        family = self.assets.family(r) if r.random() < .3 else None
        alike = [r.choice(family)] if family and r.random() < .3 else family
        for _ in range(n):
            size = S * math.exp(r.uniform(math.log(lo), math.log(hi)))
            index = r.choice(alike) if alike else None
            if not self.boxes or r.random() < .15:
                self.object(size, index=index)
                continue
            x, y, w, h = self.boxes[-1 if r.random() < .5 else r.randrange(len(self.boxes))]
            t, d = r.uniform(0, 6.28), r.uniform(.3, .95)
            cx, cy = x + w / 2 + math.cos(t) * d * (w + size * .8) / 2, y + h / 2 + math.sin(t) * d * (h + size * .8) / 2
            self.object(size, min(max(cx, .02 * S), .98 * S), min(max(cy, .02 * S), .98 * S), index)

    def photo(self, w, h, x, y, kind="rect"):
        """A photograph as a panel."""
        r = self.r
        a = shapes.mask(r, max(8, int(h)), max(8, int(w)), kind)
        effects = shapes.effects(r, a, min(h, w) * .6, [.5, .4, .1, 0, 0, 0]) if r.random() < self.effects else ()
        k = self.canvas.place(OBJECT, paint.photo(r, self.assets, *a.shape, .05, True), a, int(x), int(y), 1., effects)
        if k:
            self.boxes.append((x, y, w, h))
        return k

    def crowd(self, n):
        """Similar figures in rows, a grid, a group or a ring, from apart to closely packed."""
        r, S, A = self.r, self.S, self.assets
        family = A.family(r)
        people = r.random() < .3
        one = r.choice(family) if r.random() < .3 else None
        heads = A.families[r.choice(A.styles["avatar"][0])] if "avatar" in A.styles and r.random() < .5 else None
        made = figures.person(r, A, S * .4, heads) if people and r.random() < .2 else None
        looks = r.choice(["own", "own", "colour", "same"])
        turn = 0 if r.random() < .7 else None
        kind = r.choices(["rows", "grid", "group", "ring", "line"], [.34, .16, .28, .06, .16])[0]
        pack = r.uniform(.45, 1.15)  # distance in sizes
        spots = []
        if kind in ("rows", "grid"):
            cols = max(2, min(n, r.randrange(2, 8)))
            rows = max(1, math.ceil(n / cols))
            step = S * r.uniform(.75, 1.1) / cols
            size = step / pack
            dy = size * (r.uniform(.35, .75) if kind == "rows" else r.uniform(.9, 1.2))
            y0 = S * r.uniform(.2, .9) - dy * (rows - 1) / 2
            for i in range(n):
                row, col = divmod(i, cols)
                grow = 1 + (.12 * row if kind == "rows" else 0)
                off = (row % 2) * step / 2 if kind == "rows" else 0
                spots.append((S / 2 + (col - (cols - 1) / 2) * step + off + r.uniform(-.08, .08) * size, y0 + row * dy + r.uniform(-.05, .05) * size, size * grow))
        elif kind == "line":
            size = S * r.uniform(.2, .6)
            step, x, y = size * pack * .7, S * r.uniform(-.05, .2), S * r.uniform(.35, .75)
            for i in range(n):
                if x < S * 1.02:
                    spots.append((x, y + r.uniform(-.05, .05) * size, size * r.uniform(.8, 1.1)))
                x += step
            if r.random() < .5:
                r.shuffle(spots)
        elif kind == "ring":
            size, q = S * r.uniform(.14, .28), S * r.uniform(.22, .4)
            spots = [(S / 2 + q * math.cos(6.28 * i / n), S / 2 + q * math.sin(6.28 * i / n), size) for i in range(n)]
        else:
            size = S * r.uniform(.15, .42)
            spread = size * pack * math.sqrt(n) * .5
            cx, cy = S * r.uniform(.35, .65), S * r.uniform(.35, .7)
            spots = sorted(((cx + r.gauss(0, spread), cy + r.gauss(0, spread * .6), size * r.uniform(.75, 1.2)) for _ in range(n)), key=lambda s: s[1])
            spots = [(min(max(x, 0), S), min(max(y, 0), S), z) for x, y, z in spots]
        for x, y, z in spots:
            z = min(max(z * r.uniform(.9, 1.1), .06 * S), .75 * S)
            if people:
                rgb, a = made or figures.person(r, A, min(z * 1.3, S * .8), heads)
                if looks == "colour":
                    rgb = paint.recolour(r, rgb)
                self.object(z, x, y, made=(rgb, a))
                continue
            i = one if one is not None else r.choice(family)
            if looks == "own":
                self.object(z, x, y, i, turn)
            else:
                rgb, a = figures.warp(r, A.cutout(i), z, turn, looks == "own")
                self.object(z, x, y, made=(paint.recolour(r, rgb) if looks == "colour" else rgb, a))

    # ---- layouts ----
    def plain(self):
        r = self.r
        for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
            self.random_shape()
        self.apart(r.randrange(1, 7), .07, .62)

    def overlap(self):
        r = self.r
        for _ in range(r.choice([0, 0, 1, 2])):
            self.random_shape(.3)
        self.heap(r.randrange(2, 9), .14, .7)

    def many(self):
        r = self.r
        if r.random() < .2:
            self.random_shape()
        self.crowd(r.randrange(3, 16))

    def stickers(self):
        r, S = self.r, self.S
        n, z = r.randrange(8, 24), r.uniform(.07, .2)
        k = math.ceil(math.sqrt(n))
        cells = [(i % k, i // k) for i in range(k * k)]
        r.shuffle(cells)
        for cx, cy in cells[:n]:
            self.object(S * z * r.uniform(.7, 1.3), S * (cx + .5 + r.uniform(-.3, .3)) / k, S * (cy + .5 + r.uniform(-.3, .3)) / k)

    def hero(self):
        r, S = self.r, self.S
        big = lambda: self.object(S * r.uniform(.6, 1.1), S * r.uniform(.25, .75), S * r.uniform(.4, .7), turn=r.choice([0, 0, None]))
        if r.random() < .6:  # very large letters, before or behind
            front = r.random() < .5
            if front:
                big()
            for _ in range(r.choice([1, 1, 2])):
                self.text(S * r.uniform(.3, .7), S * r.uniform(.05, .7), S * r.uniform(.15, .42), ([lettering.cased(r, lettering.word(r))], False), S * 1.05, anchor=.5, crowded=front and r.random() < .5)
            if not front:
                big()
        else:
            big()
            if r.random() < .4:
                big()
        self.heap(r.choice([0, 0, 1, 2, 3]), .08, .3)
        for _ in range(r.choice([0, 0, 1])):
            self.random_shape()

    def portrait(self):
        """One person fills most of the picture; petals, leaves or things before and behind it."""
        r, S = self.r, self.S
        self.heap(r.choice([0, 0, 1, 3]), .06, .3)
        small = r.choice(self.assets.family(r))
        scatter = lambda n: [self.object(S * r.uniform(.05, .16), index=small) for _ in range(n)]
        scatter(r.choice([0, 0, 3, 6]))
        for i in range(r.choice([1, 1, 1, 2])):
            z = S * r.uniform(.55, 1.1)
            rgb, a = portraits.portrait(r, self.assets, z)
            cx = S * r.uniform(.3, .7) if i == 0 else S * r.choice([.2, .8])
            self.object(z, cx, S * r.uniform(.95, 1.1) - a.shape[0] / 2, made=(rgb, a))
        scatter(r.choice([0, 0, 2, 5]))
        self.heap(r.choice([0, 0, 1, 2]), .08, .35)

    def gathering(self):
        gathering.lay(self)

    def gallery(self):
        """Photographs as panels and cards, beside or over each other, with things on them."""
        r, S = self.r, self.S
        m = r.random()
        if m < .35:  # one half or a third
            w, h = (S * r.uniform(.3, .65), S + 4) if r.random() < .6 else (S + 4, S * r.uniform(.3, .65))
            self.photo(w, h, -2 if r.random() < .5 else S - w + 2, -2 if r.random() < .5 else S - h + 2)
        elif m < .75:  # a grid
            cols, rows, gap = r.randrange(1, 4), r.randrange(1, 3), S * r.uniform(.01, .06)
            w, h = (S * .9 - gap * (cols - 1)) / cols, S * r.uniform(.3, .75) / rows
            x0, y0, kind = S * .05, S * r.uniform(.04, .2), r.choice(["rect", "round", "round", "circle"])
            for i in range(cols * rows):
                x, y = x0 + i % cols * (w + gap), y0 + i // cols * (h + gap)
                z = min(w, h)
                self.photo(*((z, z) if kind == "circle" else (w, h)), x, y, kind)
        else:
            for _ in range(r.randrange(1, 5)):
                z = S * r.uniform(.2, .6)
                self.object(z, S * r.uniform(.2, .8), S * r.uniform(.2, .8), made=figures.picture_card(r, self.assets, z))
        self.apart(r.choice([0, 0, 1, 3]), .1, .4)
        for _ in range(r.choice([0, 1, 1, 2])):
            self.random_shape()

    def slide(self):
        """A title, bullets, boxes, pictures, a chart, as office slides have them."""
        r, S = self.r, self.S
        y = S * r.uniform(.04, .12)
        left = S * r.uniform(.05, .12)
        if r.random() < .3:
            h = S * r.uniform(.12, .24)
            self.shape("strip", S + 8, h, -4, -4 if r.random() < .8 else S - h)
        centred = r.random() < .35
        box = self.text(S / 2 if centred else left, y, S * r.uniform(.05, .12), (lambda t: ([t[0]], t[1]))(lettering.line(r, self.assets)), S * .88, r.random() < .5, turn=0, anchor=.5 if centred else 0)
        y = (box[1] + box[3] if box else y) + S * r.uniform(.02, .07)
        m = r.random()
        if m < .4:  # columns of cards
            n, rows = r.randrange(2, 5), r.choice([1, 1, 2])
            gap = S * r.uniform(.015, .05)
            w, h = (S - 2 * left - gap * (n - 1)) / n, ((S * r.uniform(.8, .96) - y) - gap * (rows - 1)) / rows
            kind, c, tinted = r.choice(["round", "rect", "round", "ticket"]), paint.contrast(r, self.under(0, y, S, S - y), 30), r.random() < .3
            opacity, style = r.uniform(.4, .9) if r.random() < .15 else 1., r.randrange(1, 1 << 30) if r.random() < .7 else None
            for i in range(n * rows):
                x0, y0 = left + (i % n) * (w + gap), y + (i // n) * (h + gap)
                if h < S * .08:
                    break
                if self.shape(kind, w, h, x0, y0, paint.contrast(r, self.under(x0, y0, w, h), 30) if tinted else c, opacity):
                    self.fill_card((x0, y0, w, h), True, style)
        elif m < .75:  # lines at one side, a picture at the other
            side = r.random() < .5
            x0 = left if side else S * .52
            size = S * r.uniform(.022, .05)
            if r.random() < .5:
                self.bullets(x0, y, size, S * .4)
            else:
                box = self.text(x0, y, size, lettering.paragraph(r, self.assets, r.randrange(2, 5), r.randrange(2, 6)), S * .42, True, 0, 0)
                if box and r.random() < .5:
                    self.text(x0, box[1] + box[3] + size, size, lettering.paragraph(r, self.assets, r.randrange(1, 5), r.randrange(2, 6)), S * .42, True, 0, 0)
            cx, z = S * (.74 if side else .27), S * r.uniform(.28, .5)
            cy = y + (S - y) * r.uniform(.35, .55)
            q = r.random()
            if q < .3:
                self.object(z, cx, cy, made=figures.picture_card(r, self.assets, z))
            elif q < .45:
                self.chart(cx - z / 2, cy - z / 2, z)
            else:
                if r.random() < .4:
                    self.shape(r.choice(["circle", "blob", "round", "rect"]), z * 1.1, z * 1.1, cx - z * .55, cy - z * .55)
                self.object(z, cx, cy, turn=0)
        else:  # a row of pictures with captions
            n = r.randrange(2, 6)
            w = (S - 2 * left) / n
            cy, z = y + (S - y) * r.uniform(.25, .45), w * r.uniform(.5, .9)
            back, style = r.choice([None, "circle", "round", None]), r.randrange(1, 1 << 30)
            for i in range(n):
                cx = left + w * (i + .5)
                if back:
                    self.shape(back, z, z, cx - z / 2, cy - z / 2)
                self.object(z * (.7 if back else 1), cx, cy, turn=0)
                t = lettering.line(r, self.assets)
                self.text(cx, cy + z * .6, S * .03, ([t[0]], t[1]), w * .95, True, .5, 0, .5, style=style)
        if r.random() < .4:  # page number, source
            self.text(S * r.choice([.06, .85]), S * .95, S * .02, ([r.choice(["12", "www.lamina.org", "Source: 2023", "3 / 24", "Page 7", "© 2024"])], False), S * .3, True, 0, 0)

    def bullets(self, x, y, size, most):
        r = self.r
        style = r.randrange(1, 1 << 30)
        mark = r.choice(["• ", "• ", "– ", "", "1. "])
        for _ in range(r.randrange(2, 6)):
            t, cjk = lettering.line(r, self.assets, r.randrange(2, 5))
            box = self.text(x, y, size, ([mark + t], cjk), most, True, 0, 0, style=style)
            y += size * r.uniform(1.9, 2.4) if box else size * 2
            if y > self.S * .95:
                break

    def chart(self, x, y, z):
        """Bars or a pie, one thing."""
        r = self.r
        im, m = np.zeros((int(z), int(z), 3), np.uint8), np.zeros((int(z), int(z)), np.uint8)
        c = [paint.colour(r) for _ in range(6)]
        if r.random() < .5:
            n, base = r.randrange(3, 7), int(z * .95)
            for i in range(n):
                x0, x1, t = int(z * (i + .15) / n), int(z * (i + .85) / n), int(z * r.uniform(.1, .8))
                cv2.rectangle(im, (x0, t), (x1, base), c[i % 2].tolist(), -1)
                cv2.rectangle(m, (x0, t), (x1, base), 255, -1)
            ax = max(2, int(z * .015))
            for canvas, v in ((im, paint.contrast(r, self.under(x, y, z, z), 60).tolist()), (m, 255)):
                cv2.rectangle(canvas, (0, base), (int(z) - 1, base + ax), v, -1)
        else:
            a0 = r.uniform(0, 360)
            for i in range(r.randrange(2, 6)):
                a1 = a0 + r.uniform(40, 150)
                cv2.ellipse(im, (int(z / 2), int(z / 2)), (int(z * .46), int(z * .46)), 0, a0, a1, c[i].tolist(), -1, cv2.LINE_AA)
                cv2.ellipse(m, (int(z / 2), int(z / 2)), (int(z * .46), int(z * .46)), 0, a0, a1, 255, -1, cv2.LINE_AA)
                a0 = a1
            cv2.circle(m, (int(z / 2), int(z / 2)), int(z * .46), 255, -1, cv2.LINE_AA)
            im[(im.sum(2) == 0)] = np.uint8(c[5])
        self.object(z, x + z / 2, y + z / 2, made=(im, m.astype(np.float32) / 255))

    def talk(self):
        """Figures with speech bubbles."""
        r, S = self.r, self.S
        for _ in range(r.randrange(1, 4)):
            z, cx, cy = S * r.uniform(.25, .6), S * r.uniform(.15, .85), S * r.uniform(.45, .8)
            self.object(z, cx, cy, turn=0)
            w, h = S * r.uniform(.2, .45), S * r.uniform(.12, .28)
            x, y = min(max(0, cx - w * r.uniform(.1, .9)), S - w), max(2, cy - z * r.uniform(.4, .7) - h)
            if self.shape(r.choice(["bubble", "bubble", "cloud", "ellipse"]), w, h, x, y, [255] * 3 if r.random() < .6 else None):
                self.fill_card((x + w * .1, y + h * .05, w * .8, h * .65), False)

    def cover(self):
        """Cards over objects: things partly hidden by shapes, then things on top again."""
        r, S = self.r, self.S
        self.heap(r.randrange(1, 5), .15, .6)
        for _ in range(r.randrange(1, 4)):
            self.random_shape()
        self.apart(r.choice([0, 0, 1, 2]), .1, .4, .6)

    def lettered(self):
        """Only text, on whatever ground."""
        for _ in range(self.r.randrange(1, 8)):
            self.text()

    def empty(self):
        pass

    LAYOUTS = [("plain", .13), ("overlap", .2), ("many", .15), ("stickers", .04), ("hero", .09), ("portrait", .05), ("gathering", .15), ("gallery", .05), ("slide", .12), ("talk", .03), ("cover", .08), ("lettered", .03), ("empty", .02)]

    def overlay(self):
        """Text over everything, last bits on top."""
        r, S = self.r, self.S
        for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4])):
            box = self.text()
            if box and r.random() < .45:  # a second block right below, in another style
                x, y, w, h = box
                size = S * r.uniform(.018, .05)
                self.text(x + w / 2, y + h + size * r.uniform(.3, .8), size, lettering.paragraph(r, self.assets, r.choice([1, 1, 2, 3]), r.randrange(1, 6)), max(w, S * .2), True, .5, 0, .5)
        if r.random() < .08:
            self.random_shape()
        if r.random() < .1:
            self.heap(1, .08, .3)


def compose(r, assets, S):
    layout = r.choices([k for k, _ in Scene.LAYOUTS], [w for _, w in Scene.LAYOUTS])[0]
    ground = None
    if layout == "slide" and r.random() < .5:
        ground = r.choice([backgrounds.plain, backgrounds.graded, backgrounds.geometric, backgrounds.waves])
    s = Scene(r, assets, S, ground)
    getattr(s, layout)()
    if layout not in ("empty", "slide", "lettered") or layout == "slide" and r.random() < .2:
        s.overlay()
    return s.canvas, layout
