"""Halves an ONNX file: its f32 constants are kept as f16 and cast back where they are used, so arithmetic stays in f32.

    to_f16.py IN.onnx OUT.onnx

Needs onnx and numpy. The same input gives the same bytes.
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST = 32  # smaller constants are shapes and factors, not weights


def halved(tensor):
    values = numpy_helper.to_array(tensor)
    if values.dtype != np.float32 or values.size < LEAST or np.abs(values).max() > 65000:
        return None
    return numpy_helper.from_array(values.astype(np.float16), tensor.name + ".f16")


def main(source, target):
    model = onnx.load(source)
    graph = model.graph
    casts, kept = [], []

    def cast(half, name):
        casts.append(helper.make_node("Cast", [half.name], [name], name=name + ".cast", to=TensorProto.FLOAT))
        kept.append(half)

    for tensor in graph.initializer:
        half = halved(tensor)
        cast(half, tensor.name) if half else kept.append(tensor)
    nodes = []
    for node in graph.node:
        value = next((a.t for a in node.attribute if a.name == "value"), None) if node.op_type == "Constant" else None
        half = None
        if value is not None:
            value.name = node.output[0]
            half = halved(value)
        cast(half, node.output[0]) if half else nodes.append(node)
    names = {tensor.name for tensor in graph.initializer}
    inputs = [i for i in graph.input if i.name not in names]
    for field, values in ((graph.initializer, kept), (graph.node, casts + nodes), (graph.input, inputs)):
        values = list(values)
        del field[:]
        field.extend(values)
    for node in graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    with open(target, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
