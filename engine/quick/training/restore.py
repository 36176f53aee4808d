"""restore.py LAYERS.onnx OUT.pt: weights to go on training from, out of the file that export.py made.

Normalisation is folded into convolutions there. What it held is measured on generated samples, so that a
network in training, which normalises by its batch, begins where the file ends.
"""
import random
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

import generator
from network import Network

SAMPLES, SIDE = 100, 512


class Constants:
    """Of the graph, by the name that a node reads; f16 stands behind a Cast."""

    def __init__(self, graph):
        self.of = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self.of |= {n.output[0]: self.of[n.input[0]] for n in graph.node if n.op_type == "Cast" and n.input[0] in self.of}

    def __contains__(self, name):
        return name in self.of

    def __getitem__(self, name):
        return torch.from_numpy(self.of[name].astype(np.float32))


def in_order(network, *kinds):
    """Names of the modules of these kinds as a picture meets them."""
    met = []
    hooks = [m.register_forward_hook(lambda *_, name=name: met.append(name)) for name, m in network.named_modules() if isinstance(m, kinds)]
    with torch.no_grad():
        network(torch.rand(1, 3, 128, 160))
    for h in hooks:
        h.remove()
    return met


def restore(path):
    """The network as the file has it, and the normalisation behind each convolution, which does nothing but add."""
    graph = onnx.load(path).graph
    constants, network = Constants(graph), Network().eval()
    modules = dict(network.named_modules())
    names = in_order(network, nn.Conv2d, nn.BatchNorm2d)
    norms = {a: b for a, b in zip(names, names[1:]) if isinstance(modules[a], nn.Conv2d) and isinstance(modules[b], nn.BatchNorm2d)}
    with torch.no_grad():
        for name, p in network.named_parameters():
            if f"network.{name}" in constants:
                p.copy_(constants[f"network.{name}"])
        convolutions = [n for n in names if isinstance(modules[n], nn.Conv2d)]
        for name, node in zip(convolutions, (n for n in graph.node if n.op_type == "Conv"), strict=True):
            modules[name].weight.copy_(constants[node.input[1]])
            if name in norms:
                norm = modules[norms[name]]
                norm.weight.fill_(1), norm.running_mean.fill_(0), norm.running_var.fill_(1 - norm.eps)
                norm.bias.copy_(constants[node.input[2]])
        products = [n for n in graph.node if n.op_type == "MatMul" and any(i in constants for i in n.input)]
        for name, node in zip(in_order(network, nn.Linear), products, strict=True):
            modules[name].weight.copy_(next(constants[i] for i in node.input if i in constants).T)
    return network, [modules[n] for n in norms.values()]


def measure(network, norms):
    """Gives each normalisation the mean and variance of what it meets, and leaves what it does as it was."""
    sums = {norm: [0, 0, 0] for norm in norms}

    def add(norm, x, _):
        x, s = x[0].double(), sums[norm]
        s[0], s[1], s[2] = s[0] + x.numel() / x.shape[1], s[1] + x.sum((0, 2, 3)), s[2] + (x * x).sum((0, 2, 3))
    hooks = [norm.register_forward_hook(add) for norm in norms]
    r, assets = random.Random(5), generator.Assets("train")
    with torch.no_grad():
        for _ in range(SAMPLES):
            network(torch.from_numpy(generator.sample(r, assets, SIDE)["image"]).permute(2, 0, 1)[None].float() / 255)
        for h in hooks:
            h.remove()
        for norm, (n, total, squares) in sums.items():
            mean = total / n
            variance = (squares / n - mean ** 2).clamp(min=1e-6)
            norm.bias += mean.float()
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.running_mean.copy_(mean), norm.running_var.copy_(variance)


if __name__ == "__main__":
    network, norms = restore(sys.argv[1])
    picture = torch.rand(1, 3, 256, 256)
    with torch.no_grad():
        before = network(picture)
        measure(network, norms)
        after = network(picture)
    worst = max(float((before[k] - after[k]).abs().max() / before[k].abs().max()) for k in before)
    torch.save({k: v.half() for k, v in network.state_dict().items() if "num_batches" not in k}, sys.argv[2])
    print(f"{len(norms)} normalisations measured; outputs differ by {worst:.1e}")
    if worst > 1e-3:
        sys.exit("the restored network is another one")
