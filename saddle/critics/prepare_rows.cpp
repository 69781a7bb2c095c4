// Implements the standardising and decorrelating of rows.
#include "saddle/critics/prepare_rows.h"

namespace saddle {
namespace {

constexpr double kStraight = 6;            // scales from the median up to which a column is not bent
constexpr double kNormalIqr = 1.349;       // interquartile range of N(0, 1)
constexpr int64_t kQuantileRows = 12'000;  // of which quantiles are taken
constexpr int64_t kSide = 16;              // pixels, of images as points
constexpr double kFlat = 1e-9;             // share of the largest variance below which a direction does not vary

Tensor bend(const Tensor& x) {
  const Tensor far = (x.abs() - kStraight).clamp_min(0);
  return x.clamp(-kStraight, kStraight) + x.sign() * far.log1p();
}

}  // namespace

Tensor as_points(const Tensor& rows) {
  if (rows.dim() == 2) return rows.to(at::kDouble);
  const bool large = rows.size(2) * rows.size(3) > kSide * kSide;
  const Tensor x = rows.to(at::kFloat);
  return (large ? at::adaptive_avg_pool2d(x, {kSide, kSide}) : x).flatten(1).to(at::kDouble);
}

PrepareRows::PrepareRows(const Tensor& rows) {
  kept_ = (rows.amax(0) > rows.amin(0)).nonzero().squeeze(1);
  if (kept_.numel() == 0) {
    center_ = inverse_range_ = inverse_scale_ = mean_ = at::zeros({0}, at::kDouble);
    whiten_ = at::zeros({0, 0}, at::kDouble);
    return;
  }
  const Tensor columns = rows.index_select(1, kept_);
  const Tensor some = columns.slice(0, 0, std::nullopt, 1 + columns.size(0) / kQuantileRows);
  const Tensor sorted = std::get<0>(some.t().contiguous().sort(1));
  const auto at_share = [&](int64_t quarters) { return sorted.select(1, (sorted.size(1) - 1) * quarters / 4); };
  center_ = at_share(2).clone();
  // First to the range [-1, 1], where no square over- or underflows, then to the scale of the middle half.
  inverse_range_ = (columns - center_).abs().amax(0).reciprocal();
  const Tensor iqr = (at_share(3) - at_share(1)) * inverse_range_ / kNormalIqr;
  const Tensor deviation = ((columns - center_) * inverse_range_).std(0, false);
  // An interquartile range far below the deviation may be rounding in an otherwise constant column.
  inverse_scale_ = at::where(iqr > 1e-12 * deviation, iqr, deviation).reciprocal();
  const Tensor x = standardise(rows);
  mean_ = x.mean(0);
  const Tensor centred = x - mean_;
  const auto [values, vectors] = at::linalg_eigh(at::mm(centred.t(), centred) / static_cast<double>(rows.size(0)));
  const Tensor large = (values > kFlat * values.max()).nonzero().squeeze(1).flip(0);
  whiten_ = vectors.index_select(1, large) * values.index_select(0, large).rsqrt();
}

Tensor PrepareRows::standardise(const Tensor& rows) const {
  return bend((rows.index_select(1, kept_) - center_) * inverse_range_ * inverse_scale_);
}

Labelled PrepareRows::operator()(const Tensor& p, const Tensor& q) const {
  const auto n = static_cast<double>(p.size(0)), m = static_cast<double>(q.size(0));
  const Tensor x = standardise(at::cat({p, q}));
  Labelled rows;
  rows.x = x.to(at::kFloat);
  rows.white = at::mm(x - mean_, whiten_).to(at::kFloat);
  rows.label = at::cat({at::ones({p.size(0)}), at::zeros({q.size(0)})});
  const double total = n + m;
  rows.weight =
      at::cat({at::full({p.size(0)}, total / (2 * n)), at::full({q.size(0)}, total / (2 * m))}).to(at::kFloat);
  return rows;
}

}  // namespace saddle
