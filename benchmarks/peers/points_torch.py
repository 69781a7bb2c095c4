"""A plain GAN and WGAN-GP on points in PyTorch, with the networks of Saddle's preset `points`.

points_torch.py METHOD TARGET SEED STEPS LOOKS THREADS FOLDER RATE BETA1 BETA2: trains, and at each look writes the
generator's weights to FOLDER/<n>.safetensors and prints {"seconds": ..., "samples": ..., "file": ...}; looking is
outside of the time. METHOD: gan (non-saturating), wgan_gp (5 steps of D, penalty 0.1). Both with fused Adam and a batch
of 512, on standardised points. G ends in noise as Saddle's does: its size, one a coordinate, is learnt from 0.05, and
its entropy stands in G's loss with the weight 0.01.
"""

import json
import struct
import sys
import time

import torch
from torch import nn
from torch.nn.functional import softplus

BATCH, WIDTH = 512, 128
NOISE, ENTROPY = 0.05, 0.01


def draw(target, n, rng):
    noise = torch.randn(n, 2, generator=rng)
    if target == "ring":
        angle = 2 * torch.pi / 8 * torch.randint(8, (n,), generator=rng)
        return torch.stack([angle.cos(), angle.sin()], 1) + 0.01 * noise
    return 2.0 * torch.randint(-2, 3, (n, 2), generator=rng) + 0.05 * noise


def mlp(out, activation):
    return nn.Sequential(
        *[m for i in range(3) for m in (nn.Linear(WIDTH if i else 2, WIDTH), activation())], nn.Linear(WIDTH, out)
    )


class Generator(nn.Module):
    """An MLP that ends in noise."""

    def __init__(self):
        super().__init__()
        self.layers = mlp(2, nn.ReLU)
        self.log_noise = nn.Parameter(torch.full((2,), NOISE).log())

    def forward(self, n, rng):
        noise = self.log_noise.exp() * torch.randn(n, 2, generator=rng)
        return self.layers(torch.randn(n, 2, generator=rng)) + noise


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, x in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(x.shape), "data_offsets": [offset, offset + 4 * x.numel()]}
        offset += 4 * x.numel()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for x in tensors.values():
            file.write(x.detach().contiguous().numpy().tobytes())


def main():
    method, target, folder = sys.argv[1], sys.argv[2], sys.argv[7]
    seed, steps, looks, threads = map(int, sys.argv[3:7])
    rate, *betas = map(float, sys.argv[8:11])
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    first = draw(target, 10000, rng)
    loc, scale = first.mean(0), first.std(0)
    g, d = Generator(), mlp(1, lambda: nn.LeakyReLU(0.2))
    critic_steps = 1 if method == "gan" else 5
    adam_g, adam_d = (torch.optim.Adam(m.parameters(), rate, betas, fused=True) for m in (g, d))

    def look(step, seconds):
        linears = [m for m in g.layers if isinstance(m, nn.Linear)]
        state = {f"linear{i}.{kind}": getattr(m, kind) for i, m in enumerate(linears) for kind in ("weight", "bias")}
        path = f"{folder}/{step}.safetensors"
        write_safetensors(path, {**state, "log_noise": g.log_noise, "loc": loc, "scale": scale})
        print(json.dumps({"seconds": seconds, "samples": step * critic_steps * BATCH, "file": path}), flush=True)

    seconds, began = 0.0, time.perf_counter()
    for step in range(1, steps + 1):
        for _ in range(critic_steps):
            real = (draw(target, BATCH, rng) - loc) / scale
            with torch.no_grad():
                fake = g(BATCH, rng)
            adam_d.zero_grad()
            if method == "gan":
                loss = softplus(-d(real)).mean() + softplus(d(fake)).mean()
            else:
                mix = torch.rand(BATCH, 1, generator=rng)
                between = (mix * real + (1 - mix) * fake).requires_grad_()
                slope = torch.autograd.grad(d(between).sum(), between, create_graph=True)[0].norm(dim=1)
                loss = d(fake).mean() - d(real).mean() + 0.1 * (slope - 1).square().mean()
            loss.backward()
            adam_d.step()
        adam_g.zero_grad()
        d.requires_grad_(False)
        logits = d(g(BATCH, rng))
        loss = softplus(-logits).mean() if method == "gan" else -logits.mean()
        (loss - ENTROPY * g.log_noise.sum()).backward()
        d.requires_grad_(True)
        adam_g.step()
        if step * looks // steps > (step - 1) * looks // steps:
            seconds += time.perf_counter() - began
            look(step, seconds)
            began = time.perf_counter()


if __name__ == "__main__":
    main()
