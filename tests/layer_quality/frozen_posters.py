"""The kinds of frozen poster and their layouts, written without a look at the training generator."""

import colorsys
import random

import numpy as np
from PIL import Image, ImageFilter

import frozen_words as words
from frozen_assets import BODY, CHINESE, DISPLAY, Assets
from frozen_draw import alphas, flattened, gradient, laid, lettering, shadowed, shape, visible

KINDS = ["plain", "overlap", "crowd", "slide", "photo"]
EACH = 8
TALL = [(1024, 1328), (1000, 1400), (900, 1200), (1328, 1328), (1080, 1080)]
WIDE = [(1280, 720), (1400, 788), (1280, 960)]


class Poster:
    """Layers from the bottom up, on one canvas."""

    def __init__(self, kind: str, rng: random.Random, assets: Assets, number: int):
        self.kind, self.rng, self.assets, self.number = kind, rng, assets, number
        self.canvas = self.w, self.h = rng.choice(WIDE if kind == "slide" else TALL + WIDE[:1])
        self.hue, self.dark = rng.random(), rng.random() < 0.4
        self.chinese = number % 4 == 2
        self.layers, self.classes, self.words = [], [], {}

    # Colours and grounds

    def colour(self, light: float, strong: float, turn: float = 0.0):
        r, g, b = colorsys.hls_to_rgb((self.hue + turn) % 1, light, strong)
        return round(r * 255), round(g * 255), round(b * 255)

    def ground(self):
        light = self.rng.uniform(0.12, 0.32) if self.dark else self.rng.uniform(0.72, 0.95)
        a = self.colour(light, self.rng.uniform(0.25, 0.75))
        if self.rng.random() < 0.4:
            self.add("background", Image.new("RGBA", self.canvas, (*a, 255)))
        else:
            b = self.colour(light * self.rng.uniform(0.6, 0.9), self.rng.uniform(0.3, 0.8), self.rng.uniform(-0.15, 0.15))
            self.add("background", gradient(self.canvas, a, b, self.rng))

    def scene(self, blurred: bool):
        image = self.assets.photo(self.assets.scenes[self.number % len(self.assets.scenes)], self.canvas, self.rng)
        if blurred:
            image = image.filter(ImageFilter.GaussianBlur(self.rng.uniform(4, 12)))
        self.add("background", image.convert("RGBA"))

    def ink(self, box):
        """A colour that can be read within the box, and its opposite."""
        left, top, right, bottom = (max(0, round(v)) for v in box)
        under = flattened([layer.crop((left, top, right, bottom)) for layer in self.layers]).mean((0, 1))
        under = under @ np.array([0.3, 0.59, 0.11])
        turn = self.rng.uniform(0.3, 0.7)
        pale, deep = self.colour(self.rng.uniform(0.88, 1), 0.7, turn), self.colour(self.rng.uniform(0.05, 0.25), 0.7, turn)
        return (deep, pale) if under > 125 else (pale, deep)

    # Layers

    def add(self, name: str, layer: Image.Image):
        self.layers.append(layer)
        self.classes.append(name)

    def soft_shadow(self, layer):
        d = round(self.w * self.rng.uniform(0.005, 0.015))
        return shadowed(layer, (self.rng.choice([-d, d]), d), d * self.rng.uniform(0.8, 1.8), self.rng.uniform(0.3, 0.5))

    def object_at(self, image, cx, cy, shadow=0.0):
        layer = laid(self.canvas, image, cx - image.width / 2, cy - image.height / 2)
        self.add("object", self.soft_shadow(layer) if self.rng.random() < shadow else layer)

    def picked(self, side, path=None):
        path = path or self.rng.choice(self.assets.stamps)
        turn = self.rng.uniform(-15, 15) if self.rng.random() < 0.3 else 0
        return self.assets.cutout(path, side, turn, self.rng.random() < 0.5)

    def text_in(self, lines, box, display=True, align="center", fancy=0.0, ink=None, turned=0.0, largest=0.2):
        """As large as the box lets it be."""
        left, top, right, bottom = box
        chinese = any("\u4e00" <= c for c in "".join(lines))
        name = self.rng.choice(CHINESE if chinese else DISPLAY if display else BODY)
        em = self.assets.font(name, 100)
        size = min((right - left) / max(em.getlength(line) for line in lines) * 100,
                   (bottom - top) / (1.2 * len(lines)), largest * self.h)
        colour, other = self.ink(box)
        options = {}
        if self.rng.random() < fancy:
            choice = self.rng.choice(["outline", "shadow", "both", "blend"])
            if choice in ("outline", "both"):
                options["outline"] = (self.rng.uniform(0.03, 0.07), other)
            if choice in ("shadow", "both"):
                options["shadow"] = (self.rng.uniform(0.03, 0.06), self.rng.choice([0, 0.05]), self.rng.uniform(0.4, 0.8))
            if choice == "blend":
                options["ink_below"] = self.colour(0.35 if self.ink(box)[0] < (99, 99, 99) else 0.8, 0.8, 0.5)
        turn = self.rng.uniform(-turned, turned) if self.rng.random() < 0.6 else 0.0
        block = lettering(lines, self.assets.font(name, max(13, round(size * 0.94))), ink or colour, align, turn, **options)
        x = {"left": left, "center": (left + right - block.width) / 2, "right": right - block.width}[align]
        x = min(max(x, 4), self.w - block.width - 4)
        y = min(max((top + bottom - block.height) / 2, 4), self.h - block.height - 4)
        self.words[f"{len(self.layers):02}"] = " ".join(lines)
        self.add("text", laid(self.canvas, block, x, y))

    def title(self, box, **options):
        if self.chinese:
            lines = [words.CHINESE_TITLES[(self.number + len(self.kind)) % len(words.CHINESE_TITLES)]]
        elif self.rng.random() < 0.35 and box[3] - box[1] > 0.16 * self.h:
            lines = self.rng.choice(words.TWO_LINES)
        else:
            lines = [self.rng.choice(words.TITLES)]
        self.text_in(lines, box, fancy=0.45, **options)

    def small_print(self, box, most=3, **options):
        source = words.CHINESE_LINES if self.chinese and self.rng.random() < 0.6 else words.LINES
        lines = self.rng.sample(source, self.rng.randint(1, most))
        self.text_in(lines, box, display=False, largest=0.038, **options)

    def badge(self, cx, cy, side):
        kind = self.rng.choice(["disc", "star", "ribbon", "bubble"])
        wide, high = (1.5, 0.45) if kind == "ribbon" else (1, 0.8) if kind == "bubble" else (0.8, 0.8)
        box = cx - side * wide / 2, cy - side * high / 2, cx + side * wide / 2, cy + side * high / 2
        layer = shape(self.canvas, kind, box, self.colour(self.rng.uniform(0.35, 0.6), 0.8, self.rng.uniform(0.3, 0.7)))
        self.add("shape", self.soft_shadow(layer) if self.rng.random() < 0.4 else layer)
        inner, up = side * wide * 0.3, side * high * (0.1 if kind == "bubble" else 0)
        self.text_in([self.rng.choice(words.SHORT)], (cx - inner, cy - side * 0.2 - up, cx + inner, cy + side * 0.2 - up))

    # Kinds

    def plain(self):
        self.ground()
        count = self.rng.randint(1, 3)
        across = self.w * 0.9 / count
        for k in range(count):
            image = self.picked(min(across * 0.86, self.h * 0.42) * self.rng.uniform(0.7, 1))
            self.object_at(image, self.w * 0.05 + across * (k + 0.5), self.h * self.rng.uniform(0.48, 0.54), shadow=0.3)
        self.title((self.w * 0.08, self.h * 0.03, self.w * 0.92, self.h * 0.23), turned=6)
        self.small_print((self.w * 0.1, self.h * 0.82, self.w * 0.9, self.h * 0.97))
        if self.rng.random() < 0.5:
            self.badge(self.w * self.rng.choice([0.2, 0.8]), self.h * 0.75, min(self.w, self.h) * 0.2)

    def overlapping(self, count, low, high, side, room):
        """Each lies over a part, `low` to `high`, of one that is there."""
        for k in range(count):
            seen, whole = ([m[::4, ::4] for m in masks(self.layers)[1:]] for masks in (visible, alphas))
            for attempt in range(200):
                image = self.picked(side * self.rng.uniform(0.7, 1.15))
                x, y = self.rng.uniform(room[0], room[2]), self.rng.uniform(room[1], room[3])
                if k == 0:
                    x, y = (room[0] + room[2]) / 2 + self.rng.uniform(-0.3, 0.3) * side, (room[1] + room[3]) / 2
                there = np.asarray(laid(self.canvas, image, x - image.width / 2, y - image.height / 2).getchannel("A"))[::4, ::4] > 127
                hidden = [float((v * there).sum() / max(1, a.sum())) for v, a in zip(seen, whole)]
                left = [float((v * ~there).sum() / max(1, a.sum())) for v, a in zip(seen, whole)]
                inside = there.sum() > 0.97 * (np.asarray(image.getchannel("A")) > 127).sum() / 16
                if inside and (k == 0 or low <= max(hidden) <= high and min(left) > 0.38):
                    self.object_at(image, x, y, shadow=0.4)
                    break

    def overlap(self):
        self.scene(True) if self.number % 4 == 3 else self.ground()
        room = (self.w * 0.18, self.h * 0.34, self.w * 0.82, self.h * 0.76)
        self.overlapping(2 + self.number % 6, 0.15, 0.6, min(self.w, self.h) * 0.42, room)
        self.title((self.w * 0.06, self.h * 0.03, self.w * 0.94, self.h * 0.19), turned=4)
        if self.rng.random() < 0.6:
            self.small_print((self.w * 0.1, self.h * 0.88, self.w * 0.9, self.h * 0.98), most=2)

    def crowd(self):
        self.scene(True) if self.number % 4 == 1 else self.ground()
        count = 6 + self.number * 8 // (EACH - 1)
        kinds = self.rng.sample(self.assets.stamps, self.rng.choice([2, 3, count]))
        rows = 1 if count < 8 and self.w > self.h else 2 if count < 12 else 3
        side, top = self.h * 0.75 / rows, self.h * 0.21
        for row in range(rows):
            images = [self.picked(side * self.rng.uniform(0.85, 1.1), kinds[k % len(kinds)]) for k in range(row, count, rows)]
            steps = [image.width * self.rng.uniform(0.72, 0.92) for image in images]
            shrink = min(1, self.w * 0.94 / sum(steps))
            x = (self.w - sum(steps) * shrink) / 2
            for image, step in zip(images, steps):
                image = image.resize((round(image.width * shrink), round(image.height * shrink)), Image.Resampling.LANCZOS)
                y = top + side * (row + 0.5) * 0.96 + self.rng.uniform(-0.06, 0.06) * side
                self.object_at(image, x + step * shrink / 2, y, shadow=0.2)
                x += step * shrink
        self.title((self.w * 0.06, self.h * 0.02, self.w * 0.94, self.h * 0.19))

    def slide(self):
        self.dark = self.rng.random() < 0.2
        light = 0.14 if self.dark else self.rng.uniform(0.94, 1)
        self.add("background", Image.new("RGBA", self.canvas, (*self.colour(light, 0.4), 255)))
        w, h = self.w, self.h
        heading = self.rng.choice(words.CHINESE_TITLES if self.chinese else words.HEADINGS)
        self.text_in([heading], (w * 0.06, h * 0.05, w * 0.8, h * 0.16), align="left", largest=0.085)
        paint = lambda turn=0.0: self.colour(0.3 if self.dark else self.rng.uniform(0.72, 0.88), 0.55, turn)
        if self.number % 2 == 0:
            bullets = ["• " + p for p in self.rng.sample(words.POINTS, 3)]
            self.text_in(bullets, (w * 0.06, h * 0.28, w * 0.5, h * 0.72), display=False, align="left", largest=0.055)
            photo = self.assets.photo(self.assets.pictures[self.number // 2], (round(w * 0.38), round(h * 0.5)), self.rng)
            photo = photo.convert("RGBA")
            photo.putalpha(shape(photo.size, "card", (0, 0, *photo.size), (0, 0, 0)).getchannel("A"))
            self.object_at(photo, w * 0.76, h * 0.48, shadow=0.5)
            banner = (w * 0.06, h * 0.8, w * 0.95, h * 0.93)
            self.add("shape", shape(self.canvas, "pill" if self.rng.random() < 0.5 else "card", banner, paint()))
            self.small_print((w * 0.12, h * 0.82, w * 0.88, h * 0.91), most=1)
            return
        count = self.rng.randint(2, 3)
        across = w * 0.88 / count
        names, icons = self.rng.sample(words.LABELS, count), self.rng.sample(self.assets.drawn, count)
        for k in range(count):
            x = w * 0.06 + across * k
            card = (x + across * 0.04, h * 0.26, x + across * 0.96, h * 0.86)
            layer = shape(self.canvas, "card", card, paint(k * 0.2), border=(3, paint(0.5)) if self.rng.random() < 0.3 else None)
            self.add("shape", self.soft_shadow(layer) if self.number % 4 == 1 else layer)
            self.object_at(self.picked(min(across * 0.5, h * 0.3), icons[k]), x + across / 2, h * 0.44)
            self.text_in([names[k]], (x + across * 0.15, h * 0.64, x + across * 0.85, h * 0.78), display=k % 2 == 0, largest=0.07)
        self.small_print((w * 0.06, h * 0.9, w * 0.6, h * 0.97), most=1, align="left")

    def photo(self):
        self.scene(False)
        w, h = self.w, self.h
        count = 1 + self.number % 3
        across = w * 0.88 / count
        for k in range(count):
            image = self.picked(min(across * 0.95, h * 0.42) * self.rng.uniform(0.75, 1))
            self.object_at(image, w * 0.06 + across * (k + 0.5), h * self.rng.uniform(0.46, 0.54), shadow=0.5)
        self.title((w * 0.06, h * 0.03, w * 0.94, h * 0.22), turned=5)
        if self.number % 2:
            box = (w * 0.1, h * 0.77, w * 0.9, h * 0.95)
            paint = self.colour(0.9 if self.rng.random() < 0.6 else 0.2, 0.5)
            self.add("shape", shape(self.canvas, "card", box, paint, opacity=self.rng.choice([1, 1, 0.8])))
            self.small_print((w * 0.14, h * 0.79, w * 0.86, h * 0.93))
        else:
            self.badge(w * self.rng.uniform(0.25, 0.75), h * 0.8, min(w, h) * 0.24)


def poster(kind: str, number: int, assets: Assets) -> Poster:
    """Again with the next seed until enough of each layer is seen."""
    for attempt in range(100):
        made = Poster(kind, random.Random(f"{kind} {number} {attempt}"), assets, number)
        getattr(made, kind)()
        seen = zip(visible(made.layers), alphas(made.layers))
        if all(v.sum() > max(700, 0.3 * a.sum()) for v, a in seen if a.min() < 1):
            return made
    raise RuntimeError(f"no {kind} poster {number}")
