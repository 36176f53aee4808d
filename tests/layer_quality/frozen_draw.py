"""Layers of the frozen posters: each is the whole canvas, straight RGBA in u8."""

import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]


def laid(canvas: tuple[int, int], image: Image.Image, left: float, top: float) -> Image.Image:
    layer = Image.new("RGBA", canvas)
    layer.paste(image, (round(left), round(top)))
    return layer


def flattened(layers: list[Image.Image]) -> np.ndarray:
    """RGB, 0..255, unrounded."""
    out = np.zeros((layers[0].height, layers[0].width, 3), np.float32)
    for layer in layers:
        pixels = np.asarray(layer, np.float32)
        alpha = pixels[..., 3:] / 255
        out = out * (1 - alpha) + pixels[..., :3] * alpha
    return out


def alphas(layers: list[Image.Image]) -> list[np.ndarray]:
    return [np.asarray(layer.getchannel("A"), np.float32) / 255 for layer in layers]


def visible(layers: list[Image.Image]) -> list[np.ndarray]:
    through, out = np.float32(1), []
    for alpha in reversed(alphas(layers)):
        out.append(alpha * through)
        through = through * (1 - alpha)
    return out[::-1]


def shadowed(layer: Image.Image, away: tuple[int, int], blur: float, opacity: float, colour: Colour = (0, 0, 0)):
    """The layer above its own shadow, in one layer."""
    coverage = Image.new("L", layer.size)
    coverage.paste(layer.getchannel("A"), away)
    coverage = coverage.filter(ImageFilter.GaussianBlur(blur)).point(lambda a: round(a * opacity))
    shadow = Image.new("RGBA", layer.size, (*colour, 0))
    shadow.putalpha(coverage)
    return Image.alpha_composite(shadow, layer)


def gradient(canvas: tuple[int, int], a: Colour, b: Colour, rng: random.Random) -> Image.Image:
    y, x = np.mgrid[0 : canvas[1], 0 : canvas[0]].astype(np.float32)
    x, y = x / canvas[0] - 0.5, y / canvas[1] - 0.5
    if rng.random() < 0.3:
        t = np.hypot(x - rng.uniform(-0.2, 0.2), y - rng.uniform(-0.2, 0.2)) / 0.8
    else:
        turn = rng.uniform(0, math.tau)
        t = (x * math.cos(turn) + y * math.sin(turn)) / (abs(math.cos(turn)) + abs(math.sin(turn))) + 0.5
    t = np.clip(t, 0, 1)[..., None]
    pixels = np.array(a, np.float32) * (1 - t) + np.array(b, np.float32) * t
    return Image.fromarray(np.round(pixels).astype(np.uint8)).convert("RGBA")


def shape(canvas: tuple[int, int], kind: str, box: tuple[float, ...], colour: Colour, opacity: float = 1.0,
          turn: float = 0.0, border: tuple[int, Colour] | None = None) -> Image.Image:
    """card, pill, disc, star, ribbon or bubble within `box` (left, top, right, bottom), four times supersampled."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    grow, edge = 4, 6
    size = (math.ceil(wide + 2 * edge) * grow, math.ceil(high + 2 * edge) * grow)

    def drawn(inset: float) -> Image.Image:
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        a, b = (edge + inset) * grow, (edge + inset) * grow
        c, d = (edge + wide - inset) * grow, (edge + high - inset) * grow
        if kind == "disc":
            draw.ellipse((a, b, c, d), fill=255)
        elif kind == "ribbon":
            notch = (d - b) * 0.4
            draw.polygon([(a, b), (c, b), (c - notch, (b + d) / 2), (c, d), (a, d), (a + notch, (b + d) / 2)], fill=255)
        elif kind == "star":
            points = 14
            spokes = [(k * math.pi / points, 1.0 if k % 2 == 0 else 0.82) for k in range(2 * points)]
            draw.polygon([((a + c) / 2 + (c - a) / 2 * r * math.cos(t), (b + d) / 2 + (d - b) / 2 * r * math.sin(t))
                          for t, r in spokes], fill=255)
        elif kind == "bubble":
            base = d - (d - b) * 0.18
            draw.rounded_rectangle((a, b, c, base), radius=(base - b) * 0.35, fill=255)
            draw.polygon([(a + (c - a) * 0.25, base - 2), (a + (c - a) * 0.42, base - 2), (a + (c - a) * 0.2, d)], fill=255)
        else:
            radius = (d - b) / 2 if kind == "pill" else min(c - a, d - b) * 0.08
            draw.rounded_rectangle((a, b, c, d), radius=radius, fill=255)
        return mask

    image = Image.new("RGBA", size, (*(border[1] if border else colour), 0))
    if border:
        image.paste(Image.new("RGBA", size, (*colour, 0)), mask=drawn(border[0]))
    image.putalpha(drawn(0).point(lambda v: round(v * opacity)))
    if turn:
        image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    image = image.resize((image.width // grow, image.height // grow), Image.Resampling.BOX)
    return laid(canvas, image, (left + right - image.width) / 2, (top + bottom - image.height) / 2)


def lettering(lines: list[str], font: ImageFont.FreeTypeFont, ink: Colour, align: str = "left", turn: float = 0.0,
              outline: tuple[float, Colour] | None = None, shadow: tuple[float, float, float] | None = None,
              ink_below: Colour | None = None, leading: float = 1.2) -> Image.Image:
    """A block of lines, cropped to what is drawn. Outline: width in em. Shadow: distance and blur in em, opacity."""
    em = font.size
    stroke = round(outline[0] * em) if outline else 0
    room = stroke + round(em * 0.5) + 4
    widths = [font.getlength(line) for line in lines]
    step = em * leading
    size = (math.ceil(max(widths)) + 2 * room, math.ceil(step * (len(lines) - 1) + em * 1.4) + 2 * room)

    def coverage(grown: int) -> Image.Image:
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for n, (line, width) in enumerate(zip(lines, widths)):
            x = room + {"left": 0, "center": 0.5, "right": 1}[align] * (max(widths) - width)
            draw.text((x, room + em + n * step), line, fill=255, font=font, stroke_width=grown, anchor="ls")
        return mask

    fill = Image.new("RGBA", size, (*ink, 0))
    if ink_below:
        t = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]
        blend = np.array(ink, np.float32) * (1 - t) + np.array(ink_below, np.float32) * t
        blend = np.broadcast_to(blend, (size[1], size[0], 3)).round().astype(np.uint8)
        fill = Image.fromarray(np.ascontiguousarray(blend)).convert("RGBA")
    fill.putalpha(coverage(0))
    block = fill
    if stroke:
        around = Image.new("RGBA", size, (*outline[1], 0))
        around.putalpha(coverage(stroke))
        block = Image.alpha_composite(around, fill)
    if shadow:
        away = max(1, round(shadow[0] * em))
        block = shadowed(block, (away, away), shadow[1] * em, shadow[2])
    if turn:
        block = block.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    return block.crop(block.getchannel("A").getbbox())
