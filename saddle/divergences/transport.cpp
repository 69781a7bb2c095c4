// Implements Wasserstein distances on the line, with distribution functions integrated from densities.
#include "saddle/divergences/transport.h"

#include "saddle/base/error.h"
#include "saddle/divergences/quadrature.h"

namespace saddle {
namespace {

constexpr double kTolerance = 1e-11;
constexpr int64_t kUnits = 60;  // of t: the tails of mass e^-60 / 2 are extrapolated
constexpr int kInversionSteps = 100;
constexpr double kInversionTolerance = 1e-13;

/// The lower half of a distribution function, or by reflection the upper one, and its inverse.
class Tail {
 public:
  /// `sign` is 1 for the mass below a point, -1 for the mass above its negative.
  Tail(const Distribution& distribution, double sign) : distribution_(distribution), sign_(sign) {
    std::vector<Landmark> landmarks = distribution.landmarks();
    if (distribution.dim() != 1 || landmarks.empty())
      throw Error("transport_on_line: expected a density on the line whose landmarks are known, got another");
    for (auto& mark : landmarks) mark.at[0] *= sign;
    const Mesh mesh = make_mesh(landmarks);
    const Leaves leaves = integrate_boxes(mesh.low, mesh.high, density(), kTolerance);
    const Tensor order = leaves.low.squeeze(1).argsort();
    edges_ = at::cat({leaves.low.squeeze(1).index_select(0, order), leaves.high.max().unsqueeze(0)});
    const Tensor mass = leaves.values.squeeze(1).index_select(0, order);
    below_ = at::cat({at::zeros({1}, at::kDouble), mass.cumsum(0)});
  }

  /// The points below which the mass is u, for u in (0, 1/2]; -inf where that is beyond the mesh.
  Tensor quantile(const Tensor& u) const {
    const Tensor leaf = at::searchsorted(below_, u).clamp(1, below_.size(0) - 1) - 1;
    const Tensor start = edges_.index_select(0, leaf), from = below_.index_select(0, leaf);
    Tensor x = (start + edges_.index_select(0, leaf + 1)) / 2;
    Tensor low = start.clone(), high = edges_.index_select(0, leaf + 1), open = at::arange(u.size(0));
    for (int step = 0; step < kInversionSteps && open.numel() > 0; ++step) {
      const auto of_open = [&](const Tensor& values) { return values.index_select(0, open); };
      const Tensor at = of_open(x), excess = of_open(from) + partial(of_open(start), at) - of_open(u);
      const Tensor left = at::where(excess < 0, at, of_open(low)), right = at::where(excess < 0, of_open(high), at);
      low.index_copy_(0, open, left);
      high.index_copy_(0, open, right);
      // Newton's step, kept between the bounds, which every third step halves.
      const Tensor newton = at - excess / density()(at.unsqueeze(1)).squeeze(1), middle = (left + right) / 2;
      const Tensor inside = at::minimum(at::maximum(newton, left), right);
      const Tensor next = step % 3 == 2 ? middle : at::where(newton.isfinite(), inside, middle);
      x.index_copy_(0, open, next);
      open = open.index({(next - at).abs() > kInversionTolerance * (1 + at.abs())});
    }
    return at::where(leaf > 0, x, -std::numeric_limits<double>::infinity());
  }

 private:
  Integrand density() const {
    return [this](const Tensor& x) { return distribution_.log_prob(sign_ * x).exp().unsqueeze(1); };
  }

  /// The mass between a and b, both in one leaf.
  Tensor partial(const Tensor& a, const Tensor& b) const {
    return gauss_legendre(a.unsqueeze(1), b.unsqueeze(1), density()).squeeze(1);
  }

  const Distribution& distribution_;
  double sign_;
  Tensor edges_, below_;  // of the leaves, from the left; and the mass below each edge
};

/// Adds to `sums` the integrals of |F^-1 - G^-1|^k, k = 1 and 2, over one half of [0, 1].
void add_half(const Distribution& p, const Distribution& q, double sign, double (&sums)[2]) {
  const Tail a(p, sign), b(q, sign);
  const auto integrand = [&](const Tensor& t) {
    const Tensor u = (-t.squeeze(1)).exp() / 2;
    const Tensor gap = (a.quantile(u) - b.quantile(u)).abs();
    return at::stack({gap * u, gap.square() * u}, 1).nan_to_num(std::numeric_limits<double>::infinity());
  };
  const Tensor start = at::arange(kUnits, at::kDouble).unsqueeze(1);
  const Leaves leaves = integrate_boxes(start, start + 1, integrand, kTolerance);
  const auto sum_where = [&](const Tensor& which) { return leaves.values.index({which.squeeze(1)}).sum(0); };
  const Tensor total = leaves.values.sum(0), last = sum_where(leaves.low >= kUnits - 1),
               before = sum_where(at::logical_and(leaves.low >= kUnits - 2, leaves.low < kUnits - 1));
  for (int k = 0; k < 2; ++k)
    sums[k] += extrapolated(total[k].item<double>(), before[k].item<double>(), last[k].item<double>());
}

}  // namespace

Transport transport_on_line(const Distribution& p, const Distribution& q) {
  double sums[2] = {0, 0};
  for (const double sign : {1.0, -1.0}) add_half(p, q, sign, sums);
  return {sums[0], std::sqrt(sums[1])};
}

}  // namespace saddle
