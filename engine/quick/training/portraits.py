"""Busts: a head with hair, face, neck and clothes, drawn large, flat, shaded or inked: one thing of many colours."""
import math
import cv2
import numpy as np
import paint
import shapes
from figures import SKIN, cloth, glue, outline, shade


def strand(r, x, y, length, width, angle, curl):
    """A lock of hair: a tapering band along a curve."""
    left, right = [], []
    for t in np.linspace(0, 1, 14):
        a = angle + curl * t
        q = width * (1 - t) ** .7 / 2
        left.append((x + q * math.cos(a + 1.57), y + q * math.sin(a + 1.57)))
        right.append((x - q * math.cos(a + 1.57), y - q * math.sin(a + 1.57)))
        x, y = x + math.cos(a) * length / 13, y + math.sin(a) * length / 13
    return left + right[::-1]


def dyed(r, h, w):
    """Hair of one colour, of a gradient, or of a whole rainbow."""
    c, m = paint.colour(r), r.random()
    if m < .4:
        return paint.flat(c, h, w)
    if m < .75:
        return paint.gradient(r, h, w, [c, paint.near(r, c, 90)])
    stops = [paint.colour(r) for _ in range(r.randrange(3, 7))]
    return paint.gradient(r, h, w, stops) if m < .9 else paint.mapped(paint.noise(r, h, w, 2, r.randrange(2, 5)), stops)


class Bust:
    def __init__(self, r, assets, size):
        self.r, self.assets = r, assets
        self.H, self.W = int(size), int(size * r.uniform(.75, 1.1))
        self.cx, self.q = self.W * r.uniform(.42, .58), size * r.uniform(.16, .26)  # where the face is and its half width
        self.cy = size * r.uniform(.3, .42)
        self.skin = np.float32(r.choice(SKIN)) if r.random() < .85 else paint.colour(r)
        self.hair = dyed(r, self.H, self.W)
        self.ink = np.float32([r.randrange(60)] * 3) if r.random() < .35 else None
        self.soft = r.random() < .4  # painted rather than drawn
        self.parts = []

    def plane(self):
        return np.zeros((self.H, self.W), np.uint8)

    def add(self, m, c, inked=True):
        k = max(1, int(self.H * .005)) if self.ink is not None and inked else 0
        x, y, w, h = cv2.boundingRect(m)
        if not w:
            return
        x0, y0, x1, y1 = max(0, x - k), max(0, y - k), min(self.W, x + w + k), min(self.H, y + h + k)
        a = m[y0:y1, x0:x1].astype(np.float32) / 255
        c = np.ascontiguousarray(c[y0:y1, x0:x1]) if np.ndim(c) == 3 else paint.flat(c, *a.shape)
        if k:
            wide = cv2.dilate(a, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * k + 1, 2 * k + 1)))
            c, a = paint.over(paint.flat(self.ink, *a.shape), c, a), wide
        self.parts.append((c, a, x0, y0))

    def ellipse(self, m, x, y, rx, ry, a0=0, a1=360, thick=-1):
        cv2.ellipse(m, (int(x), int(y)), (max(1, int(rx)), max(1, int(ry))), 0, a0, a1, 255, thick, cv2.LINE_AA)

    def lit(self, c):
        """A colour with light from above or a side."""
        return paint.gradient(self.r, self.H, self.W, [c, paint.near(self.r, c, 40)]) if self.soft else paint.flat(c, self.H, self.W)

    def locks(self, n, below):
        r, m = self.r, self.plane()
        self.ellipse(m, self.cx, self.cy - self.q * .25, self.q * r.uniform(1.15, 1.4), self.q * r.uniform(1.2, 1.5))
        wind = r.uniform(-.7, .7)
        for i in range(n):
            t = r.uniform(-1, 1)
            x, y = self.cx + t * self.q * 1.1, self.cy - self.q * r.uniform(0, .9)
            shapes.polygon(m, strand(r, x, y, self.q * r.uniform(1.2, below), self.q * r.uniform(.2, .7), 1.57 - t * .5 + wind * .7, wind + r.uniform(-.8, .8)))
        self.add(m, self.hair)

    def clothes(self):
        r, m, q = self.r, self.plane(), self.q
        neck, wide = q * r.uniform(.35, .55), q * r.uniform(1.6, 2.6)
        y = self.cy + q * r.uniform(1.5, 1.8)
        n = self.plane()
        shapes.polygon(n, [(self.cx - neck, self.cy + q * .6), (self.cx + neck, self.cy + q * .6), (self.cx + neck * 1.2, y + q * .3), (self.cx + wide * .8, y + q * .6),
                           (self.cx + wide * .7, self.H + 9), (self.cx - wide * .7, self.H + 9), (self.cx - wide * .8, y + q * .6), (self.cx - neck * 1.2, y + q * .3)])
        self.add(n, self.lit(self.skin))
        drop = r.uniform(0, .9) * q
        shapes.polygon(m, [(self.cx - wide * .45, y + q * .1), (self.cx, y + drop + q * .4), (self.cx + wide * .45, y + q * .1), (self.cx + wide, y + q * .7),
                           (self.cx + wide * 1.15, self.H + 9), (self.cx - wide * 1.15, self.H + 9), (self.cx - wide, y + q * .7)])
        self.add(m, cloth(r, self.assets, self.H, self.W))
        if r.random() < .4:  # a collar, a scarf, straps
            m = self.plane()
            self.ellipse(m, self.cx, y + q * .2, wide * .45, q * .25, 0, r.choice([180, 360]), int(max(2, q * .15)))
            self.add(m, paint.colour(r))

    def face(self):
        r, q, cx, cy = self.r, self.q, self.cx, self.cy
        m = self.plane()
        for s in (-1, 1):
            self.ellipse(m, cx + s * q, cy + q * .1, q * .2, q * .3)
        self.ellipse(m, cx, cy, q, q * r.uniform(1.05, 1.25))
        chin = q * r.uniform(1.1, 1.35)
        shapes.polygon(m, [(cx - q * .97, cy), (cx + q * .97, cy), (cx + q * .35, cy + chin), (cx - q * .35, cy + chin)])
        self.add(m, self.lit(self.skin))
        look, wide, tall = r.uniform(-.2, .2) * q, q * r.uniform(.08, .27), r.uniform(.7, 1.4)
        iris, white = paint.colour(r), np.full(3, r.uniform(225, 255))
        eyes = r.random()
        for s in (-1, 1):
            x, y = cx + look + s * q * .42, cy + q * .05
            layers = [(1., white), (.7, iris), (.38, iris * .3)] if eyes < .6 else [(.6, np.zeros(3) + r.randrange(50))]
            for size, c in layers:
                m = self.plane()
                self.ellipse(m, x, y, wide * (size if size < 1 else 1), wide * tall * (size if size < .9 else 1))
                self.add(m, c, False)
            if eyes < .6:
                m = self.plane()
                self.ellipse(m, x - wide * .25, y - wide * .3, wide * .2, wide * .2)
                self.add(m, np.full(3, 255.), False)
            m = self.plane()
            cv2.line(m, (int(x - wide), int(y - wide * tall * 1.5)), (int(x + wide), int(y - wide * tall * (1.5 + s * r.uniform(-.3, .3)))), 255, max(1, int(q * r.uniform(.03, .09))), cv2.LINE_AA)
            self.add(m, self.skin * .3, False)
            if r.random() < .4:
                m = self.plane()
                self.ellipse(m, x + s * q * .12, y + q * .4, q * .2, q * .13)
                self.add((m * r.uniform(.3, .9)).astype(np.uint8), np.float32([240, 120, 130]), False)
        m = self.plane()
        self.ellipse(m, cx + look, cy + q * .55, q * r.uniform(.08, .35), q * r.uniform(.05, .2), 0, r.choice([180, 360]), r.choice([-1, max(1, int(q * .05))]))
        self.add(m, np.float32([170, 50, 50]) * r.uniform(.2, 1.2), False)

    def fringe(self):
        r, q, m = self.r, self.q, self.plane()
        top = self.cy - q * r.uniform(1.2, 1.45)
        points = [(self.cx - q * 1.12, self.cy + q * r.uniform(-.1, .5))]
        n = r.randrange(3, 9)
        for i in range(n + 1):
            t = -1 + 2 * i / n
            points.append((self.cx + t * q * 1.02, self.cy - q * r.uniform(.25, .95)))
        points += [(self.cx + q * 1.12, self.cy + q * r.uniform(-.1, .5)), (self.cx + q * .9, self.cy - q * .8), (self.cx, top), (self.cx - q * .9, self.cy - q * .8)]
        shapes.polygon(m, points)
        self.add(m, self.hair)

    def hat(self):
        r, q, m = self.r, self.q, self.plane()
        y, c = self.cy - q * r.uniform(.55, .8), paint.colour(r)
        wide, tall = q * r.uniform(1.2, 1.8), q * r.uniform(.5, 1.2)
        self.ellipse(m, self.cx, y - tall * .2, wide * .72, tall, 180, 360)
        self.ellipse(m, self.cx, y, wide, q * r.uniform(.1, .25))
        self.add(m, paint.flat(c, self.H, self.W) if r.random() < .6 else cloth(r, self.assets, self.H, self.W))
        if r.random() < .5:
            band = self.plane()
            cv2.rectangle(band, (int(self.cx - wide * .7), int(y - tall * .35)), (int(self.cx + wide * .7), int(y - tall * .1)), 255, -1)
            self.add(np.minimum(band, m), paint.colour(r), False)

    def drawn(self):
        r = self.r
        long = r.random()
        if long < .7:
            self.locks(r.randrange(4, 16), r.uniform(1.5, 4.5))
        self.clothes()
        self.face()
        if long < .85:
            self.fringe()
        if r.random() < .3:
            self.hat()
        rgb, a = glue(self.parts)
        if self.soft and r.random() < .4:
            rgb = shade(r, self.assets, a, rgb)
        if self.soft:
            rgb = cv2.GaussianBlur(rgb, (0, 0), max(.6, self.H * r.uniform(.001, .004)))
        return outline(r, rgb, a, self.H * r.uniform(.004, .015), self.ink if self.ink is not None else None) if r.random() < .15 else (rgb, a)


def portrait(r, assets, size):
    """(rgb u8, alpha f32), `size` high; it ends at the lower border as a bust does."""
    return Bust(r, assets, size).drawn()
