"""Times reading a folder of images by torchvision's ImageFolder with two workers; prints one JSON line an epoch.

Usage: load_torchvision.py FOLDER
"""

import json
import resource
import sys
import time

import torch
from torchvision import datasets, transforms

SIZE, BATCH, EPOCHS, WORKERS = 64, 128, 3, 2


def processor_seconds():
    """Of this process and of its workers, which end with each epoch."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    transform = transforms.Compose(
        [
            transforms.Resize(SIZE),
            transforms.CenterCrop(SIZE),
            transforms.ToTensor(),
            transforms.Normalize((0.5,) * 3, (0.5,) * 3),
        ]
    )
    wall, processor = time.monotonic(), processor_seconds()
    images = datasets.ImageFolder(sys.argv[1], transform)
    loader = torch.utils.data.DataLoader(images, BATCH, shuffle=True, num_workers=WORKERS)
    for _ in range(EPOCHS):
        total = values = 0
        for x, _ in loader:
            total += x.sum().item()
            values += x.numel()
        wall_now, processor_now = time.monotonic(), processor_seconds()
        print(
            json.dumps(
                {
                    "wall": wall_now - wall,
                    "processor": processor_now - processor,
                    "images": len(images),
                    "mean": total / values,
                }
            )
        )
        wall, processor = wall_now, processor_now


if __name__ == "__main__":
    main()
