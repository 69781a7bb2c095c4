// Trains with a network of one's own, made of blocks: a generator that adds to its latents, block by block.
#include <ATen/ATen.h>

#include <cstdio>

#include "examples/ring_game.h"
#include "saddle/networks/scope.h"

using namespace saddle;

namespace {

/// x + W2 relu(W1 x + b), on points in the plane.
struct ResidualBlock {
  Tensor in, bias, out;

  explicit ResidualBlock(const Scope& scope)
      : in(scope.normal("in", {128, 2}, 1)), bias(scope.normal("bias", {128}, 1)),
        out(scope.normal("out", {2, 128}, 0.1)) {}

  Tensor operator()(const Tensor& x) const { return x + at::linear(at::relu(at::linear(x, in, bias)), out); }
};

/// Three of them, from latents in the plane to points in the plane; their weights are "block0.in" and so on.
class ResidualGenerator final : public Network {
 public:
  explicit ResidualGenerator(uint64_t seed) {
    const Scope scope(*this, seed, "generator");
    for (int i = 0; i < 3; ++i) blocks_.emplace_back(scope.in("block" + std::to_string(i)));
  }

  Tensor forward(const Tensor& z, const Tensor& /*condition*/) override {
    Tensor x = z;
    for (const ResidualBlock& block : blocks_) x = block(x);
    return x;
  }

 private:
  std::vector<ResidualBlock> blocks_;
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
