"""The training steps of benchmarks/train.cpp in PyTorch.

train_torch.py TASK VARIANT THREADS DEVICE: answers "losses N" and "steps N" from standard input, a JSON object a line.
TASK: dcgan, mlp.  VARIANT: plain (as pytorch/examples/dcgan has it), tuned (channels_last and fused Adam), compiled
(tuned, through torch.compile).
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
        self.g, self.d, self.real, self.z = {"dcgan": dcgan, "mlp": mlp}[task]()
        set_weights(self.g, 0)
        set_weights(self.d, 100)
        self.g, self.d, self.real, self.z = (x.to(device) for x in (self.g, self.d, self.real, self.z))
        tuned = variant != "plain"
        if tuned and task == "dcgan":
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
