// Implements adaptive integration by Gauss-Legendre rules on boxes that are halved.
#include "saddle/divergences/quadrature.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

// Gauss-Legendre nodes and weights on [-1, 1] for n = 8, to double precision.
constexpr double kNodes[] = {-0.9602898564975362317, -0.7966664774136267396, -0.5255324099163289858,
                             -0.1834346424956498049, 0.1834346424956498049,  0.5255324099163289858,
                             0.7966664774136267396,  0.9602898564975362317};
constexpr double kWeights[] = {0.1012285362903762591, 0.2223810344533744705, 0.3137066458778872873,
                               0.3626837833783619830, 0.3626837833783619830, 0.3137066458778872873,
                               0.2223810344533744705, 0.1012285362903762591};
constexpr int64_t kPointsAtATime = 1 << 16;  // points evaluated at a time
constexpr int64_t kMostPoints = 4'000'000;
constexpr double kNothing = 1e-4;  // of the tolerance
constexpr int kMostRounds = 60;
constexpr double kGrains = 4;                                  // to a box of the mesh, at most
constexpr int kLevelsOnTheLine = 150, kLevelsInThePlane = 30;  // of doubling, from the extent to the mesh's end
constexpr double kNotFalling = 0.9999;                         // ratio of neighbouring shells

Tensor constants(const double (&values)[8]) { return at::tensor(at::ArrayRef<double>(values), at::kDouble); }

/// The rule's nodes [8^d, d] in [0, 1]^d and weights [8^d] that sum to 1.
std::pair<Tensor, Tensor> rule(int64_t d) {
  const Tensor nodes = (constants(kNodes) + 1) / 2, weights = constants(kWeights) / 2;
  if (d == 1) return {nodes.unsqueeze(1), weights};
  return {at::cartesian_prod({nodes, nodes}), at::outer(weights, weights).flatten()};
}

/// The 2^d halves of each box, box by box.
std::pair<Tensor, Tensor> halves(const Tensor& low, const Tensor& high) {
  const int64_t d = low.size(1);
  const Tensor bit = at::tensor({0.0, 1.0}, at::kDouble);
  const Tensor corner = d == 1 ? bit.unsqueeze(1) : at::cartesian_prod({bit, bit});  // [2^d, d]
  const Tensor a = low.unsqueeze(1), middle = ((low + high) / 2).unsqueeze(1), b = high.unsqueeze(1);
  return {at::where(corner > 0, middle, a).reshape({-1, d}), at::where(corner > 0, b, middle).reshape({-1, d})};
}

using Point = std::vector<double>;

struct Box {
  Point low, high;
};

/// The middle of the landmarks along an axis, and how far the mesh reaches from there.
std::pair<double, double> whole_axis(const std::vector<Landmark>& landmarks, size_t axis) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& mark : landmarks) {
    low = std::min(low, mark.at[axis] - mark.extent[axis]);
    high = std::max(high, mark.at[axis] + mark.extent[axis]);
  }
  const int levels = landmarks.front().at.size() == 1 ? kLevelsOnTheLine : kLevelsInThePlane;
  return {(low + high) / 2, std::ldexp((high - low) / 2, levels)};
}

/// The ends of an axis, and the edges and kinks between them, in order.
std::vector<double> cuts_of_axis(const std::vector<Landmark>& landmarks, size_t axis, double centre, double half) {
  std::vector<double> cuts = {centre - half, centre + half};
  for (const auto& mark : landmarks)
    if (mark.extent[axis] == 0) cuts.push_back(mark.at[axis]);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

/// Cuts every box along an axis; the first and last cut are its ends.
void cut(std::vector<Box>& boxes, size_t axis, const std::vector<double>& cuts) {
  std::vector<Box> pieces;
  pieces.reserve(boxes.size() * (cuts.size() - 1));
  for (const Box& box : boxes)
    for (size_t c = 0; c + 1 < cuts.size(); ++c) {
      pieces.push_back(box);
      pieces.back().low[axis] = cuts[c];
      pieces.back().high[axis] = cuts[c + 1];
    }
  boxes = std::move(pieces);
}

/// Whether a box is larger than the grain at a landmark and than the distance from it allow.
bool too_large(const Box& box, const std::vector<Landmark>& landmarks) {
  for (const auto& mark : landmarks) {
    double size = 0, distance = 0;  // in grains, the largest over the axes
    for (size_t i = 0; i < box.low.size() && mark.grain[i] > 0; ++i) {
      const double apart = std::max({box.low[i] - mark.at[i], mark.at[i] - box.high[i], 0.0});
      size = std::max(size, (box.high[i] - box.low[i]) / mark.grain[i]);
      distance = std::max(distance, apart / mark.grain[i]);
    }
    if (size > std::max(kGrains, distance)) return true;
  }
  return false;
}

}  // namespace

Tensor gauss_legendre(const Tensor& low, const Tensor& high, const Integrand& integrand) {
  const int64_t d = low.size(1);
  const auto [nodes, weights] = rule(d);
  const int64_t count = nodes.size(0), step = std::max<int64_t>(kPointsAtATime / count, 1);
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < low.size(0); begin += step) {
    const Tensor a = low.slice(0, begin, begin + step), size = high.slice(0, begin, begin + step) - a;
    const Tensor points = a.unsqueeze(1) + size.unsqueeze(1) * nodes;  // [boxes, count, d]
    const Tensor values = integrand(points.reshape({-1, d})).view({a.size(0), count, -1});
    parts.push_back((values * weights.unsqueeze(1)).sum(1) * size.prod(1, true));
  }
  return at::cat(parts);
}

double extrapolated(double sum, double before_last, double last) {
  if (!std::isfinite(sum)) return std::numeric_limits<double>::infinity();
  if (!(last > 1e-15 * std::max(1.0, sum))) return sum;
  const double ratio = last / before_last;
  return ratio >= kNotFalling ? std::numeric_limits<double>::infinity() : sum + last * ratio / (1 - ratio);
}

Leaves integrate_boxes(const Tensor& first_low, const Tensor& first_high, const Integrand& integrand,
                       double tolerance) {
  Tensor low = first_low, high = first_high, values = gauss_legendre(low, high, integrand);
  const int64_t d = low.size(1), k = values.size(1), parts = int64_t{1} << d;
  int64_t points = values.size(0) << (3 * d);
  Tensor total = at::zeros({k}, at::kDouble);  // of the boxes that are done
  std::vector<Tensor> lows, highs, done_values;
  const auto finish = [&](const Tensor& a, const Tensor& b, const Tensor& x) {
    lows.push_back(a);
    highs.push_back(b);
    done_values.push_back(x);
    total += x.sum(0);
  };
  // A box with next to nothing is done at once: most are far from all mass.
  const Tensor matters = (values > kNothing * tolerance).any(1);
  const Tensor empty = matters.logical_not();
  finish(low.index({empty}), high.index({empty}), values.index({empty}));
  low = low.index({matters});
  high = high.index({matters});
  values = values.index({matters});
  for (int round = 0; low.size(0) > 0; ++round) {
    const auto [half_low, half_high] = halves(low, high);
    const Tensor half_values = gauss_legendre(half_low, half_high, integrand).view({-1, parts, k});
    points += half_values.numel() / k << (3 * d);
    const Tensor sum = half_values.sum(1);
    const Tensor bound = tolerance * (total + sum.sum(0)).clamp_min(1);
    // A difference that is no number or infinite belongs to a function that is infinite: it asks for nothing.
    Tensor open = ((sum - values).abs() > bound).logical_and((sum - values).isfinite()).any(1);
    if (round >= kMostRounds || points > kMostPoints) open = at::zeros_like(open);
    const Tensor keep = open.logical_not().nonzero().squeeze(1), split = open.nonzero().squeeze(1);
    const auto rows = [&](const Tensor& x, const Tensor& which) {
      return x.view({-1, parts, x.size(-1)}).index_select(0, which).reshape({-1, x.size(-1)});
    };
    finish(rows(half_low, keep), rows(half_high, keep), rows(half_values, keep));
    low = rows(half_low, split);
    high = rows(half_high, split);
    values = rows(half_values, split);
  }
  return {at::cat(lows), at::cat(highs), at::cat(done_values)};
}

Mesh make_mesh(const std::vector<Landmark>& landmarks) {
  if (landmarks.empty()) throw Error("quadrature: expected landmarks, got none");
  const size_t d = landmarks.front().at.size();
  Point centre(d), half(d);
  std::vector<Box> open = {{Point(d), Point(d)}};
  for (size_t i = 0; i < d; ++i) {
    std::tie(centre[i], half[i]) = whole_axis(landmarks, i);
    cut(open, i, cuts_of_axis(landmarks, i, centre[i], half[i]));
  }
  std::vector<double> low, high;
  while (!open.empty()) {
    const Box box = std::move(open.back());
    open.pop_back();
    if (!too_large(box, landmarks)) {
      low.insert(low.end(), box.low.begin(), box.low.end());
      high.insert(high.end(), box.high.begin(), box.high.end());
      continue;
    }
    std::vector<Box> parts = {box};
    for (size_t i = 0; i < d; ++i) cut(parts, i, {box.low[i], (box.low[i] + box.high[i]) / 2, box.high[i]});
    open.insert(open.end(), parts.begin(), parts.end());
  }
  const auto rows = [&](const std::vector<double>& x) {
    return at::tensor(x, at::kDouble).view({-1, static_cast<int64_t>(d)});
  };
  return {rows(low), rows(high), at::tensor(centre, at::kDouble), at::tensor(half, at::kDouble)};
}

std::vector<double> integrate(const std::vector<Landmark>& landmarks, const Integrand& integrand, double tolerance) {
  const Mesh mesh = make_mesh(landmarks);
  const Leaves leaves = integrate_boxes(mesh.low, mesh.high, integrand, tolerance);
  const Tensor place = (((leaves.low + leaves.high) / 2 - mesh.centre) / mesh.half).abs().amax(1);
  const auto sum_where = [&](const Tensor& which) { return leaves.values.index({which}).sum(0); };
  const Tensor total = leaves.values.sum(0), last = sum_where(place > 0.5),
               before = sum_where(at::logical_and(place > 0.25, place <= 0.5));
  std::vector<double> result;
  result.reserve(static_cast<size_t>(total.size(0)));
  for (int64_t i = 0; i < total.size(0); ++i)
    result.push_back(extrapolated(total[i].item<double>(), before[i].item<double>(), last[i].item<double>()));
  return result;
}

}  // namespace saddle
