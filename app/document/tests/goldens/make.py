"""Makes the pictures and stacks in this folder, composited by Pillow, for tests/goldens.rs.

Needs Pillow and NumPy. Run: python3 make.py
"""

import json
from pathlib import Path

import numpy
from PIL import Image

HERE = Path(__file__).parent
CANVAS = (48, 40)
random = numpy.random.default_rng(7)


def picture(width, height, alpha):
    """Random colours over a gradient; `alpha` is "opaque", "noise" or "disc" (soft, transparent around it)."""
    y, x = numpy.mgrid[0:height, 0:width]
    rgb = random.integers(0, 60, (height, width, 3)) + random.integers(0, 196, 3)
    if alpha == "opaque":
        a = numpy.full((height, width), 255)
    elif alpha == "noise":
        a = random.integers(0, 256, (height, width))
    else:
        distance = numpy.hypot(x - (width - 1) / 2, y - (height - 1) / 2)
        a = numpy.clip((min(width, height) / 2 - distance) * 60, 0, 255)
    return Image.fromarray(numpy.dstack([rgb, a]).astype(numpy.uint8))


def composite(layers, size):
    """The layers, bottom first, over transparency. A group is composited alone before its opacity applies."""
    below = Image.new("RGBA", size)
    for layer in shown(layers):
        if "layers" in layer:
            above = composite(layer["layers"], size)
        else:
            above = Image.new("RGBA", size)
            above.paste(Image.open(HERE / layer["picture"]), (layer["left"], layer["top"]))
        opacity = layer["opacity"] / 255
        above.putalpha(above.getchannel("A").point([round(alpha * opacity) for alpha in range(256)]))
        below = Image.alpha_composite(below, above)
    return below


def shown(layers):
    """Those that are visible; the layers of an opaque group stand in its place, as source-over is associative."""
    for layer in layers:
        if layer["visible"]:
            opaque_group = "layers" in layer and layer["opacity"] == 255
            yield from shown(layer["layers"]) if opaque_group else [layer]


def resized(image, size):
    """Bilinear in premultiplied alpha; a tent as wide as the new pixels when reducing."""
    return image.convert("RGBa").resize(size, Image.Resampling.BILINEAR).convert("RGBA")


def raster(name, left=0, top=0, opacity=255, visible=True):
    return {"picture": f"{name}.png", "left": left, "top": top, "opacity": opacity, "visible": visible}


def group(layers, opacity=255, visible=True):
    return {"layers": layers, "opacity": opacity, "visible": visible}


PICTURES = {
    "background": (48, 40, "opaque"),
    "noise_a": (30, 30, "noise"),
    "noise_b": (40, 20, "noise"),
    "disc_a": (24, 24, "disc"),
    "disc_b": (32, 20, "disc"),
}

STACKS = {
    "soft_over_opaque": [raster("background"), raster("disc_a", 4, 6), raster("noise_a", 12, 3)],
    "all_soft": [
        raster(name, left, top)
        for name, left, top in [
            ("noise_a", 0, 0), ("noise_b", 5, 8), ("disc_a", 10, 4), ("noise_a", 16, 9),
            ("disc_b", 8, 12), ("noise_b", 2, 16), ("disc_a", 20, 10), ("noise_a", 9, 5),
        ]
    ],
    "opacities": [
        raster("background", opacity=200), raster("noise_a", 3, 3, opacity=128), raster("disc_a", 20, 10, opacity=77),
        raster("noise_b", 4, 15, opacity=1), raster("disc_b", 10, 0, opacity=0), raster("noise_a", 17, 9, opacity=254),
    ],
    "off_canvas_and_hidden": [
        raster("background", -30, -20), raster("noise_a", 30, 25), raster("noise_b", -25, 30, opacity=180),
        raster("disc_a", 10, 10, visible=False), raster("disc_b", 40, -9), raster("disc_a", 100, 100),
    ],
    "groups": [
        raster("background", opacity=90),
        group([raster("noise_a", 2, 2), raster("disc_b", 10, 8, opacity=200)], opacity=128),
        group([raster("noise_b", 0, 0)], visible=False),
        group([
            raster("disc_a", -6, 14),
            group([raster("noise_b", 12, 18), raster("disc_a", 20, 12)], opacity=222),
        ]),
    ],
}

SIZES = {"half": (15, 15), "third": (10, 10), "wide": (60, 12), "tripled": (90, 90)}


def main():
    for name, (width, height, alpha) in PICTURES.items():
        picture(width, height, alpha).save(HERE / f"{name}.png", optimize=True)
    for name, layers in STACKS.items():
        composite(layers, CANVAS).save(HERE / f"stack_{name}.png", optimize=True)
    source = Image.open(HERE / "noise_a.png")
    for name, size in SIZES.items():
        resized(source, size).save(HERE / f"resized_{name}.png", optimize=True)
    goldens = {"canvas": CANVAS, "stacks": STACKS, "resized": {"picture": "noise_a.png", "sizes": SIZES}}
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()
