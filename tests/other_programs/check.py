#!/usr/bin/env python3
"""Opens what Lamina writes in other programs and compares what they see: names, tree, bounds, opacity, and pixels.

    cargo run --release -p project --example write_all_formats FOLDER
    tests/other_programs/check.py FOLDER [convert] [gimp] [krita] [soffice]

Needs Pillow and numpy. A program that is not installed is named and passed over; nothing of this runs by itself. On Debian:
apt-get install --no-install-recommends gimp krita imagemagick libreoffice-impress xvfb xauth
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy
from PIL import Image

HERE = Path(__file__).parent
DOCUMENTS = ["tree", "blends", "recolours", "text"]
SECONDS = 300
# Once for all, as a program that starts in a new one looks at all of its parts.
HOME = tempfile.mkdtemp()

results = []


def say(program, file, what, wrong):
    results.append(wrong is None)
    print(f"{program:12} {file.name:18} {what:10} {'as it should be' if wrong is None else wrong}", flush=True)


def run(*command, **options):
    environment = {**os.environ, "HOME": HOME, "LC_ALL": "C.UTF-8"}
    done = subprocess.run([str(part) for part in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, **options)
    if done.returncode != 0:
        raise RuntimeError(done.stdout.strip()[-300:])
    return done.stdout


def over_white(image):
    pixels = numpy.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


def differ(ours, theirs, most, skip=None):
    """Of the canvas over white; `None` where they agree."""
    one, other = over_white(ours), over_white(theirs)
    if one.shape != other.shape:
        return f"is {theirs.size}, not {ours.size}"
    difference = numpy.abs(one - other).max(axis=2)
    if skip is not None:
        left, top, width, height = skip
        difference[top : top + height, left : left + width] = 0
    beyond = (difference > most + 0.5).mean()
    worst = difference.max()
    return None if beyond == 0 else f"up to {worst:.0f} of 255 off, beyond {most} on {100 * beyond:.2f} % of pixels"


class Node:
    """A layer as a program sees it, in the order of Lamina's."""

    def __init__(self, name, visible, opacity, bounds, children):
        self.name, self.visible, self.opacity, self.bounds, self.children = name, visible, opacity, bounds, children


def flat(layers, depth=0):
    for layer in layers:
        yield depth, layer
        yield from flat(layer.children, depth + 1)


def expected(file):
    """Without the layers that recolour others in a PSD."""

    def node(fact):
        bounds = None if fact["is_group"] else fact["bounds"]
        return Node(fact["name"], fact["visible"], fact["opacity"], bounds, [node(child) for child in fact["children"]])

    return [node(fact) for fact in json.loads(file.with_suffix(".json").read_text())["layers"]]


RECOLOURING = ("Hue/Saturation", "Tint")


def compare_trees(program, file, found, has_bounds=True):
    ours, theirs = list(flat(expected(file))), [pair for pair in flat(found) if pair[1].name not in RECOLOURING]
    say(program, file, "names", unlike([(d, l.name) for d, l in ours], [(d, l.name) for d, l in theirs]))
    if [l.name for _, l in ours] != [l.name for _, l in theirs]:
        return
    pairs = [(one, other) for (_, one), (_, other) in zip(ours, theirs)]
    seen = [(one.name, one.visible, other.visible) for one, other in pairs if one.visible != other.visible]
    say(program, file, "visible", f"{seen}" if seen else None)
    opacity = [(one.name, one.opacity, other.opacity) for one, other in pairs if abs(one.opacity - other.opacity) > 1]
    say(program, file, "opacity", f"{opacity}" if opacity else None)
    if has_bounds:
        bounds = [
            (one.name, one.bounds, other.bounds)
            for one, other in pairs
            if one.bounds and one.bounds[2] and other.bounds and list(one.bounds) != list(other.bounds)
        ]
        say(program, file, "bounds", f"{bounds}" if bounds else None)


def unlike(ours, theirs):
    return None if ours == theirs else f"{theirs} in place of {ours}"


# ImageMagick: the merged picture and each layer of a PSD.


def image_magick(file, work):
    out = work / "merged.png"
    run("convert", f"{file}[0]", "-colorspace", "sRGB", out)
    say("ImageMagick", file, "merged", differ(Image.open(file.with_suffix(".png")), Image.open(out), 1))
    listed = run("identify", "-format", r"%w %h %X %Y %[label]\n", file).splitlines()[1:]
    rows = [re.fullmatch(r"(\d+) (\d+) ([+-]?\d+) ([+-]?\d+) (.*)", line) for line in listed if line.strip()]
    found = {row[5]: [int(row[3]), int(row[4]), int(row[1]), int(row[2])] for row in rows if row}
    ours = {l.name: l.bounds for _, l in flat(expected(file)) if l.bounds and l.bounds[2]}
    wrong = {name: (bounds, found.get(name)) for name, bounds in ours.items() if found.get(name) != bounds}
    say("ImageMagick", file, "layers", f"{wrong}" if wrong else None)


# GIMP: the tree, and all that is visible.


def gimp(file, work):
    facts, out = work / "gimp.txt", work / "gimp.png"
    defined = (HERE / "read_with_gimp.scm").read_text()
    # A batch command is one expression, and forgets those before it.
    call = f'(begin {defined} (read-file "{file}" "{facts}" "{out}"))'
    program = shutil.which("gimp-console") or "gimp"
    said = run(program, "--no-interface", "--no-data", "--no-fonts", "-b", call, "-b", "(gimp-quit 0)")
    if not out.exists():
        # It ends well all the same. OpenRaster needs its Python plug-ins, which some distributions leave out.
        raise RuntimeError(said.strip()[-300:])
    root = []
    levels = {0: root}
    for line in facts.read_text().splitlines():
        depth, is_group, visible, opacity, left, top, width, height, name = line.split("\t")
        bounds = [int(float(value)) for value in (left, top, width, height)]
        # It numbers those that are there already.
        name = re.sub(r" #\d+$", "", name)
        node = Node(name, visible == "1", round(float(opacity) * 2.55), None if is_group == "1" else bounds, [])
        levels[int(depth)].insert(0, node)
        levels[int(depth) + 1] = node.children
    compare_trees("GIMP", file, root)
    say("GIMP", file, "canvas", differ(Image.open(file.with_suffix(".png")), Image.open(out), 1))


# Krita: its own file of it says the tree.


def krita(file, work):
    out, own = work / "krita.png", work / "krita.kra"
    for target in (out, own):
        # Krita wants a display, whatever Qt is told.
        run("xvfb-run", "-a", "krita", "--export", "--export-filename", target, file)
    space = "{http://www.calligra.org/DTD/krita}"
    with zipfile.ZipFile(own) as archive:
        tree = ElementTree.fromstring(archive.read("maindoc.xml"))

    def nodes(parent):
        layers = parent.find(f"{space}layers")
        for layer in reversed([] if layers is None else list(layers)):
            of = layer.attrib
            yield Node(of["name"], of["visible"] == "1", int(of.get("opacity", 255)), None, list(nodes(layer)))

    compare_trees("Krita", file, list(nodes(tree.find(f"{space}IMAGE"))), has_bounds=False)
    say("Krita", file, "canvas", differ(Image.open(file.with_suffix(".png")), Image.open(out), 1))


# LibreOffice: the slide as a picture of the canvas's size.


def libre_office(file, work):
    flat_picture = Image.open(file.with_suffix(".png"))
    width, height = flat_picture.size
    size = {"PixelWidth": {"type": "long", "value": str(width)}, "PixelHeight": {"type": "long", "value": str(height)}}
    program = shutil.which("soffice") or "libreoffice"
    run(program, "--headless", f"-env:UserInstallation=file://{work}/profile", "--convert-to", f"png:impress_png_Export:{json.dumps(size)}", "--outdir", work, file)
    words = next((l.bounds for _, l in flat(expected(file)) if l.name == "Words"), None)
    skip = None if words is None else [0, words[1] - 20, width, words[3] + 40]
    say("LibreOffice", file, "slide", differ(flat_picture, Image.open(work / f"{file.stem}.png"), 3, skip))


PROGRAMS = {
    "convert": (image_magick, ["psd", "psb"]),
    # GIMP reads PSB from version 3 on.
    "gimp": (gimp, ["psd", "ora", "lamina"]),
    "krita": (krita, ["psd", "psb", "ora", "lamina"]),
    "soffice": (libre_office, ["pptx"]),
}


def main(folder, programs):
    for program in programs or PROGRAMS:
        check, extensions = PROGRAMS[program]
        if not all(shutil.which(needed) for needed in [program, *(["xvfb-run"] if program == "krita" else [])]):
            print(f"{program} is not installed; nothing is said of it")
            continue
        for name in DOCUMENTS:
            for extension in extensions:
                if (program, name) == ("krita", "recolours") and extension in ("psd", "psb"):
                    # Krita 5.1 shows no clipped fill or Hue/Saturation, and may crash on a fill, in Photoshop's files too.
                    continue
                file = folder / f"{name}.{extension}"
                with tempfile.TemporaryDirectory() as work:
                    try:
                        check(file, Path(work))
                    except (RuntimeError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as error:
                        say(program, file, "opens", f"{type(error).__name__}: {error}")
    print(f"{sum(results)} of {len(results)} as they should be")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
