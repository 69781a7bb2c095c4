// Implements the sampler that draws from a known density.
#include "saddle/distributions/distribution.h"

#include "saddle/base/error.h"
#include "saddle/distributions/faces_density.h"

namespace saddle {
namespace {

class DensitySampler final : public Sampler {
 public:
  DensitySampler(std::shared_ptr<const Distribution> distribution, const Rng& rng)
      : distribution_(std::move(distribution)), rng_(rng.clone()) {}

  Batch sample(int64_t n) override {
    return {shown(*distribution_, distribution_->sample(n, rng_)).to(at::kFloat), {}};
  }

  std::vector<int64_t> shape() const override { return shown_shape(*distribution_); }

  TensorMap state() const override { return {{"generator", rng_state(rng_)}}; }

  void set_state(const TensorMap& state) override {
    const auto found = state.find("generator");
    if (found == state.end()) throw Error("density: expected a state with a generator, got another sampler's state");
    set_rng_state(rng_, found->second);
  }

 private:
  std::shared_ptr<const Distribution> distribution_;
  Rng rng_;
};

}  // namespace

void check_points(const Tensor& x, int64_t d) {
  if (x.dim() != 2 || x.size(1) != d) {
    std::ostringstream shape;
    shape << x.sizes();
    throw Error("density: expected points [n, " + std::to_string(d) + "], got " + shape.str());
  }
}

std::unique_ptr<Sampler> make_sampler(std::shared_ptr<const Distribution> distribution, const Rng& rng) {
  return std::make_unique<DensitySampler>(std::move(distribution), rng);
}

}  // namespace saddle
