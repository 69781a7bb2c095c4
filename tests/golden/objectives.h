// Golden values of the games, written by objectives.py.
#pragma once
#include <vector>

namespace saddle::golden {

struct Game {
  const char* name;
  double discriminator_loss, generator_loss;
  std::vector<double> discriminator_gradient, generator_gradient;  // by the real logits, then the fake ones
};

const std::vector<double> kRealLogits = {-3.0, -5.0e-1, 0.0, 1.25, 7.0};
const std::vector<double> kFakeLogits = {2.0, -1.0, 2.5e-1, -6.0};

const std::vector<Game> kGames = {
    {"minimax",
     1.8108816137170306,
     -0.81715120089444234,
     {-1.9051482536448664e-1, -1.2449186624037091e-1, -1.0e-1, -4.4540027765061771e-2, -1.8221023888012907e-4,
      2.2019926949447061e-1, 6.723535534249878e-2, 1.4054412522144953e-1, 6.1815578915869358e-4},
     {0.0, 0.0, 0.0, 0.0, 0.0, -2.2019926949447061e-1, -6.723535534249878e-2, -1.4054412522144953e-1,
      -6.1815578915869358e-4}},
    {"non_saturating",
     1.8108816137170306,
     2.0046512008944423,
     {-1.9051482536448664e-1, -1.2449186624037091e-1, -1.0e-1, -4.4540027765061771e-2, -1.8221023888012907e-4,
      2.2019926949447061e-1, 6.723535534249878e-2, 1.4054412522144953e-1, 6.1815578915869358e-4},
     {0.0, 0.0, 0.0, 0.0, 0.0, -2.9800730505529389e-2, -1.8276464465750122e-1, -1.0945587477855047e-1,
      -2.4938184421084131e-1}},
};

}  // namespace saddle::golden
