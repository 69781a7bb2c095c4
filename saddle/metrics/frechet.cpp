// Implements the Frechet distance, its interval and its bias.
#include "saddle/metrics/frechet.h"

#include <ATen/ops/linalg_svdvals.h>

#include "saddle/base/error.h"
#include "saddle/metrics/moments.h"
#include "saddle/metrics/row_groups.h"
#include "saddle/metrics/square_interval.h"

namespace saddle {
namespace {

constexpr int64_t kCheapDimension = 512;  // up to which a distance from moments costs little
constexpr int64_t kInfluenceRows = 1024;

/// The singular values of the product of both sides' roots, G_p G_q' [r, s], and their vectors.
struct Overlap {
  Tensor values;  // [min(r, s)], ascending
  Tensor left;    // left singular vectors [r, min]
  Tensor right;   // [s, min]
};

/// C C' or C' C, whichever is smaller, on and above the diagonal.
Tensor smaller_square(const Tensor& cross) {
  const bool wide = cross.size(0) <= cross.size(1);
  const int64_t size = wide ? cross.size(0) : cross.size(1);
  Tensor square = at::zeros({size, size}, at::kDouble);
  add_upper_products(square, wide ? cross.t() : cross);
  return square;
}

/// The singular values where no vectors are wanted.
Tensor singular_values(const Tensor& cross) {
  if (cross.numel() == 0) return at::zeros({0}, at::kDouble);
  if (std::min(cross.size(0), cross.size(1)) <= kCheapDimension) return at::linalg_svdvals(cross);
  // a third of the time, at half the digits of the small ones, which hardly count
  return at::linalg_eigvalsh(smaller_square(cross), "U").clamp_min(0).sqrt();
}

double squared_shift(const Moments& p, const Moments& q) { return (p.mean - q.mean).square().sum().item<double>(); }

/// The distance of a sum of squares that rounding may have taken below zero.
double distance_of(const Moments& p, const Moments& q, const Tensor& values) {
  return std::max(0.0, squared_shift(p, q) + p.trace + q.trace - 2 * values.sum().item<double>());
}

double distance_between(const Moments& p, const Moments& q) { return distance_of(p, q, singular_values(p.cross(q))); }

/// Singular values with vectors, by the eigenvectors of the smaller product; what vanishes is left out.
Overlap overlap_of(const Moments& p, const Moments& q) {
  constexpr double kSmallest = 1e-6;  // of the largest
  const Tensor cross = p.cross(q);
  if (cross.numel() == 0) return {at::zeros({0}, at::kDouble), {}, {}};
  const bool wide = cross.size(0) <= cross.size(1);
  const Tensor c = wide ? cross : cross.t();
  const auto [squares, vectors] = at::linalg_eigh(smaller_square(cross), "U");
  const Tensor values = squares.clamp_min(0).sqrt();
  const int64_t none = (values <= kSmallest * values.max()).sum().item<int64_t>(), some = values.size(0) - none;
  const Tensor kept = values.narrow(0, none, some), near = vectors.narrow(1, none, some),
               far = at::mm(c.t(), near) / kept;
  return {kept, wide ? near : far, wide ? far : near};
}

/// The influence of each row of one side, in the rows' old order; root [d, k]: B of T = B B'.
Tensor influences(const PartialMoments& side, const Tensor& own_mean, const Tensor& towards, const Tensor& root) {
  const int64_t n = side.rows();
  const Tensor result = at::empty({n}, at::kDouble);
  const Tensor offset = own_mean - side.centre();
  for (int64_t begin = 0; begin < n; begin += kInfluenceRows) {
    const int64_t end = std::min(begin + kInfluenceRows, n);
    const Tensor x = side.centred(begin, end) - offset;
    const Tensor transported = root.scalar_type() == at::kDouble ? at::mm(x, root) : at::mm(x.to(root.dtype()), root);
    const Tensor influence =
        2 * at::mv(x, towards) + x.square().sum(1) - transported.square().sum(1, false, at::kDouble);
    result.index_copy_(0, side.order().narrow(0, begin, end - begin), influence);
  }
  return result;
}

/// The variance of the distance to first order: that of the means of both sides' influences.
///
/// x'Tx = |B'x|^2 with B = G_q' V s^(-1/2), where U s V' = G_p G_q'; and for the other side, whose transport is T's
/// inverse, B = G_p' U s^(-1/2): no inverse of a root is needed.
MeanVariance variance_of(const PartialMoments& p, const PartialMoments& q, const Moments& at_p, const Moments& at_q,
                         const FrechetOptions& options) {
  const Overlap o = overlap_of(at_p, at_q);
  const Tensor scale = o.values.rsqrt(), shift = at_p.mean - at_q.mean;
  // half the time where it counts; a variance needs few digits
  const auto type = shift.size(0) > kCheapDimension ? at::kFloat : at::kDouble;
  const auto root = [&](const Moments& other, const Tensor& vectors) {
    return o.values.size(0) == 0 ? at::zeros({shift.size(0), 0}, at::kDouble)
                                 : (at::mm(other.root.t(), vectors) * scale).to(type);
  };
  return variance_of_mean(influences(p, at_p.mean, shift, root(at_q, o.right)), options.p_groups) +
         variance_of_mean(influences(q, at_q.mean, -shift, root(at_p, o.left)), options.q_groups);
}

/// Parts of both samples whose distances show the bias, as places in the shuffled rows.
struct Divisions {
  int64_t quarter, half;                           // of P
  std::vector<std::pair<int64_t, int64_t>> sizes;  // first rows of P and of Q, fewer than all, growing
};

/// Where rows are divided: sizes are evenly spaced in 1/n, from a tenth, or twice the features, up to all.
Divisions divide(const RowOrder& p, const RowOrder& q, int64_t d) {
  const int64_t n = p.ends.back(), m = q.ends.back(), least = std::min(n, m);
  const int64_t count = d <= kCheapDimension ? 10 : 3;
  const double smallest = std::min(0.5, std::max(0.1, 2 * static_cast<double>(d) / static_cast<double>(least)));
  Divisions divisions{p.nearest_end(n / 4), p.nearest_end(n / 2), {}};
  divisions.sizes.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i + 1 < count; ++i) {
    const double inverse = 1 / smallest + (1 - 1 / smallest) * static_cast<double>(i) / static_cast<double>(count - 1);
    const auto of = [&](const RowOrder& order, int64_t rows) {
      return order.nearest_end(static_cast<int64_t>(static_cast<double>(rows) / inverse));
    };
    const std::pair<int64_t, int64_t> size{of(p, n), of(q, m)};
    const bool grows = divisions.sizes.empty() || size > divisions.sizes.back();
    if (grows && std::min(size.first, size.second) >= 2 && size.first < n && size.second < m)
      divisions.sizes.push_back(size);
  }
  return divisions;
}

double inverse_rows(int64_t n, int64_t m) { return 1 / static_cast<double>(n) + 1 / static_cast<double>(m); }

/// The intercept of the least-squares line through the distances of growing samples and of all.
double intercept(const PartialMoments& p, const PartialMoments& q, const Divisions& divisions, double distance) {
  std::vector<double> u = {inverse_rows(p.rows(), q.rows())}, y = {distance};
  u.reserve(divisions.sizes.size() + 1);
  y.reserve(divisions.sizes.size() + 1);
  for (const auto& [n, m] : divisions.sizes) {
    u.push_back(inverse_rows(n, m));
    y.push_back(distance_between(p.of(0, n), q.of(0, m)));
  }
  if (u.size() < 2) return std::nan("");
  const Tensor x = at::tensor(u, at::kDouble), values = at::tensor(y, at::kDouble), across = x - x.mean();
  const double slope = ((across * values).sum() / across.square().sum()).item<double>();
  return values.mean().item<double>() - slope * x.mean().item<double>();
}

/// Tells the bias where P = Q by halves of P and of its first half: a u + b u^2 through both, at u of the samples.
void tell_expected(const PartialMoments& p, int64_t m, const Divisions& divisions, FrechetDistance& result) {
  const int64_t n = p.rows(), half = divisions.half, quarter = divisions.quarter;
  if (std::min(half, n - half) < 2) return;
  const double u = inverse_rows(n, m), u_half = inverse_rows(half, n - half);
  result.halves = distance_between(p.of(0, half), p.of(half, n));
  result.halves_rows = static_cast<double>(std::min(half, n - half));
  result.expected = result.halves * u / u_half;
  if (std::min(quarter, half - quarter) < 2) return;
  const double u_quarter = inverse_rows(quarter, half - quarter);
  const double quarters = distance_between(p.of(0, quarter), p.of(quarter, half));
  const double bend = (quarters / u_quarter - result.halves / u_half) / (u_quarter - u_half);
  // below zero is noise of heavy tails
  const double bent = u * (result.halves / u_half + bend * (u - u_half));
  if (bent > 0) result.expected = bent;
}

}  // namespace

FrechetDistance frechet_distance(const Tensor& p, const Tensor& q, const FrechetOptions& options) {
  if (p.dim() != 2 || q.dim() != 2 || p.size(1) != q.size(1) || p.size(0) < 2 || q.size(0) < 2)
    throw Error(c10::str("Frechet distance: expected at least two rows a side, of one length, got ", p.sizes(), " and ",
                         q.sizes()));
  Rng p_rng = make_rng(options.seed, "Frechet distance p"), q_rng = make_rng(options.seed, "Frechet distance q");
  const RowOrder p_order = shuffle_rows(p.size(0), options.p_groups, p_rng),
                 q_order = shuffle_rows(q.size(0), options.q_groups, q_rng);
  Divisions divisions{};
  std::vector<int64_t> p_places = {p.size(0)}, q_places = {q.size(0)};
  if (options.bias) {
    divisions = divide(p_order, q_order, p.size(1));
    p_places.insert(p_places.end(), {divisions.quarter, divisions.half});
    p_places.reserve(p_places.size() + divisions.sizes.size());
    q_places.reserve(q_places.size() + divisions.sizes.size());
    for (const auto& [n, m] : divisions.sizes) {
      p_places.push_back(n);
      q_places.push_back(m);
    }
  }
  const PartialMoments p_parts(p, p_order.rows, p_places), q_parts(q, q_order.rows, q_places);
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  FrechetDistance result{0, kNone, kNone, kNone, kNone, kNone, kNone};
  {
    const Moments all_p = p_parts.of(0, p.size(0)), all_q = q_parts.of(0, q.size(0));
    result.distance = distance_between(all_p, all_q);
    // Below, the samples are the same rows: no variance of independent ones can be told from them.
    constexpr double kRounding = 1e-9;
    if (options.confidence > 0 && result.distance > kRounding * (all_p.trace + all_q.trace)) {
      std::tie(result.lower, result.upper) =
          square_interval(result.distance, variance_of(p_parts, q_parts, all_p, all_q, options), options.confidence);
    }
  }
  if (!options.bias) return result;
  result.infinite = intercept(p_parts, q_parts, divisions, result.distance);
  tell_expected(p_parts, q.size(0), divisions, result);
  return result;
}

}  // namespace saddle
