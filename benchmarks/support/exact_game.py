"""The article's game on the line with the exact D*, in numpy: what G's own steps do to the JSD where D errs nowhere.

G is the preset's perceptron. P_G is the push-forward of a fixed lattice of latents under noise of 0.05, and so is P, so
that D* = p / (p + q) and its slope are known everywhere. G follows minimax by Adam; a step that changes V by more than
a tenth of V + 2 log 2 is cut.
"""

import math

import numpy as np
from scipy.stats import norm

WIDTH, LAYERS, LATTICE = 128, 3, 128
CELL, NOISE = 0.005, 0.05
GRID = np.arange(-9, 9 + CELL / 2, CELL)
TRUST, RATE = 0.1, 0.001


def blurred(density):
    kernel = np.exp(-0.5 * (np.arange(-60, 61) * CELL / NOISE) ** 2)
    return np.convolve(density, kernel / kernel.sum(), "same") + 1e-12


def lattice():
    axis = norm.ppf((np.arange(LATTICE) + 0.5) / LATTICE)
    return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")


class Generator:
    def __init__(self, seed):
        draw = np.random.default_rng(seed)
        sizes = [2] + [WIDTH] * LAYERS + [1]
        self.parameters = []
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
            bound = 1 / math.sqrt(inputs)
            gain = math.sqrt(6) if i < LAYERS else 1
            self.parameters.append(draw.uniform(-gain * bound, gain * bound, (inputs, outputs)).astype("float32"))
            self.parameters.append(draw.uniform(-bound, bound, outputs).astype("float32"))

    def layers(self, z):
        values = [z]
        for i in range(LAYERS + 1):
            x = values[-1] @ self.parameters[2 * i] + self.parameters[2 * i + 1]
            values.append(np.maximum(x, 0) if i < LAYERS else x)
        return values

    def gradients(self, values, slope):
        found, back = [None] * len(self.parameters), slope[:, None].astype("float32")
        for i in reversed(range(LAYERS + 1)):
            found[2 * i], found[2 * i + 1] = values[i].T @ back, back.sum(0)
            if i > 0:
                back = (back @ self.parameters[2 * i].T) * (values[i] > 0)
        return found

    def density(self, latents):
        x = np.clip(self.layers(latents)[-1][:, 0], GRID[1], GRID[-2])
        place = (x - GRID[0]) / CELL
        cell = place.astype(int)
        part = place - cell
        mass = np.bincount(cell, 1 - part, len(GRID)) + np.bincount(cell + 1, part, len(GRID))
        return blurred(mass / mass.sum() / CELL)


def js(p, q):
    middle = (p + q) / 2
    return 0.5 * CELL * np.sum(p * np.log(p / middle) + q * np.log(q / middle))


def value(p, q, logit):
    return -CELL * np.sum(p * np.logaddexp(0, -logit) + q * np.logaddexp(0, logit))


def play(density, seed, batch, beta1, steps=100):
    """The JSD before each step of G and after the last. `density`: of P, a function; `batch` 0: the whole lattice."""
    p, g, draw, latents = blurred(density(GRID)), Generator(seed), np.random.default_rng(seed + 1000), lattice()
    first, second = ([np.zeros_like(x) for x in g.parameters] for _ in range(2))
    found, radius = [], 1.0
    for t in range(1, steps + 1):
        q = g.density(latents)
        found.append(js(p, q))
        logit = np.log(p / q)
        z = latents if batch == 0 else draw.normal(size=(batch, 2)).astype("float32")
        values = g.layers(z)
        x = values[-1][:, 0]
        d = 1 / (1 + np.exp(-np.interp(x, GRID, logit)))
        gradients = g.gradients(values, -d * np.interp(x, GRID, np.gradient(logit, CELL)) / len(x))
        step = []
        for k, gradient in enumerate(gradients):
            first[k] = beta1 * first[k] + (1 - beta1) * gradient
            second[k] = 0.999 * second[k] + 0.001 * gradient**2
            step.append(RATE * radius * first[k] / (1 - beta1**t) / (np.sqrt(second[k] / (1 - 0.999**t)) + 1e-8))
        before, start, share = value(p, q, logit), g.parameters, 1.0
        for _ in range(4):
            g.parameters = [x - share * s for x, s in zip(start, step, strict=True)]
            reach = abs(value(p, g.density(latents), logit) - before) / max(1e-9, before + 2 * math.log(2)) / TRUST
            if reach <= 1:
                break
            share *= min(0.7, max(0.1, 0.9 / reach))
        radius = radius * 0.7 if share < 1 else min(1.0, radius * 1.25) if reach < 0.5 else radius
    return [*found, js(p, g.density(latents))]
