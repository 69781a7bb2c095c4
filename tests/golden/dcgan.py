"""Writes dcgan.h: what PyTorch computes, in float64, for small DCGANs whose weights and data come from a hash.

python tests/golden/dcgan.py | clang-format > tests/golden/dcgan.h     (needs torch)
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CASES = [(1, 16, 4), (3, 32, 4), (1, 16, 16)]  # channels, side, width
LATENT, BATCH, STEPS = 8, 8, 10


def hashed(shape, seed):
    """Uniform on [-1, 1), the same in C++: tests/networks/dcgan_test.cpp."""
    with np.errstate(over="ignore"):
        h = (np.arange(np.prod(shape), dtype=np.uint32) + np.uint32(seed) * np.uint32(0x01000193)) * np.uint32(
            0x9E3779B1
        )
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
        h = h ^ (h >> np.uint32(16))
    return torch.from_numpy(((h >> np.uint32(8)).astype(np.float64) / 2**23 - 1).reshape(shape))


def networks(channels, side, width):
    widths = [width * 2**i for i in range(int(np.log2(side)) - 2)]
    g, size = [], LATENT
    for i, out in enumerate(reversed(widths)):
        g += [
            nn.ConvTranspose2d(size, out, 4, 2 if i else 1, 1 if i else 0, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
        ]
        size = out
    g += [nn.ConvTranspose2d(size, channels, 4, 2, 1, bias=False), nn.Tanh()]
    d, size = [], channels
    for i, out in enumerate(widths):
        d += [nn.Conv2d(size, out, 4, 2, 1, bias=False)] + ([nn.BatchNorm2d(out)] if i else []) + [nn.LeakyReLU(0.2)]
        size = out
    d += [nn.Conv2d(size, 1, 4, 1, 0, bias=False), nn.Flatten(0)]
    result = [nn.Sequential(*layers).double() for layers in (g, d)]
    for role, network in enumerate(result):
        previous = None
        for i, parameter in enumerate(network.parameters()):
            gain = 1 if parameter.ndim == 1 and previous.ndim == 4 else 0
            # as float32 has it, since Saddle's weights are float32
            parameter.data = (hashed(tuple(parameter.shape), 100 * role + i) * 0.3 + gain).float().double()
            previous = parameter
    return result


def projections(tensors):
    """A fixed random projection of each tensor."""
    return [float((x * hashed(tuple(x.shape), 7)).sum()) for x in tensors]


def data(step, channels, side):
    return hashed((BATCH, channels, side, side), 1000 + step).float().double() * 0.875, hashed(
        (BATCH, LATENT), 2000 + step
    ) * 1.75


def forward_and_gradients(channels, side, width):
    g, d = networks(channels, side, width)
    real, z = data(0, channels, side)
    fake = g(z[:, :, None, None])
    logits = d(fake)
    F.softplus(-logits).mean().backward()
    with torch.no_grad():
        d.eval()
        quiet = d(real)
    return {
        "fake": projections([fake.detach()])[0],
        "logits": logits.tolist(),
        "logits_outside_training": quiet.tolist(),
        "generator_gradients": projections([p.grad for p in g.parameters()]),
        "discriminator_gradients": projections([p.grad for p in d.parameters()]),
    }


def training(channels, side, width):
    """The step of pytorch/examples/dcgan: one forward of G serves both."""
    g, d = networks(channels, side, width)
    adam_g, adam_d = (torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in (g, d))
    losses = {"discriminator_losses": [], "generator_losses": []}
    for step in range(STEPS):
        real, z = data(step, channels, side)
        adam_d.zero_grad()
        fake = g(z[:, :, None, None])
        loss_d = F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()
        loss_d.backward()
        adam_d.step()
        adam_g.zero_grad()
        loss_g = F.softplus(-d(fake)).mean()
        loss_g.backward()
        adam_g.step()
        losses["discriminator_losses"].append(loss_d.item())
        losses["generator_losses"].append(loss_g.item())
    return losses


def text(x):
    return "{" + ", ".join(f"{v:.12g}" for v in x) + "}" if isinstance(x, list) else f"{x:.12g}"


rows = [
    dict(zip(("channels", "side", "width"), case)) | forward_and_gradients(*case) | training(*case) for case in CASES
]
print("// Golden values of small DCGANs, written by dcgan.py.")
print("#pragma once\n#include <vector>\n\nnamespace saddle::golden {\n\nstruct Dcgan {")
for name, x in rows[0].items():
    print(f"  {'int' if isinstance(x, int) else 'std::vector<double>' if isinstance(x, list) else 'double'} {name};")
print("};\n\nconst std::vector<Dcgan> kDcgans = {")
print(",\n".join("    {" + ",\n     ".join(text(x) for x in row.values()) + "}" for row in rows))
print("};\n\n}  // namespace saddle::golden")
