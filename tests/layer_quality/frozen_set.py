"""frozen_set.py OUT [ASSETS]: 40 posters with known layers, of assets that training never sees, for measuring only.

OUT/k.png is what a program is given, OUT/k.json says its kind and the words of its text layers, and OUT/k/NN-class.png
are the true layers, whole canvas, bottom first. Debian packages are downloaded into ASSETS (OUT beside `_assets`).
Needs apt, Pillow, numpy and scipy. The hash printed at the end is of the pixels and words:
the same packages, Pillow and FreeType give the same set.
"""

import hashlib
import io
import json
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from frozen_assets import Assets
from frozen_draw import flattened
from frozen_posters import EACH, KINDS, poster


def degraded(picture: Image.Image, rng: random.Random) -> Image.Image:
    if rng.random() < 0.4:
        small = tuple(round(v * 0.75) for v in picture.size)
        picture = picture.resize(small, Image.Resampling.BILINEAR).resize(picture.size, Image.Resampling.BICUBIC)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=rng.randint(55, 88))
    return Image.open(file).convert("RGB")


def main(out: Path, folder: Path):
    assets = Assets(folder)
    out.mkdir(parents=True, exist_ok=True)
    digest, layers = hashlib.sha256(), 0
    for k in range(len(KINDS) * EACH):
        kind, number = KINDS[k // EACH], k % EACH
        made = poster(kind, number, assets)
        picture = Image.fromarray(np.round(flattened(made.layers)).astype(np.uint8))
        if number % 3 == 1:
            picture = degraded(picture, random.Random(f"degraded {k}"))
        facts = json.dumps({"kind": kind, "texts": made.words}, ensure_ascii=False, indent=1)
        digest.update(facts.encode() + picture.tobytes())
        picture.save(out / f"{k:02}.png")
        (out / f"{k:02}.json").write_text(facts + "\n", encoding="utf-8")
        (out / f"{k:02}").mkdir(exist_ok=True)
        for old in (out / f"{k:02}").glob("*.png"):
            old.unlink()
        for n, (name, layer) in enumerate(zip(made.classes, made.layers)):
            digest.update(layer.tobytes())
            layer.save(out / f"{k:02}" / f"{n:02}-{name}.png", compress_level=3)
        layers += len(made.layers)
        print(f"{k:02} {kind} {made.w} x {made.h}: {' '.join(made.classes[1:])}", flush=True)
    print(f"{len(KINDS) * EACH} posters, {layers} layers, sha256 {digest.hexdigest()}")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    main(target, Path(sys.argv[2]) if len(sys.argv) > 2 else target.with_name(target.name + "_assets"))
