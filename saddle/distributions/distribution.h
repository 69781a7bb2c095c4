// Known densities: what can be sampled and evaluated, and the sampler that draws from one.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/sampler.h"

namespace saddle {

/// A place that quadrature must not miss: the middle of some mass, or where a density is not smooth.
struct Landmark {
  std::vector<double> at;      // a point [d]
  std::vector<double> extent;  // [d] about one standard deviation of the mass there; 0: an edge or a kink at `at`
  std::vector<double> grain;   // [d] the length over which the density changes there, along each coordinate
};

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

  /// Where the mass lies, and every edge and kink; together they cover all but the tails. Empty: not known.
  virtual std::vector<Landmark> landmarks() const { return {}; }

 protected:
  Distribution() = default;
  Distribution(const Distribution&) = default;             // copies
  Distribution& operator=(const Distribution&) = default;  // copies
};

/// Throws Error unless x has the shape [n, d].
void check_points(const Tensor& x, int64_t d);

/// Returns a sampler of fresh float32 draws, whose state is the generator's state.
std::unique_ptr<Sampler> make_sampler(std::shared_ptr<const Distribution> distribution, const Rng& rng);

}  // namespace saddle
