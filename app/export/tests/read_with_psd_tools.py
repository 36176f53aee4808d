"""Prints one line of JSON for each PSD: its layers as psd-tools reads them, and its pictures over white."""

import io
import json
import sys

import numpy
from PIL import Image, ImageCms
from psd_tools import PSDImage
from psd_tools.composite import composite


def node(layer):
    is_group = layer.is_group()
    image = None if is_group or 0 in layer.size else layer.numpy()
    empty = image is None
    return {
        "name": layer.name,
        "opacity": layer.opacity,
        "visible": layer.visible,
        "open": layer.open_folder if is_group else None,
        "left": 0 if empty else layer.left,
        "top": 0 if empty else layer.top,
        "width": 0 if empty else layer.width,
        "height": 0 if empty else layer.height,
        "rgba": "" if empty else byte_values(image).tobytes().hex(),
        "clipped": bool(layer.clipping),
        "recolours": recolours(layer),
        "children": [node(child) for child in layer] if is_group else [],
    }


def blend_modes(layers):
    """Bottom first, a group before its layers, without what is clipped to one."""
    for layer in layers:
        if layer.clipping:
            continue
        yield layer.blend_mode.value.decode()
        yield from blend_modes(layer) if layer.is_group() else []


def recolours(layer):
    """Degrees and percent of Hue/Saturation, or the colour of a fill."""
    if layer.kind == "huesaturation":
            return list(layer.master)
    if layer.kind == "solidcolorfill":
        return [round(float(value)) for value in layer.data.values()]
    return None


def text(layer):
    engine = layer.engine_dict
    run = engine["StyleRun"]["RunArray"][0]["StyleSheet"]["StyleSheetData"]
    return {
        "words": layer.text,
        "engine_words": str(engine["Editor"]["Text"].value),
        "transform": list(layer.transform),
        "size": float(run["FontSize"]),
        "leading": float(run["Leading"]) if not run["AutoLeading"] else None,
        "colour": [round(255 * float(value)) for value in run["FillColor"]["Values"][1:]],
        "font": str(layer.resource_dict["FontSet"][int(run["Font"])]["Name"].value),
        "lengths": [int(length) for length in engine["StyleRun"]["RunLengthArray"]],
        "justifications": [int(run["ParagraphSheet"]["Properties"]["Justification"]) for run in engine["ParagraphRun"]["RunArray"]],
        "paragraphs": [int(length) for length in engine["ParagraphRun"]["RunLengthArray"]],
        "index": int(layer._data.text_data[b"TextIndex"].value),
    }


def byte_values(image):
    return numpy.rint(image * 255).astype(numpy.uint8)


def changed_by_profile(profile):
    """The most that any colour of a cube changes when a program converts it from the profile to sRGB."""
    steps = numpy.arange(0, 256, 5, dtype=numpy.uint8)
    colors = numpy.stack(numpy.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    converted = ImageCms.profileToProfile(
        Image.fromarray(colors), ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    return int(numpy.abs(numpy.asarray(converted).astype(int) - colors).max())


def read(path):
    psd = PSDImage.open(path)
    planes = psd._record.image_data.get_data(psd._record.header)
    # Not PSDImage.composite, which cuts off fractions instead of rounding them.
    color, _, alpha = composite(psd, color=1.0, alpha=0.0, force=True)
    resolution = psd.image_resources[1005].data
    return {
        "layers": [node(layer) for layer in psd],
        "blend_modes": list(blend_modes(psd)),
        "merged": numpy.stack([numpy.frombuffer(plane, numpy.uint8) for plane in planes], -1).tobytes().hex(),
        "composite_over_white": byte_values(color * alpha + 1 - alpha).tobytes().hex(),
        "pixels_per_inch": resolution.horizontal / 65536,
        "changed_by_profile": changed_by_profile(psd.image_resources[1039].data),
        "texts": [text(layer) for layer in psd.descendants() if layer.kind == "type"],
        "has_merged_picture": psd.image_resources[1057].data.has_composite,
    }


for path in sys.argv[1:]:
    print(json.dumps(read(path)))
