"""Drawn people of one style, from head to hem: alone a figure, side by side a gathering whose members touch."""
import math
import cv2
import numpy as np
import paint
import portraits
import shapes
from figures import SKIN, cloth, glue, limb, shade, warp


class Style:
    """What all members of a gathering share: how they are drawn, and what they wear more or less."""

    def __init__(self, r, assets):
        self.r, self.assets = r, assets
        self.ink = np.float32([r.randrange(70)] * 3) if r.random() < .4 else None
        self.crease = r.uniform(.72, .95)                      # of a cloth's brightness, where no ink is
        self.head = r.uniform(.15, .24)                        # of the height
        self.skins = SKIN if r.random() < .3 else [r.choice(SKIN)]
        self.wear = [paint.colour(r) for _ in range(r.choice([1, 2, 5]))] if r.random() < .6 else None  # one costume
        self.trimmed = r.random() < .5                         # embroidery on sleeves, chest and hem
        self.pose = r.choice([None, "clap", "up", "down"])     # None: each their own
        self.heads = None
        if "avatar" in assets.styles and r.random() < .3:
            self.heads = assets.families[r.choice(assets.styles["avatar"][0])]
        self.solid = r.random() < .12

    def garment(self, h, w):
        r = self.r
        if self.wear and r.random() < .75:
            return paint.flat(paint.near(r, r.choice(self.wear), r.choice([3, 12, 30])), h, w)
        return cloth(r, self.assets, h, w)


def trim(r, h, w):
    """Embroidery: rows of small signs in a few strong colours."""
    im = paint.flat(paint.colour(r), h, w)
    p = max(5, int(min(h, w) * r.uniform(.025, .06)))
    for y in range(0, h, p):
        c, kind = paint.colour(r).tolist(), r.randrange(4)
        for x in range(0, w, p):
            if kind == 0:
                cv2.circle(im, (x, y + p // 2), max(1, p // 3), c, -1, cv2.LINE_AA)
            elif kind == 1:
                cv2.line(im, (x, y), (x + p // 2, y + p), c, max(1, p // 4), cv2.LINE_AA)
                cv2.line(im, (x + p // 2, y + p), (x + p, y), c, max(1, p // 4), cv2.LINE_AA)
            elif kind == 2:
                cv2.fillConvexPoly(im, np.int32([(x + p // 2, y), (x + p, y + p // 2), (x + p // 2, y + p), (x, y + p // 2)]), c, cv2.LINE_AA)
            else:
                cv2.rectangle(im, (x, y), (x + p // 2, y + p // 2), c, -1)
    return im


class Person:
    def __init__(self, style, size):
        r = self.r = style.r
        self.style, self.assets = style, style.assets
        self.H, self.W = int(size), int(size * r.uniform(.6, .8))
        self.head = size * style.head * r.uniform(.9, 1.1)
        self.cx, self.neck = self.W / 2 + r.uniform(-.04, .04) * size, self.head * r.uniform(1., 1.12)
        self.wide = self.head * r.uniform(.62, .95)             # half the shoulders
        self.waist = self.neck + size * r.uniform(.24, .34)
        self.skin = np.float32(r.choice(style.skins))
        self.shirt = style.garment(self.H, self.W)
        self.trim = trim(r, self.H, self.W) if style.trimmed and r.random() < .8 else None
        self.parts = []

    def plane(self):
        return np.zeros((self.H, self.W), np.uint8)

    def add(self, m, c, line=True):
        """A part in its colours; its rim is inked, or darker as a crease."""
        x, y, w, h = cv2.boundingRect(m)
        if not w:
            return
        k = max(1, int(self.H * .004)) if line else 0
        x0, y0, x1, y1 = max(0, x - k), max(0, y - k), min(self.W, x + w + k), min(self.H, y + h + k)
        a = m[y0:y1, x0:x1].astype(np.float32) / 255
        c = np.ascontiguousarray(c[y0:y1, x0:x1]) if np.ndim(c) == 3 else paint.flat(c, *a.shape)
        if k:
            rim = paint.flat(self.style.ink, *a.shape) if self.style.ink is not None else cv2.convertScaleAbs(c, alpha=self.style.crease)
            wide = cv2.dilate(a, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * k + 1, 2 * k + 1)))
            c, a = paint.over(rim, c, a), wide
        self.parts.append((c, a, x0, y0))

    def legs(self):
        r, wide = self.r, self.wide
        below = self.style.garment(self.H, self.W)
        foot = self.H - max(3, self.H * .02)
        if r.random() < .5:  # a skirt or gown, perhaps with an apron
            m = self.plane()
            flare, hem = wide * r.uniform(1., 1.9), self.H * r.uniform(.85, 1.)
            shapes.polygon(m, [(self.cx - wide * .7, self.waist), (self.cx + wide * .7, self.waist), (self.cx + flare, hem), (self.cx, hem + self.H * .015), (self.cx - flare, hem)])
            self.walk(foot, self.skin, wide * .3)
            self.add(m, below)
            if self.trim is not None:
                for t in sorted(r.uniform(.3, .97) for _ in range(r.randrange(1, 4))):
                    y = self.waist + (hem - self.waist) * t
                    band = self.plane()
                    cv2.rectangle(band, (0, int(y)), (self.W, int(y + self.H * r.uniform(.01, .04))), 255, -1)
                    self.add(np.minimum(band, m), self.trim, False)
            if r.random() < .35:
                apron = self.plane()
                shapes.polygon(apron, [(self.cx - wide * .4, self.waist), (self.cx + wide * .4, self.waist), (self.cx + flare * .55, hem * .97), (self.cx - flare * .55, hem * .97)])
                self.add(np.minimum(apron, m), trim(r, self.H, self.W) if r.random() < .4 else self.style.garment(self.H, self.W))
        else:
            self.walk(foot, below, wide * r.uniform(.62, .85))

    def walk(self, foot, c, leg):
        r = self.r
        step = self.wide * r.uniform(.3, .7)
        shoe = paint.colour(r) * .6
        for s in (-1, 1):
            m = self.plane()
            limb(m, [(self.cx + s * self.wide * .36, self.waist), (self.cx + s * step, foot)], leg)
            self.add(m, c)
            m = self.plane()
            cv2.ellipse(m, (int(self.cx + s * (step + leg * .2)), int(foot)), (max(1, int(leg * .6)), max(2, int(self.H * .02))), 0, 0, 360, 255, -1, cv2.LINE_AA)
            self.add(m, shoe)

    def trunk(self):
        r, m, cx, top, wide = self.r, self.plane(), self.cx, self.neck, self.wide
        n = self.plane()
        limb(n, [(cx, top - self.head * .2), (cx, top + self.head * .1)], self.head * r.uniform(.28, .42))
        self.add(n, self.skin)
        slope, q = self.head * r.uniform(.1, .3), r.uniform(.75, 1.1)
        shapes.polygon(m, [(cx - wide * .35, top), (cx, top + self.head * r.uniform(0, .3)), (cx + wide * .35, top), (cx + wide, top + slope), (cx + wide * q, self.waist),
                           (cx - wide * q, self.waist), (cx - wide, top + slope)])
        self.add(m, self.shirt)
        if self.trim is not None:
            chest = self.plane()
            half = wide * r.uniform(.12, .35)
            cv2.rectangle(chest, (int(cx - half), int(top)), (int(cx + half), int(top + (self.waist - top) * r.uniform(.4, 1))), 255, -1)
            self.add(np.minimum(chest, m), self.trim, False)
        elif r.random() < .4:  # buttons, a tie, an open jacket
            band = self.plane()
            cv2.line(band, (int(cx), int(top)), (int(cx + wide * r.uniform(-.2, .2)), int(self.waist)), 255, max(1, int(wide * r.choice([.05, .2, .6]))), cv2.LINE_AA)
            self.add(np.minimum(band, m), paint.colour(r), False)
        if r.random() < .5:
            belt = self.plane()
            cv2.rectangle(belt, (int(cx - wide * q), int(self.waist - self.H * .02)), (int(cx + wide * q), int(self.waist + self.H * r.uniform(.005, .03))), 255, -1)
            self.add(belt, paint.colour(r))
        if r.random() < .25:
            beads = self.plane()
            cv2.ellipse(beads, (int(cx), int(top)), (max(2, int(wide * .4)), max(2, int(self.head * .2))), 0, 0, 180, 255, max(2, int(self.head * .07)), cv2.LINE_AA)
            self.add(beads, paint.colour(r), False)

    def arms(self, front):
        """Both arms; those of a pose that is before the trunk are drawn after it."""
        r, cx, top, wide, reach = self.r, self.cx, self.neck + self.head * .25, self.wide, self.waist - self.neck
        pose = self.pose
        before = pose in ("clap", "hold", "hip")
        if before != front:
            return
        thick = self.head * r.uniform(.3, .5)
        hands = (cx + wide * r.uniform(-.6, .6), top + reach * r.uniform(.1, .6))
        bare = r.random() < .3
        for s in (-1, 1):
            shoulder = (cx + s * wide * .85, top)
            if pose == "clap" or pose == "hold" and s > 0:
                elbow = (cx + s * wide * r.uniform(1.05, 1.4), top + reach * r.uniform(.55, .8))
                hand = (hands[0] + s * self.head * .1, hands[1] + r.uniform(-.05, .05) * reach)
            elif pose == "up":
                elbow = (cx + s * wide * r.uniform(1.2, 1.8), top + reach * r.uniform(-.2, .3))
                hand = (cx + s * wide * r.uniform(1., 2.), top - reach * r.uniform(.2, .9))
            elif pose == "hip":
                elbow, hand = (cx + s * wide * r.uniform(1.4, 1.8), top + reach * .5), (cx + s * wide * .7, top + reach * .9)
            else:
                elbow = (cx + s * wide * r.uniform(1., 1.3), top + reach * .5)
                hand = (cx + s * wide * r.uniform(.9, 1.6), top + reach * r.uniform(.9, 1.2))
            m = self.plane()
            limb(m, [elbow, hand] if not bare else [shoulder, elbow, hand], thick * .6)
            self.palm(m, elbow, hand, thick * .75)
            self.add(m, self.skin)
            m = self.plane()
            t = r.uniform(.45, .85)
            cuff = (elbow[0] + (hand[0] - elbow[0]) * t, elbow[1] + (hand[1] - elbow[1]) * t)
            limb(m, [shoulder, elbow] if bare else [shoulder, elbow, cuff], thick)
            self.add(m, self.shirt)
            if self.trim is not None:
                band = self.plane()
                limb(band, [((shoulder[0] + elbow[0]) / 2, (shoulder[1] + elbow[1]) / 2), elbow], thick)
                self.add(np.minimum(band, m), self.trim, False)
            if pose in ("hold", "up") and s > 0 and r.random() < .6:
                rgb, a = warp(r, self.assets.cutout(self.assets.pick(r)), self.H * r.uniform(.12, .3))
                self.parts.append((rgb, a, hand[0] - a.shape[1] / 2, hand[1] - a.shape[0] * .75))

    def palm(self, m, elbow, hand, size):
        """A palm with fingers, in line with the forearm."""
        r = self.r
        t = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0]) + r.uniform(-.5, .5)
        for f in range(r.choice([0, 3, 4])):
            d = t + (f - 1.5) * r.uniform(.12, .3)
            limb(m, [hand, (hand[0] + math.cos(d) * size, hand[1] + math.sin(d) * size)], size * .3)
        cv2.circle(m, (int(hand[0]), int(hand[1])), max(1, int(size * .45)), 255, -1, cv2.LINE_AA)

    def face(self):
        r, q = self.r, self.head * .42
        if self.style.heads:
            rgb, a = warp(r, self.assets.cutout(r.choice(self.style.heads)), self.head * 1.5, r.uniform(-8, 8))
            self.parts.append((rgb, a, self.cx - a.shape[1] / 2, self.neck + self.head * .2 - a.shape[0]))
            return
        cy = self.neck - self.head * .5
        hair, look = paint.colour(r) * r.uniform(.2, .9), r.choice([-1, 0, 1]) * q * r.uniform(.15, .35)
        long = r.random()
        if long < .5:  # behind the head
            m = self.plane()
            cv2.ellipse(m, (int(self.cx - look * .5), int(cy)), (int(q * 1.15), int(q * 1.2)), 0, 0, 360, 255, -1, cv2.LINE_AA)
            for _ in range(r.randrange(0, 7)):
                shapes.polygon(m, portraits.strand(r, self.cx + r.uniform(-1, 1) * q, cy, q * r.uniform(1.2, 3.5), q * r.uniform(.3, .8), 1.57 + r.uniform(-.4, .4), r.uniform(-.6, .6)))
            self.add(m, hair)
        m = self.plane()
        cv2.ellipse(m, (int(self.cx + look * .3), int(cy)), (max(2, int(q * r.uniform(.85, 1.))), max(2, int(q * r.uniform(1., 1.15)))), 0, 0, 360, 255, -1, cv2.LINE_AA)
        for s in (-1, 1):
            cv2.circle(m, (int(self.cx + s * q * .92 - look * .4), int(cy + q * .1)), max(1, int(q * .2)), 255, -1, cv2.LINE_AA)
        self.add(m, self.skin)
        laugh, dark = r.random() < .5, np.float32([r.randrange(60)] * 3)
        for s in (-1, 1):
            m = self.plane()
            x, y = int(self.cx + look + s * q * .36), int(cy - q * .05)
            if laugh:
                cv2.ellipse(m, (x, y), (max(1, int(q * .15)), max(1, int(q * .1))), 0, 180, 360, 255, max(1, int(q * .06)), cv2.LINE_AA)
            else:
                cv2.ellipse(m, (x, y), (max(1, int(q * .09)), max(1, int(q * .13))), 0, 0, 360, 255, -1, cv2.LINE_AA)
            cv2.ellipse(m, (x, int(y - q * .22)), (max(1, int(q * .17)), max(1, int(q * .07))), 0, 180, 360, 255, max(1, int(q * .07)), cv2.LINE_AA)
            self.add(m, dark, False)
            if r.random() < .6:
                m = self.plane()
                cv2.circle(m, (int(x + s * q * .2), int(cy + q * .28)), max(1, int(q * .17)), 150, -1, cv2.LINE_AA)
                self.add(m, np.float32([245, 120, 120]), False)
        m = self.plane()
        wide = max(1, int(q * r.uniform(.12, .36)))
        cv2.ellipse(m, (int(self.cx + look), int(cy + q * .4)), (wide, max(1, int(wide * r.uniform(.4, .9)))), 0, 0, 180, 255, -1 if laugh else max(1, int(q * .06)), cv2.LINE_AA)
        self.add(m, np.float32([150, 40, 40]) * r.uniform(.3, 1.2), False)
        if long < .95:  # over the forehead
            m = self.plane()
            n = r.randrange(2, 6)
            low = [(self.cx + q * (-1.08 + 2.16 * i / n), cy - q * r.uniform(.2, .75)) for i in range(n + 1)]
            shapes.polygon(m, [(self.cx - q * 1.1, cy + q * r.uniform(-.2, .4))] + low + [(self.cx + q * 1.1, cy + q * r.uniform(-.2, .4)), (self.cx + q * .8, cy - q * 1.05),
                               (self.cx, cy - q * r.uniform(1.15, 1.4)), (self.cx - q * .8, cy - q * 1.05)])
            self.add(m, hair)
        self.crown(q, cy)

    def crown(self, q, cy):
        """A cone, a cap, a scarf, a wreath."""
        r, m, kind = self.r, self.plane(), self.r.random()
        if kind < .12:
            x = self.cx + q * r.uniform(-.5, .5)
            shapes.polygon(m, [(self.cx - q * .75, cy - q * .7), (self.cx + q * .75, cy - q * .7), (x, cy - q * r.uniform(1.8, 2.6))])
            self.add(m, paint.pattern(r, self.H, self.W))
        elif kind < .24:
            cv2.ellipse(m, (int(self.cx), int(cy - q * .35)), (int(q * 1.12), int(q * r.uniform(.8, 1.2))), 0, 180, 360, 255, -1, cv2.LINE_AA)
            self.add(m, self.style.garment(self.H, self.W))
        elif kind < .36:
            for i in range(r.randrange(3, 8)):
                a = math.pi * (1.1 + .8 * i / 7)
                cv2.circle(m, (int(self.cx + math.cos(a) * q * 1.05), int(cy + math.sin(a) * q)), max(2, int(q * r.uniform(.15, .3))), 255, -1, cv2.LINE_AA)
            self.add(m, paint.pattern(r, self.H, self.W))

    def drawn(self):
        r = self.r
        self.pose = self.style.pose if self.style.pose and r.random() < .8 else r.choice(["clap", "hold", "up", "down", "hip"])
        self.legs()
        self.arms(False)
        self.trunk()
        self.face()
        self.arms(True)
        rgb, a = glue(self.parts)
        if self.style.solid:
            rgb = shade(r, self.assets, a, rgb)
        return rgb, a


def person(r, assets, size, style=None):
    """(rgb u8, alpha f32), `size` high from the crown to the feet."""
    return Person(style or Style(r, assets), size).drawn()
