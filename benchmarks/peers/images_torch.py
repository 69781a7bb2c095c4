"""The DCGAN of pytorch/examples on images, and the classifier whose features score all samples.

images_torch.py dcgan IMAGES.npy OUT SECONDS[,SECONDS...] SEED [BATCH RATE]: trains for so many processor seconds on one
  thread, time for writing samples not counted, and writes OUT_SECONDS.npy, 10,000 samples each.
images_torch.py classifier IMAGES.npy LABELS.npy FILE: trains a small classifier and keeps it.
images_torch.py score FILE REAL.npy OTHER_REAL.npy SAMPLES.npy [LABELS.npy]: prints the Frechet distance of the samples
  to REAL on the classifier's 128 features, in units in which OTHER_REAL, as many real images, is 0.01 away; with the
  labels that the samples were asked for, also the share that the classifier agrees with.
Images are uint8 [n, 28, 28]; the DCGAN sees them padded to 32 pixels, as the example's sizes ask.
"""

import json
import resource
import sys

import numpy as np
import torch
from torch import nn
from train_torch import dcgan

SAMPLES, LATENT = 10_000, 100


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def initialise(module):
    """As the example does."""
    name = type(module).__name__
    if name.startswith("Conv"):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif name.startswith("BatchNorm"):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def write_samples(g, path):
    with torch.no_grad():
        parts = [g(torch.randn(500, LATENT, 1, 1)) for _ in range(SAMPLES // 500)]
    pixels = ((torch.cat(parts)[:, 0, 2:30, 2:30] + 1) * 127.5).round().clamp(0, 255)
    np.save(path, pixels.numpy().astype(np.uint8))


def batches(images, batch):
    while True:
        order = torch.randperm(len(images))
        for i in range(0, len(images) - batch + 1, batch):
            yield nn.functional.pad(images[order[i : i + batch]].float() / 127.5 - 1, (2, 2, 2, 2), value=-1.0)[:, None]


def train(images, out, budgets, batch, rate):
    """The loop of pytorch/examples/dcgan/main.py."""
    g, d, *_ = dcgan(LATENT)
    g.apply(initialise)
    d.apply(initialise)
    loss = nn.BCELoss()
    step_d, step_g = (torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999)) for net in (d, g))
    ones, zeros = torch.ones(batch), torch.zeros(batch)
    seen, spent, began = 0, 0.0, processor_seconds()
    for real in batches(images, batch):
        d.zero_grad()
        loss(d(real).view(-1), ones).backward()
        fake = g(torch.randn(batch, LATENT, 1, 1))
        loss(d(fake.detach()).view(-1), zeros).backward()
        step_d.step()
        g.zero_grad()
        loss(d(fake).view(-1), ones).backward()
        step_g.step()
        seen += batch
        if spent + processor_seconds() - began >= budgets[0]:
            spent += processor_seconds() - began
            print(json.dumps({"seconds": spent, "samples": seen}), flush=True)
            write_samples(g, f"{out}_{budgets.pop(0):.0f}.npy")
            if not budgets:
                return
            began = processor_seconds()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for before, after in ((1, 32), (32, 64)):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
            layers += [nn.Conv2d(after, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
        self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU())
        self.last = nn.Linear(128, 10)

    def forward(self, x):
        return self.last(self.features(x))


def prepared(images):
    return torch.from_numpy(np.array(images, np.float32)).reshape(-1, 1, 28, 28) / 127.5 - 1


def learn(images, labels, file, epochs=8, batch=128):
    x, y, net = prepared(images), torch.from_numpy(labels.astype(np.int64)), Classifier()
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=epochs * (len(x) // batch))
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(0, len(x) - batch + 1, batch):
            rows = order[i : i + batch]
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    torch.save(net.state_dict(), file)


def in_blocks(function, images):
    x = prepared(images)
    with torch.no_grad():
        return torch.cat([function(x[i : i + 500]) for i in range(0, len(x), 500)]).double().numpy()


def frechet_distance(a, b):
    """Between two sets of features; the square root's trace by the eigenvalues of a symmetric matrix."""
    mean = a.mean(0) - b.mean(0)
    first, second = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    return mean @ mean + np.trace(first + second) - 2 * np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()


def score(file, real, other, samples, asked=None):
    net = Classifier()
    net.load_state_dict(torch.load(file))
    net.eval()
    at, floor, made = (in_blocks(net.features, x) for x in (real, other, samples))
    result = {"distance": 0.01 * frechet_distance(made, at) / frechet_distance(floor, at)}
    if asked is not None:
        result["right"] = float((in_blocks(net, samples).argmax(1) == asked).mean())
    print(json.dumps(result))


def main():
    torch.set_num_threads(1)
    command, *words = sys.argv[1:]
    if command == "dcgan":
        images, out, seconds, seed, *rest = words
        torch.manual_seed(int(seed))
        batch, rate = (int(rest[0]), float(rest[1])) if rest else (128, 2e-4)
        train(torch.from_numpy(np.load(images)), out, [float(s) for s in seconds.split(",")], batch, rate)
    elif command == "classifier":
        torch.manual_seed(0)
        learn(np.load(words[0]), np.load(words[1]), words[2])
    else:
        score(words[0], *(np.load(file) for file in words[1:]))


if __name__ == "__main__":
    main()
