// Known densities: what can be sampled and evaluated, and the sampler that draws from one.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "saddle/base/rng.h"
#include "saddle/base/sampler.h"

namespace saddle {

/// A probability distribution on R^d with a density.
class Distribution {
 public:
  virtual ~Distribution() = default;

  /// The dimension d of one point.
  virtual int64_t dim() const = 0;

  /// Returns n independent draws. Shapes: result [n, d] float64 on the CPU.
  virtual Tensor sample(int64_t n, Rng& rng) const = 0;

  /// Returns the log density in nats; -inf outside the support. Shapes: x [n, d], result [n] float64.
  virtual Tensor log_prob(const Tensor& x) const = 0;

  /// The differential entropy -E log p in nats, where it has a closed form.
  virtual std::optional<double> entropy() const { return std::nullopt; }

 protected:
  Distribution() = default;
  Distribution(const Distribution&) = default;
  Distribution& operator=(const Distribution&) = default;
};

/// Returns a sampler of fresh float32 draws, whose state is the generator's state.
std::unique_ptr<Sampler> make_sampler(std::shared_ptr<const Distribution> distribution, const Rng& rng);

}  // namespace saddle
