// Plays a game of one's own: least squares with the labels -1, 1 and 0, which the table's row has not.
#include <ATen/ATen.h>

#include <cstdio>

#include "examples/ring_game.h"

using namespace saddle;

namespace {

/// Source: Mao et al. 2017, Least Squares Generative Adversarial Networks, eq. 8.
const Objective kLeastSquares = {
    "pearson_least_squares",
    "D regresses to 1 on real and -1 on fake samples, G to 0",
    [](const Tensor& real, const Tensor& fake) {
      return ((real - 1).square().mean() + (fake + 1).square().mean()) / 2;
    },
    [](const Tensor&, const Tensor& fake) { return fake.square().mean() / 2; },
    /*logits_are_log_odds=*/false,  // so that nobody takes V(D, G) of this D for a bound on the JSD
};

}  // namespace

int main() {
  example::RingGame ring;
  Game game = ring.game();
  game.objective = &kLeastSquares;
  Network& generator = *game.generator;  // the trainer owns it from here on
  Trainer trainer(std::move(game), ring.options, at::kCPU);
  const Outcome outcome = trainer.run(ring.schedule(), {});

  // Which of the ring's eight centres have a generated point within 0.2?
  Rng latents = make_rng(2, "latents");
  const Tensor x = generate(generator, ring.options.latent_dim, 2000, latents, at::kCPU);
  const Tensor angle = at::arange(8) * (2 * 3.141592653589793 / 8);
  const Tensor centres = at::stack({angle.cos(), angle.sin()}, 1);
  const auto reached = (std::get<0>(at::cdist(centres, x).min(1)) < 0.2).sum().item<int64_t>();
  std::printf("after %ld samples the generator reaches %ld of 8 centres\n", static_cast<long>(trainer.samples()),
              static_cast<long>(reached));
  return outcome == Outcome::finished && reached >= 4 ? 0 : 1;
}
