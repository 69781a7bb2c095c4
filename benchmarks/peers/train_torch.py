"""The training steps of benchmarks/train.cpp in PyTorch.

train_torch.py TASK VARIANT THREADS DEVICE: answers "losses N" and "steps N" from standard input, a JSON object a line.
TASK: dcgan, mlp, conv, residual. VARIANT: plain (as pytorch/examples/dcgan has it), tuned (channels_last and fused
Adam), compiled (tuned, through torch.compile).
"""

import json
import resource
import sys
import time

import numpy as np
import torch
from torch import nn


def hashed(shape, seed):
    with np.errstate(over="ignore"):
        h = (np.arange(np.prod(shape), dtype=np.uint32) + np.uint32(seed) * np.uint32(0x01000193)) * np.uint32(
            0x9E3779B1
        )
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
        h = h ^ (h >> np.uint32(16))
    return torch.from_numpy(((h >> np.uint32(8)).astype(np.float32) / 2**23 - 1).reshape(shape))


def dcgan(nz=100, ngf=64, ndf=64, nc=1):
    """The networks of pytorch/examples/dcgan, a layer shorter for 32x32 pixels."""
    g = nn.Sequential(
        nn.ConvTranspose2d(nz, ngf * 4, 4, 1, 0, bias=False),
        nn.BatchNorm2d(ngf * 4),
        nn.ReLU(True),
        nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ngf * 2),
        nn.ReLU(True),
        nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ngf),
        nn.ReLU(True),
        nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(nc, ndf, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ndf * 2),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(ndf * 2, ndf * 4, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ndf * 4),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(ndf * 4, 1, 4, 1, 0, bias=False),
        nn.Sigmoid(),
    )
    return g, d, hashed((128, nc, 32, 32), 1000), hashed((128, nz), 2000).mul(1.75)[:, :, None, None]


def mlp(width=128):
    def layers(out, activation):
        return [x for i in range(3) for x in (nn.Linear(width if i else 2, width), activation())] + [
            nn.Linear(width, out)
        ]

    g, d = nn.Sequential(*layers(2, nn.ReLU)), nn.Sequential(*layers(1, lambda: nn.LeakyReLU(0.2)), nn.Sigmoid())
    return g, d, hashed((512, 2), 1000), hashed((512, 2), 2000) * 1.75


def leaky(x):
    return nn.functional.leaky_relu(x, 0.2)


class Held(nn.Module):
    """One parameter as a module, whose place among the parameters is then that of its making."""

    def __init__(self, *shape):
        super().__init__()
        self.value = nn.Parameter(torch.zeros(shape))


class ConvG(nn.Module):
    """saddle/networks/conv.cpp at 28x28x1, width 32: the same parameters in the same order."""

    def __init__(self, width=32, latent=64):
        super().__init__()
        self.first = nn.Linear(latent, 49 * 2 * width, bias=False)
        self.stages = nn.ModuleList()
        for before, after in ((2 * width, width), (width, 1)):
            norms = nn.BatchNorm2d(before), nn.BatchNorm2d(before)
            kernel = nn.Conv2d(before, before, 3, padding=1, bias=False)
            up = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)
            self.stages.append(nn.ModuleList([norms[0], kernel, norms[1], up]))
        self.bias = Held(1, 1, 1)

    def forward(self, z):
        x = self.first(z).view(len(z), 7, 7, -1).permute(0, 3, 1, 2)
        for before, kernel, after, up in self.stages:
            x = up(torch.relu(after(kernel(torch.relu(before(x))))))
        return torch.tanh(x + self.bias.value)


class ConvD(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.last = nn.Linear(16 * 4 * width, 1)
        sizes = [1, width, 2 * width, 4 * width]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers:
            x = leaky(layer(nn.functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))))
        return self.last(x.permute(0, 2, 3, 1).flatten(1))[:, 0]


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.expand = nn.Parameter(torch.empty(2 * width, width))
        self.within = nn.Parameter(torch.empty(2 * width, 16, 3, 3))
        self.project = nn.Parameter(torch.empty(width, 2 * width))
        self.bias1, self.bias2 = (nn.Parameter(torch.empty(2 * width)) for _ in range(2))

    def forward(self, x):
        conv, wide = nn.functional.conv2d, self.expand.shape[0]
        y = leaky(conv(x, self.expand[:, :, None, None], self.bias1))
        y = leaky(conv(y, self.within, self.bias2, padding=1, groups=wide // 16))
        return x + conv(y, self.project[:, :, None, None])


class ResidualG(nn.Module):
    """saddle/networks/residual.cpp at 28x28x1, width 32, a block a size."""

    def __init__(self, width=32, latent=64):
        super().__init__()
        self.first = nn.Parameter(torch.empty(49 * 2 * width, latent))
        self.last = nn.Parameter(torch.empty(4, width))
        self.coarse = Block(2 * width)
        self.change = Held(width, 2 * width)
        self.fine = Block(width)

    def forward(self, z):
        x = (z @ self.first.T).view(len(z), 7, 7, -1).permute(0, 3, 1, 2)
        x = nn.functional.conv2d(self.coarse(x), self.change.value[:, :, None, None])
        x = self.fine(nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False))
        return nn.functional.pixel_shuffle(nn.functional.conv2d(x, self.last[:, :, None, None]), 2)


class ResidualD(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.first = nn.Parameter(torch.empty(width, 4))
        self.last = nn.Linear(2 * width, 1)
        self.fine = Block(width)
        self.change = Held(2 * width, width)
        self.coarse = Block(2 * width)
        self.places = Held(2 * width, 7, 7)

    def forward(self, x):
        conv = nn.functional.conv2d
        x = self.fine(conv(nn.functional.pixel_unshuffle(x, 2), self.first[:, :, None, None]))
        n, c, h, w = x.shape  # halved by the transpose of doubling
        x = torch.ops.aten.upsample_bilinear2d_backward(x, [h, w], [n, c, h // 2, w // 2], False) / 4
        x = self.coarse(conv(x, self.change.value[:, :, None, None]))
        return self.last((x * self.places.value).sum((2, 3)))[:, 0]


def pairs(g, d):
    return g, d, hashed((16, 1, 28, 28), 1000), hashed((16, 64), 2000) * 1.75


def set_pair_weights(network, seed):
    norms = {id(p) for m in network.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters()}
    weights = {id(m.weight) for m in network.modules() if isinstance(m, nn.BatchNorm2d)}
    for i, p in enumerate(network.parameters()):
        u = hashed(tuple(p.shape), seed + i)
        if p.ndim == 4:
            p.data = u * 0.035
        elif id(p) in norms:
            p.data = 1 + u * 0.035 if id(p) in weights else u * 0
        else:
            p.data = u / (p.shape[1] if p.ndim == 2 else 1) ** 0.5


def set_weights(network, seed):
    image = isinstance(network[0], (nn.Conv2d, nn.ConvTranspose2d))
    previous = None
    for i, p in enumerate(network.parameters()):
        u = hashed(tuple(p.shape), seed + i)
        if p.ndim == 4:
            p.data = u * 0.035
        elif image:  # batch norm's weight follows a convolution's, its bias follows it
            p.data = 1 + u * 0.035 if previous.ndim == 4 else u * 0
        else:
            p.data = u / (p.shape[1] if p.ndim == 2 else 1) ** 0.5
        previous = p


class Training:
    def __init__(self, task, variant, device):
        makers = {"conv": lambda: pairs(ConvG(), ConvD()), "residual": lambda: pairs(ResidualG(), ResidualD())}
        self.pairs, self.steps = task in makers, 0
        self.g, self.d, self.real, self.z = (makers | {"dcgan": dcgan, "mlp": mlp})[task]()
        for network, seed in ((self.g, 0), (self.d, 100)):
            (set_pair_weights if self.pairs else set_weights)(network, seed)
        self.g, self.d, self.real, self.z = (x.to(device) for x in (self.g, self.d, self.real, self.z))
        tuned = variant != "plain"
        if tuned and task != "mlp":
            self.g, self.d = (x.to(memory_format=torch.channels_last) for x in (self.g, self.d))
            self.real = self.real.to(memory_format=torch.channels_last)
        options = {"lr": 2e-5, "betas": (0.5, 0.999), "eps": 1e-4} | (
            {"fused": True} if tuned else {}
        )  # train.cpp says why
        self.adam_g = torch.optim.Adam(self.g.parameters(), **options)
        self.adam_d = torch.optim.Adam(self.d.parameters(), **options)
        self.criterion = nn.BCELoss()
        if variant == "compiled":
            self.g, self.d = torch.compile(self.g), torch.compile(self.d)

    def step(self):
        return self.step_of_pairs() if self.pairs else self.step_of_dcgan()

    def step_of_pairs(self):
        """The step of Saddle's preset images: one pass of D for both players, R1 and R2 every fourth step."""
        self.adam_d.zero_grad()
        self.adam_g.zero_grad()
        made = self.g(self.z)
        fake = made.detach().requires_grad_()
        real_logits, fake_logits = self.d(torch.cat([self.real, fake])).split(len(self.real))
        fake_logits.retain_grad()
        softplus = nn.functional.softplus
        err_d = loss = softplus(fake_logits - real_logits).mean()
        if self.steps % 4 == 0:
            for x in (self.real, fake):
                at = x.detach().requires_grad_()
                gradient = torch.autograd.grad(self.d(at).sum(), at, create_graph=True)[0]
                loss = loss + gradient.square().flatten(1).sum(1).mean() / 2
        self.steps += 1
        loss.backward()
        with torch.no_grad():
            difference = real_logits - fake_logits
            err_g = softplus(difference).mean()
            ratio = -torch.sigmoid(difference) / len(difference) / fake_logits.grad
        self.adam_d.step()
        made.backward(fake.grad * ratio.view(-1, 1, 1, 1))
        self.adam_g.step()
        return err_d, err_g

    def step_of_dcgan(self):
        """The loop body of pytorch/examples/dcgan, without data loading and printing."""
        label = torch.full((self.real.size(0),), 1.0, device=self.real.device)
        self.d.zero_grad()
        err_real = self.criterion(self.d(self.real).view(-1), label)
        err_real.backward()
        fake = self.g(self.z)
        label.fill_(0.0)
        err_fake = self.criterion(self.d(fake.detach()).view(-1), label)
        err_fake.backward()
        self.adam_d.step()
        self.g.zero_grad()
        label.fill_(1.0)
        err_g = self.criterion(self.d(fake).view(-1), label)
        err_g.backward()
        self.adam_g.step()
        return err_real + err_fake, err_g


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(task, variant, threads, device):
    torch.set_num_threads(int(threads))
    training = Training(task, variant, device)
    for line in sys.stdin:
        request, count = line.split()
        cpu, wall = processor_seconds(), time.perf_counter()
        losses = [training.step() for _ in range(int(count))]
        losses[-1][1].item()  # waits for the device
        reply = {"cpu": processor_seconds() - cpu, "wall": time.perf_counter() - wall}
        if request == "losses":
            reply["losses"] = [[d.item(), g.item()] for d, g in losses]
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
