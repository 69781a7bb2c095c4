"""Writes objectives.h: each game's losses and gradients, from the papers' formulas in 50 digits.

python tests/golden/objectives.py | clang-format > tests/golden/objectives.h     (needs mpmath)
"""
from mpmath import mp, mpf, exp, log, diff

mp.dps = 50
REAL = [mpf(x) for x in ("-3", "-0.5", "0", "1.25", "7")]
FAKE = [mpf(x) for x in ("2", "-1", "0.25", "-6")]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def mean(f, xs):
    return sum(f(x) for x in xs) / len(xs)


def minus_value(real, fake):
    return -mean(lambda x: log(sigmoid(x)), real) - mean(lambda x: log(1 - sigmoid(x)), fake)


GAMES = {
    "minimax": (minus_value, lambda real, fake: mean(lambda x: log(1 - sigmoid(x)), fake)),
    "non_saturating": (minus_value, lambda real, fake: mean(lambda x: -log(sigmoid(x)), fake)),
}


def gradient(loss, real, fake):
    logits = real + fake
    n = len(real)
    result = []
    for i in range(len(logits)):
        at = lambda x: loss((logits[:i] + [x] + logits[i + 1:])[:n], (logits[:i] + [x] + logits[i + 1:])[n:])
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
