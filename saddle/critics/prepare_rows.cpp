// Implements the standardising and decorrelating of rows.
#include "saddle/critics/prepare_rows.h"

#include "saddle/base/constants.h"

namespace saddle {
namespace {

constexpr double kStraight = 6;       // scales from the median up to which a column is not bent
constexpr double kVeryFar = 20;       // bent units, exp(14) scales, from which it is bent once more
constexpr double kHuge = 1e15;        // scales, beside which kStraight is nothing
constexpr double kNormalIqr = 1.349;  // interquartile range of N(0, 1)
constexpr double kLargestNumber = std::numeric_limits<double>::max(),
                 kSmallestNumber = std::numeric_limits<double>::denorm_min();
constexpr double kRounding = 1e-12;      // of the values: an interquartile range below it is no spread
constexpr int64_t kKnotRows = 12'000;    // of which quantiles are taken
constexpr int64_t kSide = 16;            // pixels, of images as points
constexpr double kFlatDirection = 1e-9;  // share of the largest variance below which a direction does not vary

/// Straight up to kStraight, beyond it growing like a logarithm, and beyond kVeryFar like the logarithm of that.
Tensor bend(const Tensor& x) {
  const auto beyond = [](const Tensor& v, double knee) {
    return v.clamp(-knee, knee) + v.sign() * (v.abs() - knee).clamp_min(0).log1p();
  };
  return beyond(beyond(x, kStraight), kVeryFar);
}

/// (x - center) / scale, bent, whatever float64 holds: where differences or quotients overflow, halves and logarithms
/// do not.
Tensor bent_quotient(const Tensor& x, const Tensor& center, const Tensor& scale) {
  const Tensor whole = x - center, half = x / 2 - center / 2;
  const Tensor straight = at::where(whole.isinf(), half / (scale / 2), whole / scale);
  if ((straight.abs() < kHuge).all().item<bool>()) return bend(straight);
  const Tensor log_far = at::where(whole.isinf(), half.abs().log() + kLog2, whole.abs().log()) - scale.log();
  const Tensor bent = kVeryFar + (kStraight + log_far - kVeryFar).clamp_min(0).log1p();
  return at::where(straight.abs() < kHuge, bend(straight), straight.sign() * bent);
}

/// The standard deviation about `center`, between float64's smallest and largest number.
Tensor deviation_about(const Tensor& x, const Tensor& center) {
  const Tensor half = x / 2 - center / 2, reach = half.abs().amax(0).clamp_min(kSmallestNumber);
  return ((half / reach).std(0, /*unbiased=*/false) * reach * 2).clamp(kSmallestNumber, kLargestNumber);
}

GraphValue emit_number(OpGraph& graph, double number) {
  return graph.constant(at::full({}, number, at::kDouble), "number");
}

/// What `bend` does beyond one knee: the sign times a logarithm is a difference of two, of which one is 0.
GraphValue emit_beyond(OpGraph& graph, const GraphValue& v, double knee) {
  const GraphValue edge = emit_number(graph, knee), low = emit_number(graph, -knee), one = emit_number(graph, 1);
  const auto log_from = [&](const GraphValue& x) {
    return graph.node("Log", {graph.node("Add", {graph.node("Relu", {graph.node("Sub", {x, edge})}), one})});
  };
  const GraphValue far = graph.node("Sub", {log_from(v), log_from(graph.node("Neg", {v}))});
  return graph.node("Add", {graph.node("Clip", {v, low, edge}), far});
}

GraphValue emit_float(OpGraph& graph, const GraphValue& x) {
  constexpr int64_t kOnnxFloat = 1;
  return graph.node("Cast", {x}, {{"to", kOnnxFloat}});
}

/// x times a matrix.
GraphValue emit_product(OpGraph& graph, const GraphValue& x, const Tensor& matrix, const std::string& name) {
  return graph.node("Gemm", {x, graph.constant(matrix.t().contiguous(), name)}, {{"transB", int64_t{1}}});
}

}  // namespace

Tensor as_points(const Tensor& rows) {
  if (rows.dim() == 2) return rows.to(at::kDouble);
  const bool large = rows.size(2) * rows.size(3) > kSide * kSide;
  const Tensor x = rows.to(at::kFloat);
  return (large ? at::adaptive_avg_pool2d(x, {kSide, kSide}) : x).flatten(1).to(at::kDouble);
}

PrepareRows::PrepareRows(const Tensor& rows) : columns_(rows.size(1)) {
  kept_ = (rows.amax(0) > rows.amin(0)).nonzero().squeeze(1);
  if (kept_.numel() == 0) {
    center_ = scale_ = mean_ = at::zeros({0}, at::kDouble);
    whiten_ = at::zeros({0, 0}, at::kDouble);
    return;
  }
  const Tensor columns = rows.index_select(1, kept_);
  const Tensor some = columns.slice(0, 0, std::nullopt, 1 + columns.size(0) / kKnotRows);
  const Tensor sorted = std::get<0>(some.t().contiguous().sort(1));
  const auto at_share = [&](int64_t quarters) { return sorted.select(1, (sorted.size(1) - 1) * quarters / 4); };
  center_ = at_share(2).clone();
  const Tensor low = at_share(1), high = at_share(3);
  const Tensor iqr = ((high / 2 - low / 2) / (kNormalIqr / 2)).clamp(kSmallestNumber, kLargestNumber);
  // A range far below the values themselves may be rounding in an otherwise constant column.
  const Tensor spread = high > low, beyond_rounding = iqr > kRounding * at::maximum(low.abs(), high.abs());
  scale_ = at::where(spread.logical_and(beyond_rounding), iqr, deviation_about(columns, center_));
  const Tensor x = standardise(rows);
  mean_ = x.mean(0);
  const Tensor centred = x - mean_;
  const auto [values, vectors] = at::linalg_eigh(at::mm(centred.t(), centred) / static_cast<double>(rows.size(0)));
  const Tensor large = (values > kFlatDirection * values.max()).nonzero().squeeze(1).flip(0);
  whiten_ = vectors.index_select(1, large) * values.index_select(0, large).rsqrt();
}

Tensor PrepareRows::standardise(const Tensor& rows) const {
  return bent_quotient(rows.index_select(1, kept_), center_, scale_);
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

PreparedValues PrepareRows::emit(OpGraph& graph, const GraphValue& rows) const {
  GraphValue own = rows;
  if (kept_.numel() != columns_)
    own = emit_product(graph, rows, at::eye(columns_, at::kDouble).index_select(1, kept_), "kept");
  const GraphValue difference = graph.node("Sub", {own, graph.constant(center_, "center")});
  const GraphValue straight = graph.node("Div", {difference, graph.constant(scale_, "scale")});
  const GraphValue x = emit_beyond(graph, emit_beyond(graph, straight, kStraight), kVeryFar);
  const GraphValue centred = graph.node("Sub", {x, graph.constant(mean_, "mean")});
  return {emit_float(graph, x), emit_float(graph, emit_product(graph, centred, whiten_, "whiten"))};
}

}  // namespace saddle
