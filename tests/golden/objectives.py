"""Writes objectives.h: each game's losses and gradients, from the papers' formulas in 50 digits.

python tests/golden/objectives.py | clang-format > tests/golden/objectives.h     (needs mpmath)
"""

from mpmath import diff, exp, lambertw, log, mp, mpf, sqrt, tanh

mp.dps = 50
REAL = [mpf(x) for x in ("-3", "-0.5", "0", "1.25", "7")]
FAKE = [mpf(x) for x in ("2", "-0.75", "0.25", "-6", "4.5")]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def mean(f, xs):
    return sum(f(x) for x in xs) / len(xs)


def minus_value(real, fake):
    return -mean(lambda x: log(sigmoid(x)), real) - mean(lambda x: log(1 - sigmoid(x)), fake)


def softplus(x):
    return log(1 + exp(x))


def relu(x):
    return x if x > 0 else mpf(0)


# The f-GAN games from tables 2 and 6 of Nowozin et al. 2016: the activation g, increasing, and the conjugate f*.
F_GANS = {
    "kl": (lambda v: v, lambda t: exp(t - 1)),
    "reverse_kl": (lambda v: -exp(-v), lambda t: -1 - log(-t)),
    # over u >= 0, so that the supremum lies at u = 0 below t = -2
    "pearson_chi2": (lambda v: v, lambda t: t * t / 4 + t if t > -2 else mpf(-1)),
    "neyman_chi2": (lambda v: 1 - exp(-v), lambda t: 2 - 2 * sqrt(1 - t)),
    "squared_hellinger": (lambda v: 1 - exp(-v), lambda t: t / (1 - t)),
    "jeffrey": (lambda v: v, lambda t: lambertw(exp(1 - t)).real + 1 / lambertw(exp(1 - t)).real + t - 2),
    "js": (lambda v: log(2) - softplus(-v), lambda t: -log(2 - exp(t))),
    "gan": (lambda v: -softplus(-v), lambda t: -log(1 - exp(t))),
    "total_variation": (lambda v: tanh(v) / 2, lambda t: t),
}


def f_gan(activation, conjugate):
    composed = lambda v: conjugate(activation(v))
    return (lambda real, fake: mean(composed, fake) - mean(activation, real), lambda real, fake: -mean(composed, fake))


def ranked(above, below):
    return sum(softplus(b - a) for a, b in zip(above, below)) / len(above)


GAMES = {
    "minimax": (minus_value, lambda real, fake: mean(lambda x: log(1 - sigmoid(x)), fake)),
    "non_saturating": (minus_value, lambda real, fake: mean(lambda x: -log(sigmoid(x)), fake)),
    "least_squares": (
        lambda real, fake: mean(lambda x: (x - 1) ** 2, real) / 2 + mean(lambda x: x**2, fake) / 2,
        lambda real, fake: mean(lambda x: (x - 1) ** 2, fake) / 2,
    ),
    "hinge": (
        lambda real, fake: mean(lambda x: relu(1 - x), real) + mean(lambda x: relu(1 + x), fake),
        lambda real, fake: -mean(lambda x: x, fake),
    ),
    "wasserstein": (
        lambda real, fake: mean(lambda x: x, fake) - mean(lambda x: x, real),
        lambda real, fake: -mean(lambda x: x, fake),
    ),
    "relativistic": (lambda real, fake: ranked(real, fake), lambda real, fake: ranked(fake, real)),
    **{"fgan_" + name: f_gan(*row) for name, row in F_GANS.items()},
}


def gradient(loss, real, fake):
    logits = real + fake
    n = len(real)
    result = []
    for i in range(len(logits)):
        at = lambda x: loss((logits[:i] + [x] + logits[i + 1 :])[:n], (logits[:i] + [x] + logits[i + 1 :])[n:])
        result.append(diff(at, logits[i]))
    return result


def numbers(xs):
    return "{" + ", ".join(mp.nstr(x, 17, min_fixed=-1, max_fixed=1) for x in xs) + "}"


print("// Golden values of the games, written by objectives.py.")
print("#pragma once\n#include <vector>\n")
print("namespace saddle::golden {\n")
print("struct Game {")
print("  const char* name;")
print("  double discriminator_loss, generator_loss;")
print("  std::vector<double> discriminator_gradient, generator_gradient;  // by the real logits, then the fake ones")
print("};\n")
print(f"const std::vector<double> kRealLogits = {numbers(REAL)};")
print(f"const std::vector<double> kFakeLogits = {numbers(FAKE)};\n")
print("const std::vector<Game> kGames = {")
for name, losses in GAMES.items():
    print(f'    {{"{name}",')
    print("     " + ", ".join(mp.nstr(loss(REAL, FAKE), 17) for loss in losses) + ",")
    print(",\n".join("     " + numbers(gradient(loss, REAL, FAKE)) for loss in losses) + "},")
print("};\n")
print("}  // namespace saddle::golden")
