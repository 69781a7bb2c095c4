"""Loads what `saddle export RUN --out g.safetensors` wrote as a PyTorch module, and draws from it.

Usage: load_in_pytorch.py g.safetensors [N]
"""

import functools
import json
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open

# What each operator of the file does to its inputs `i`, with its attributes `a` and the numbers `n` that inputs may be.
OPERATORS = {
    "Add": lambda i, a, n: i[0] + i[1],
    "ArgMax": lambda i, a, n: i[0].argmax(1),
    "BatchNormalization": lambda i, a, n: F.batch_norm(i[0], *i[3:], *i[1:3], eps=a["epsilon"]),
    "Cast": lambda i, a, n: i[0].to({1: torch.float32, 11: torch.float64}[a["to"]]),
    "Clip": lambda i, a, n: i[0].clamp(i[1], i[2]),
    "Concat": lambda i, a, n: torch.cat(i, a["axis"]),
    "Conv": lambda i, a, n: F.conv2d(*i, None, a.get("strides", 1), a.get("pads", [0])[0], 1, a.get("group", 1)),
    "ConvTranspose": lambda i, a, n: F.conv_transpose2d(*i, None, a.get("strides", 1), a.get("pads", [0])[0]),
    "DepthToSpace": lambda i, a, n: F.pixel_shuffle(i[0], a["blocksize"]),
    "Div": lambda i, a, n: i[0] / i[1],
    "Erf": lambda i, a, n: i[0].erf(),
    "Exp": lambda i, a, n: i[0].exp(),
    "Flatten": lambda i, a, n: i[0].flatten(1),
    "Gather": lambda i, a, n: i[0][i[1]],
    "Gemm": lambda i, a, n: F.linear(*i),
    "Identity": lambda i, a, n: i[0],
    "LeakyRelu": lambda i, a, n: F.leaky_relu(i[0], a["alpha"]),
    "Log": lambda i, a, n: i[0].log(),
    "Mul": lambda i, a, n: i[0] * i[1],
    "Neg": lambda i, a, n: -i[0],
    "OneHot": lambda i, a, n: F.one_hot(i[0], n[1][0]).float(),
    "Pad": lambda i, a, n: F.pad(
        i[0], [n[1][3], n[1][7], n[1][2], n[1][6]], "replicate" if a.get("mode") == "edge" else "constant"
    ),
    "ReduceSum": lambda i, a, n: i[0].sum(n[1], keepdim=a.get("keepdims", 1) == 1),
    "Relu": lambda i, a, n: i[0].relu(),
    "Reshape": lambda i, a, n: i[0].reshape(n[1]),
    "Resize": lambda i, a, n: F.interpolate(i[0], scale_factor=2, mode="bilinear"),
    "Slice": lambda i, a, n: i[0].narrow(n[3][0], n[1][0], n[2][0] - n[1][0]),
    "Squeeze": lambda i, a, n: i[0].squeeze(n[1]),
    "Sub": lambda i, a, n: i[0] - i[1],
    "Tanh": lambda i, a, n: i[0].tanh(),
    "Transpose": lambda i, a, n: i[0].permute(a["perm"]),
    "Unsqueeze": lambda i, a, n: functools.reduce(torch.unsqueeze, n[1], i[0]),
    "Where": lambda i, a, n: torch.where(*i),
}


class Player(torch.nn.Module):
    """G or D of a run, whose weights are parameters; in their names `_` stands for the checkpoint's dots."""

    def __init__(self, path):
        super().__init__()
        self.numbers = {}
        with safe_open(path, "pt") as file:
            self.facts = file.metadata()
            self.graph = json.loads(self.facts["graph"])
            for name in file.keys():
                x, attribute = file.get_tensor(name), name.replace(".", "_")
                if x.dtype == torch.int64:
                    self.numbers[name] = x.tolist()
                elif name in self.graph["parameters"]:
                    self.register_parameter(attribute, torch.nn.Parameter(x))
                else:
                    self.register_buffer(attribute, x)

    def forward(self, *inputs):
        """What Saddle computes of z, or of x, and labels where the network takes some."""
        values = dict(zip([port["name"] for port in self.graph["inputs"]], inputs, strict=True))
        for node in self.graph["nodes"]:
            numbers = [self.numbers.get(name) for name in node["inputs"]]
            taken = [
                values[name] if name in values else getattr(self, name.replace(".", "_"), None)
                for name in node["inputs"]
            ]
            values[node["output"]] = OPERATORS[node["op"]](taken, node["attributes"], numbers)
        return values[self.graph["outputs"][0]["name"]]


def main():
    player = Player(sys.argv[1]).eval()
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    inputs = [torch.randn(n, *player.graph["inputs"][0]["shape"])]
    if len(player.graph["inputs"]) > 1:
        inputs.append(torch.arange(n) % len(json.loads(player.facts["labels"])))
    with torch.no_grad():
        print(player(*inputs).shape, player.facts["x"])


if __name__ == "__main__":
    main()
