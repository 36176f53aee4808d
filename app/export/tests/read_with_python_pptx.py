"""Prints JSON of a slide: its shapes as python-pptx reads them, and what its pictures make over white, in pixels."""

import io
import json
import sys

import numpy
from PIL import Image
from pptx import Presentation
from pptx.util import Emu

EMU_PER_INCH = 914400


def shape(found, scale, canvas):
    box = [round(value * scale, 3) for value in (found.left, found.top, found.width, found.height)]
    known = {"name": found.name, "kind": str(found.shape_type).split(" ")[0], "box": box, "rotation": found.rotation if hasattr(found, "rotation") else 0}
    known["hidden"] = found._element.xpath(".//p:cNvPr")[0].get("hidden") == "1"
    if hasattr(found, "shapes"):
        known["children"] = [shape(child, scale, canvas) for child in found.shapes]
    if hasattr(found, "image"):
        lay(found, box, canvas, known["hidden"])
    if found.has_text_frame and found.text_frame.text:
        run = found.text_frame.paragraphs[0].runs[0]
        known |= {"text": found.text_frame.text, "size": Emu(run.font.size) * scale, "colour": str(run.font.color.rgb), "font": run.font.name, "aligned": int(found.text_frame.paragraphs[0].alignment), "bold": run.font.bold or False, "italic": run.font.italic or False}
    return known


def lay(picture, box, canvas, hidden):
    if hidden:
        return
    image = Image.open(io.BytesIO(picture.image.blob)).convert("RGBA")
    left, top, width, height = (round(value) for value in box)
    assert image.size == (width, height), "a picture is as large as it is shown"
    amount = picture._element.xpath(".//a:alphaModFix/@amt")
    opacity = int(amount[0]) / 100000 if amount else 1
    layer = numpy.zeros((*canvas.shape[:2], 4))
    whole = Image.new("RGBA", (canvas.shape[1], canvas.shape[0]))
    whole.paste(image, (left, top))
    layer = numpy.asarray(whole) / 255
    alpha = layer[..., 3:] * opacity
    canvas[:] = layer[..., :3] * alpha + canvas * (1 - alpha)


path, pixels_per_inch = sys.argv[1], float(sys.argv[2])
presentation = Presentation(path)
scale = pixels_per_inch / EMU_PER_INCH
size = [round(presentation.slide_width * scale), round(presentation.slide_height * scale)]
canvas = numpy.ones((size[1], size[0], 3))
(slide,) = presentation.slides
shapes = [shape(found, scale, canvas) for found in slide.shapes]
print(json.dumps({"size": size, "shapes": shapes, "over_white": numpy.rint(canvas * 255).astype(int).flatten().tolist()}))
