// Implements the divergences of two distributions of cartoon faces.
#include "saddle/divergences/faces_pair.h"

#include <set>

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/divergences/densities.h"
#include "saddle/divergences/quadrature.h"

namespace saddle {
namespace {

constexpr double kToleranceAlongOne = 1e-12, kToleranceAlongTwo = 1e-8;  // of an integral over one factor, over two
constexpr double kBin = 0.005;                                           // of log ratios
constexpr double kFarthest = 60;                                         // log ratio that stands for all beyond
constexpr int64_t kAtomsOnTheLine = 1 << 15, kAtomsInThePlane = 1 << 9;  // midpoints along each axis, at least

/// Factors that hang together on one side or the other, and what each side has on them.
struct Group {
  std::vector<int64_t> factors;
  std::vector<const FaceBlock*> p, q;
};

/// The groups of factors whose densities differ.
std::vector<Group> differing(const FacesDensity& p, const FacesDensity& q) {
  std::vector<Group> groups;
  std::set<int64_t> taken;
  const auto block_of = [](const FacesDensity& side, int64_t factor) {
    for (const FaceBlock& block : side.blocks())
      if (std::find(block.factors.begin(), block.factors.end(), factor) != block.factors.end()) return &block;
    TORCH_INTERNAL_ASSERT(false);
  };
  for (int64_t first = 0; first < p.dim(); ++first) {
    if (!taken.insert(first).second) continue;
    Group group{{first}, {}, {}};
    const auto add = [&](std::vector<const FaceBlock*>& side, const FaceBlock* block) {
      if (std::find(side.begin(), side.end(), block) != side.end()) return;
      side.push_back(block);
      for (const int64_t factor : block->factors)
        if (taken.insert(factor).second) group.factors.push_back(factor);
    };
    for (size_t i = 0; i < group.factors.size(); ++i) {
      add(group.p, block_of(p, group.factors[i]));
      add(group.q, block_of(q, group.factors[i]));
    }
    const bool alike = group.p.size() == 1 && group.q.size() == 1 &&
                       group.p.front()->factors == group.q.front()->factors &&
                       group.p.front()->heights == group.q.front()->heights;
    if (!alike) groups.push_back(std::move(group));
  }
  return groups;
}

/// The log density of one side at points of a group's factors. Shapes: x [n, factors], result [n].
Tensor log_density(const Group& group, const std::vector<const FaceBlock*>& side, const Tensor& x) {
  Tensor result = at::zeros({x.size(0)}, at::kDouble);
  for (const FaceBlock* block : side) {
    std::vector<int64_t> columns;
    columns.reserve(block->factors.size());
    for (const int64_t factor : block->factors)
      columns.push_back(std::find(group.factors.begin(), group.factors.end(), factor) - group.factors.begin());
    result += block->heights.density(x.index_select(1, at::tensor(columns))).log();
  }
  return result;
}

/// The edges of both sides' cells along one axis of a group, and between them `parts` or more equal parts in all.
std::vector<double> edges_of(const Group& group, size_t axis, int64_t parts) {
  std::set<double> edges = {0, 1};
  for (const auto* side : {&group.p, &group.q})
    for (const FaceBlock* block : *side)
      for (size_t i = 0; i < block->factors.size(); ++i) {
        if (block->factors[i] != group.factors[axis]) continue;
        const int64_t cells = block->heights.cells(static_cast<int64_t>(i));
        for (int64_t k = 1; k < cells; ++k) edges.insert(static_cast<double>(k) / static_cast<double>(cells));
      }
  std::vector<double> all = {0};
  for (auto edge = std::next(edges.begin()); edge != edges.end(); ++edge) {
    const double low = all.back(), high = *edge;
    const auto pieces = std::max<int64_t>(1, std::llround(std::ceil(static_cast<double>(parts) * (high - low))));
    for (int64_t i = 1; i <= pieces; ++i)
      all.push_back(i == pieces ? high : low + (high - low) * static_cast<double>(i) / static_cast<double>(pieces));
  }
  return all;
}

/// The boxes between edges. Shapes: low and high [boxes, factors].
std::pair<Tensor, Tensor> boxes_of(const Group& group, int64_t parts) {
  std::vector<Tensor> lows, highs;
  for (size_t axis = 0; axis < group.factors.size(); ++axis) {
    const Tensor edges = at::tensor(edges_of(group, axis, parts), at::kDouble);
    lows.push_back(edges.slice(0, 0, -1));
    highs.push_back(edges.slice(0, 1));
  }
  const auto product = [](const std::vector<Tensor>& axes) {
    if (axes.size() == 1) return axes.front().unsqueeze(1);
    return at::cartesian_prod(axes);
  };
  return {product(lows), product(highs)};
}

/// Masses of P and of Q by log ratio. Shapes: both [n].
struct Masses {
  Tensor p, q;
};

/// Takes masses together whose log ratios share a bin; none holds ratios on both sides of 1.
Masses binned(const Masses& masses) {
  const Tensor ratio = (masses.p.log() - masses.q.log()).nan_to_num(0, kFarthest, -kFarthest);
  const auto bins = static_cast<int64_t>(2 * kFarthest / kBin);
  const Tensor bin = (ratio.clamp(-kFarthest, kFarthest - kBin) / kBin).floor().to(at::kLong) + bins / 2;
  const auto sum = [&](const Tensor& x) { return at::zeros({bins}, at::kDouble).index_add_(0, bin, x); };
  const Tensor p = sum(masses.p), q = sum(masses.q), some = at::logical_or(p > 0, q > 0);
  return {p.index({some}), q.index({some})};
}

/// The masses of both sides on one group, at the midpoints of small boxes.
Masses masses_of(const Group& group) {
  const auto [low, high] = boxes_of(group, group.factors.size() == 1 ? kAtomsOnTheLine : kAtomsInThePlane);
  const Tensor middle = (low + high) / 2, size = (high - low).prod(1);
  const auto mass = [&](const std::vector<const FaceBlock*>& side) {
    const Tensor m = log_density(group, side, middle).exp() * size;
    return m / m.sum();
  };
  return binned({mass(group.p), mass(group.q)});
}

/// The masses of two independent groups together.
Masses product(const Masses& a, const Masses& b) {
  constexpr int64_t kRows = 500;  // at a time, which bounds memory
  Masses sum{at::zeros({0}, at::kDouble), at::zeros({0}, at::kDouble)};
  for (int64_t i = 0; i < a.p.size(0); i += kRows) {
    const auto outer = [i](const Tensor& x, const Tensor& y) {
      return at::outer(x.slice(0, i, i + kRows), y).flatten();
    };
    const Masses part = binned({outer(a.p, b.p), outer(a.q, b.q)});
    sum = binned({at::cat({sum.p, part.p}), at::cat({sum.q, part.q})});
  }
  return sum;
}

ExactDivergences of_values(const Tensor& values) {
  const Tensor flat = values.to(at::kDouble).contiguous();
  ExactDivergences result;
  set_integrals({flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()}, result);
  return result;
}

/// Whether q falls to 0 in proportion to the distance from an edge of a box where p does not, so that p^2 / q has no
/// finite integral. (Where q is 0 at a corner alone it has one.)
bool has_infinite_chi2(const Group& group, const Tensor& low, const Tensor& high) {
  constexpr double kNear = 1e-9, kZero = 1e-7, kNotZero = 1e-6;  // of a box's side; of the density in its middle
  const Tensor middle = (low + high) / 2;
  const auto log_p = [&](const Tensor& x) { return log_density(group, group.p, x); };
  const auto log_q = [&](const Tensor& x) { return log_density(group, group.q, x); };
  const Tensor p_middle = log_p(middle), q_middle = log_q(middle);
  for (int64_t axis = 0; axis < low.size(1); ++axis)
    for (const double share : {kNear, 1 - kNear}) {
      Tensor edge = middle.clone();
      edge.select(1, axis).copy_(low.select(1, axis) + share * (high - low).select(1, axis));
      const Tensor falls = log_q(edge)<q_middle + std::log(kZero), stays = log_p(edge)> p_middle + std::log(kNotZero);
      if (at::logical_and(falls, stays).any().item<bool>()) return true;
    }
  return false;
}

/// The integrals of the six divergences' densities over one group.
Tensor integrals(const Group& group) {
  const auto [low, high] = boxes_of(group, 1);
  const bool infinite = has_infinite_chi2(group, low, high);
  const auto integrand = [&](const Tensor& x) {
    Tensor values = divergence_densities(log_density(group, group.p, x), log_density(group, group.q, x));
    if (infinite) values.select(1, 5).zero_();
    return values;
  };
  const double tolerance = group.factors.size() == 1 ? kToleranceAlongOne : kToleranceAlongTwo;
  Tensor values = integrate_boxes(low, high, integrand, tolerance).values.sum(0);
  if (infinite) values[5] = std::numeric_limits<double>::infinity();
  return values;
}

}  // namespace

std::optional<ExactDivergences> faces_divergences(const FacesDensity& p, const FacesDensity& q) {
  if (p.shape() != q.shape())
    throw Error(c10::str("exact_divergences: expected pictures of one shape, got ", at::IntArrayRef(p.shape()), " and ",
                         at::IntArrayRef(q.shape())));
  const std::vector<Group> groups = differing(p, q);
  Tensor all = at::zeros({6}, at::kDouble);
  std::optional<Masses> together;
  for (const Group& group : groups)
    for (const int64_t factor : group.factors)
      if (p.options().grey && !face_factor_table()[static_cast<size_t>(factor)].told_in_grey) return ExactDivergences{};
  for (const Group& group : groups) {
    if (group.factors.size() > 2) return std::nullopt;
    const Tensor own = integrals(group);
    if (groups.size() == 1) return of_values(own);
    const Masses masses = masses_of(group);
    together = together ? product(*together, masses) : masses;
    all.slice(0, 0, 2).add_(own.slice(0, 0, 2));
    all[4] = 1 - (1 - all[4]) * (1 - own[4]);
    all[5] = (1 + all[5]) * (1 + own[5]) - 1;
  }
  if (together)
    all.slice(0, 2, 4).copy_(divergence_densities(together->p.log(), together->q.log()).sum(0).slice(0, 2, 4));
  return of_values(all);
}

}  // namespace saddle
