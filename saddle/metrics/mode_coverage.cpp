// Implements mode coverage.
#include "saddle/metrics/mode_coverage.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The covariance [d, d] of component k.
Tensor covariance_of(const GaussianMixture& mixture, int64_t k) {
  Tensor stored = mixture.covariances()[k];
  switch (mixture.kind()) {
    case Covariance::full:
      return stored;
    case Covariance::diagonal:
      return at::diag(stored);
    case Covariance::spherical:
      return stored * at::eye(mixture.dim(), at::kDouble);
  }
  TORCH_INTERNAL_ASSERT(false);
}

}  // namespace

ModeCoverage mode_coverage(const GaussianMixture& mixture, const Tensor& x) {
  constexpr double kHighQuality = 3;  // Mahalanobis distance
  check_points(x, mixture.dim());
  if (x.size(0) == 0 || !x.isfinite().all().item<bool>())
    throw Error(c10::str("mode_coverage: expected at least one point, all finite, got ", x.sizes()));
  const Tensor points = x.to(at::kDouble);
  const int64_t components = mixture.components();
  std::vector<Tensor> squares;
  for (int64_t k = 0; k < components; ++k) {
    const Tensor factor = at::linalg_cholesky(covariance_of(mixture, k));
    const Tensor centred = (points - mixture.means()[k]).t();
    squares.push_back(at::linalg_solve_triangular(factor, centred, /*upper=*/false).square().sum(0));
  }
  const auto [least, nearest] = at::stack(squares).min(0);
  const Tensor high = least < kHighQuality * kHighQuality;
  const Tensor counts = at::bincount(nearest.index({high}), {}, components);
  const auto total = counts.sum().item<double>();

  ModeCoverage result{};
  result.modes = counts.count_nonzero().item<int64_t>();
  result.quality = total / static_cast<double>(points.size(0));
  const Tensor share = counts.to(at::kDouble) / total;
  result.reverse_kl = total > 0 ? (at::xlogy(share, share) - at::xlogy(share, mixture.weights())).sum().item<double>()
                                : std::numeric_limits<double>::infinity();
  result.per_mode.assign(counts.const_data_ptr<int64_t>(), counts.const_data_ptr<int64_t>() + components);
  return result;
}

}  // namespace saddle
