// Implements the average of a generator.
#include "saddle/training/ema.h"

namespace saddle {

void update_average(Network& average, const Network& network, int64_t passed, int64_t seen, int64_t half_life) {
  const at::NoGradGuard no_grad;
  const double half = std::min(static_cast<double>(half_life), static_cast<double>(seen) / 10);
  const double keep = half > 0 ? std::exp2(-static_cast<double>(passed) / half) : 0;
  const auto move = [keep](const Network::NamedTensors& to, const Network::NamedTensors& from) {
    for (size_t i = 0; i < to.size(); ++i) {
      Tensor target = to[i].second;
      if (target.is_floating_point())
        target.lerp_(from[i].second, 1 - keep);
      else
        target.copy_(from[i].second);
    }
  };
  move(average.parameters(), network.parameters());
  move(average.buffers(), network.buffers());
}

}  // namespace saddle
