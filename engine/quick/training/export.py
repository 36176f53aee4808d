"""export.py WEIGHTS OUT.onnx: the trained network as one ONNX file, its constants f16, its arithmetic f32.

Batch normalisation is folded into the convolutions, height and width stay free (multiples of 32).
onnxruntime runs the file at two sizes: exact as f32, and as close to torch as f16 constants allow.
"""
import os
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from network import OUTPUTS, load

HALF_MIN = 64  # smaller constants (sizes, scales, biases of heads) stay f32


class Named(torch.nn.Module):
    """Outputs in the order of their names, without what only training needs."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        out = self.network(image)
        return tuple(out[k] for k in OUTPUTS)


def halve(model):
    """Float constants become f16 with a Cast to f32 behind them."""
    casts = []
    for t in model.graph.initializer:
        if t.data_type != TensorProto.FLOAT or int(np.prod(t.dims)) < HALF_MIN:
            continue
        name, a = t.name, numpy_helper.to_array(t)
        assert np.abs(a).max() < 6e4, name
        t.CopyFrom(numpy_helper.from_array(a.astype(np.float16), name + "_f16"))
        casts.append(helper.make_node("Cast", [name + "_f16"], [name], name=name + "_cast", to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def export(network, path):
    wrapper = Named(network).eval()
    axes = {"image": {2: "height", 3: "width"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(wrapper, torch.rand(1, 3, 128, 160), path + ".tmp", opset_version=17, dynamo=False,
                          input_names=["image"], output_names=list(OUTPUTS), dynamic_axes=axes)
    model = onnx.load(path + ".tmp")
    for v in model.graph.output:  # only the batch is known; sizes follow the input's
        v.type.tensor_type.ClearField("shape")
    for n in model.graph.node:
        for a in n.attribute:  # constants inside nodes are small; weights are initializers
            assert a.type != onnx.AttributeProto.TENSOR or int(np.prod(a.t.dims)) < HALF_MIN or a.t.data_type != TensorProto.FLOAT
    onnx.save(model, path + ".tmp")
    exact = compare(wrapper, path + ".tmp")
    assert max(exact.values()) < 2e-4, exact
    halve(model)
    onnx.save(model, path + ".tmp")
    worst = compare(wrapper, path + ".tmp")
    os.replace(path + ".tmp", path)
    return worst


def compare(wrapper, path):
    """The largest difference to torch, by output, relative to the output's largest value."""
    import onnxruntime
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = {}
    for h, w in ((256, 256), (192, 320)):
        image = torch.rand(1, 3, h, w)
        with torch.no_grad():
            want = wrapper(image)
        for name, a, b in zip(OUTPUTS, want, session.run(None, {"image": image.numpy()})):
            assert tuple(a.shape) == b.shape, (name, a.shape, b.shape)
            error = float(np.abs(a.numpy() - b).max()) / max(1.0, float(a.abs().max()))
            worst[name] = max(worst.get(name, 0), error)
    return worst


if __name__ == "__main__":
    weights, out = sys.argv[1:3]
    worst = export(load(weights), out)
    print({k: f"{v:.1e}" for k, v in worst.items()}, f"{os.path.getsize(out) / 1e6:.2f} MB")
    if max(worst.values()) > 1e-2:
        sys.exit("differs from torch by more than f16 constants explain")
