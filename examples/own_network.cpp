// Trains with a network of one's own: a generator that adds to its latents, block by block.
#include <ATen/ATen.h>

#include <cstdio>

#include "examples/ring_game.h"

using namespace saddle;

namespace {

/// x <- x + W2 relu(W1 x + b), three times, from latents in the plane to points in the plane.
class ResidualGenerator final : public Network {
 public:
  explicit ResidualGenerator(uint64_t seed) {
    for (int i = 0; i < 3; ++i) {
      const std::string name = "block" + std::to_string(i);
      Rng rng = make_rng(seed, name);  // weights depend on the name alone, not on the order of their making
      in_.push_back(add_parameter(name + ".in", randn({128, 2}, rng)));
      bias_.push_back(add_parameter(name + ".bias", randn({128}, rng)));
      out_.push_back(add_parameter(name + ".out", randn({2, 128}, rng) * 0.1));
    }
  }

  Tensor forward(const Tensor& z) override {
    Tensor x = z;
    for (size_t i = 0; i < in_.size(); ++i) x = x + at::linear(at::relu(at::linear(x, in_[i], bias_[i])), out_[i]);
    return x;
  }

 private:
  std::vector<Tensor> in_, bias_, out_;
};

/// The mean distance of generated points from the circle on which the ring's centres lie.
double distance_from_circle(Network& generator) {
  Rng latents = make_rng(2, "latents");
  const Tensor x = generate(generator, /*latent_dim=*/2, 2000, latents, at::kCPU);
  return (x.norm(2, 1) - 1).abs().mean().item<double>();
}

}  // namespace

int main() {
  example::RingGame ring;
  Game game = ring.game();
  game.generator = std::make_unique<ResidualGenerator>(/*seed=*/1);
  Network& generator = *game.generator;  // the trainer owns it from here on
  Trainer trainer(std::move(game), ring.options, at::kCPU);

  const double before = distance_from_circle(generator);
  const Outcome outcome = trainer.run(ring.schedule(), {});
  const double after = distance_from_circle(generator);
  std::printf("mean distance from the ring: %.3f before, %.3f after %ld samples\n", before, after,
              static_cast<long>(trainer.samples()));
  return outcome == Outcome::finished && after < before / 3 ? 0 : 1;
}
