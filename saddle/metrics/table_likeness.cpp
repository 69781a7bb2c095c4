// Implements the likeness of columns and of pairs of columns, with and without each part of the rows.
#include "saddle/metrics/table_likeness.h"

#include <limits>

namespace saddle {
namespace {

constexpr int64_t kDeciles = 10;
constexpr double kMissing = std::numeric_limits<double>::infinity();  // larger than every number

/// Rows of one side that share something, in all and in each part.
struct CellCounts {
  std::vector<double> whole, parts;  // [cells], [parts, cells]
  std::vector<double> rows;          // of each part
  double total = 0;

  CellCounts(size_t cells, const RowParts& dealt)
      : whole(cells, 0.0), parts(cells * dealt.sizes.size(), 0.0), rows(dealt.sizes.begin(), dealt.sizes.end()) {
    for (const double n : rows) total += n;
  }
  void add(size_t cell, size_t part) {
    whole[cell] += 1;
    parts[part * whole.size() + cell] += 1;
  }
};

void add_to(LeftOut& sum, const LeftOut& one) {
  sum.whole += one.whole;
  const auto add = [](std::vector<double>& into, const std::vector<double>& from) {
    if (into.empty()) into.assign(from.size(), 0.0);
    for (size_t i = 0; i < from.size(); ++i) into[i] += from[i];
  };
  add(sum.p, one.p);
  add(sum.q, one.q);
}

void divide_by(LeftOut& sum, double count) {
  sum.whole /= count;
  for (auto* side : {&sum.p, &sum.q})
    for (double& value : *side) value /= count;
}

/// 1 - total variation of two sides' cells.
LeftOut variation_similarity(const CellCounts& p, const CellCounts& q) {
  const size_t cells = p.whole.size();
  LeftOut result;
  for (size_t c = 0; c < cells; ++c) result.whole += std::fabs(p.whole[c] / p.total - q.whole[c] / q.total);
  result.whole = 1 - result.whole / 2;
  const auto without = [cells](const CellCounts& side, const CellCounts& other, std::vector<double>& values) {
    for (size_t g = 0; g < side.rows.size(); ++g) {
      const double* part = &side.parts[g * cells];
      const double n = side.total - side.rows[g];
      double sum = 0;
      for (size_t c = 0; c < cells; ++c) sum += std::fabs((side.whole[c] - part[c]) / n - other.whole[c] / other.total);
      values.push_back(1 - sum / 2);
    }
  };
  without(p, q, result.p);
  without(q, p, result.q);
  return result;
}

/// The cell of each row of both sides in one column.
struct ColumnCells {
  std::vector<int32_t> p, q;
  size_t count = 0;
};

std::vector<int32_t> numbers_of(const Tensor& places) {
  const Tensor x = places.to(at::kInt).contiguous();
  return {x.const_data_ptr<int32_t>(), x.const_data_ptr<int32_t>() + x.numel()};
}

/// P's most frequent levels, each a cell, and one cell for the others.
ColumnCells cells_of_levels(const Tensor& p, const Tensor& q) {
  const Tensor codes = p.nan_to_num(-1).contiguous();
  const auto [levels, inverse, counts] = at::_unique2(codes, /*sorted=*/true, false, /*return_counts=*/true);
  const Tensor ranked = std::get<1>(counts.neg().sort(/*stable=*/true, 0, false)).slice(0, 0, kMostLevels);
  const Tensor kept = std::get<0>(levels.index_select(0, ranked).sort());
  const auto cells = [&](const Tensor& x) {
    const Tensor code = x.nan_to_num(-1).contiguous();
    const Tensor place = at::searchsorted(kept, code).clamp_max(kept.numel() - 1);
    return numbers_of(at::where(kept.index_select(0, place) == code, place, kept.numel()));
  };
  return {cells(p), cells(q), static_cast<size_t>(kept.numel()) + 1};
}

/// Ten bins by P's deciles, and one cell for missing numbers.
ColumnCells cells_of_numbers(const Tensor& p, const Tensor& q) {
  const Tensor known = std::get<0>(p.masked_select(p.isnan().logical_not()).sort());
  const int64_t n = known.numel();
  Tensor edges = at::zeros({0}, at::kDouble);
  if (n > 0)
    edges = std::get<0>(at::_unique2(
        known.index_select(0, at::floor_divide(at::arange(1, kDeciles, at::kLong) * n, kDeciles)), /*sorted=*/true));
  const auto cells = [&](const Tensor& x) {
    const Tensor bin = at::searchsorted(edges, x.nan_to_num().contiguous(), false, /*right=*/true);
    return numbers_of(at::where(x.isnan(), edges.numel() + 1, bin));
  };
  return {cells(p), cells(q), static_cast<size_t>(edges.numel()) + 2};
}

ColumnCells cells_of(const Tensor& p, const Tensor& q, bool categorical) {
  return categorical ? cells_of_levels(p, q) : cells_of_numbers(p, q);
}

LeftOut similarity_of_cells(const ColumnCells& a, const DealtRows& parts) {
  CellCounts p(a.count, parts.p), q(a.count, parts.q);
  for (size_t i = 0; i < a.p.size(); ++i) p.add(static_cast<size_t>(a.p[i]), static_cast<size_t>(parts.p.of_row[i]));
  for (size_t i = 0; i < a.q.size(); ++i) q.add(static_cast<size_t>(a.q[i]), static_cast<size_t>(parts.q.of_row[i]));
  return variation_similarity(p, q);
}

/// The cells of two columns together.
ColumnCells joined(const ColumnCells& a, const ColumnCells& b) {
  ColumnCells both{a.p, a.q, a.count * b.count};
  const auto width = static_cast<int32_t>(b.count);
  for (size_t i = 0; i < a.p.size(); ++i) both.p[i] = a.p[i] * width + b.p[i];
  for (size_t i = 0; i < a.q.size(); ++i) both.q[i] = a.q[i] * width + b.q[i];
  return both;
}

/// How many rows of one side lie below some place, without each part, and the largest distance there.
struct Below {
  std::vector<double> of_part, farthest;
  double count = 0;

  explicit Below(size_t parts) : of_part(parts, 0.0), farthest(parts, 0.0) {}
  void add(int32_t part) {
    of_part[static_cast<size_t>(part)] += 1;
    count += 1;
  }
  void look(const std::vector<int64_t>& sizes, double total, double other) {
    for (size_t g = 0; g < of_part.size(); ++g) {
      const double share = (count - of_part[g]) / (total - static_cast<double>(sizes[g]));
      farthest[g] = std::max(farthest[g], std::fabs(share - other));
    }
  }
};

/// 1 - Kolmogorov and Smirnov's statistic of numbers, of which missing ones are the largest.
LeftOut smirnov_similarity(const Tensor& p, const Tensor& q, const DealtRows& parts) {
  const Tensor pooled = at::cat({p, q}).nan_to_num(kMissing, kMissing);
  const auto [sorted, order] = pooled.sort();
  const auto *values = sorted.const_data_ptr<double>(), *end = values + sorted.numel();
  const auto* row = order.const_data_ptr<int64_t>();
  const auto n = static_cast<double>(p.numel()), m = static_cast<double>(q.numel());
  Below of_p(parts.p.sizes.size()), of_q(parts.q.sizes.size());
  double farthest = 0;
  for (const double* value = values; value != end; ++value, ++row) {
    if (*row < p.numel())
      of_p.add(parts.p.of_row[static_cast<size_t>(*row)]);
    else
      of_q.add(parts.q.of_row[static_cast<size_t>(*row - p.numel())]);
    if (value + 1 != end && value[1] == *value) continue;
    const double p_share = of_p.count / n, q_share = of_q.count / m;
    farthest = std::max(farthest, std::fabs(p_share - q_share));
    of_p.look(parts.p.sizes, n, q_share);
    of_q.look(parts.q.sizes, m, p_share);
  }
  LeftOut result{1 - farthest, std::move(of_p.farthest), std::move(of_q.farthest)};
  for (auto* side : {&result.p, &result.q})
    for (double& value : *side) value = 1 - value;
  return result;
}

/// The sums behind correlations of numbers x over the rows that miss neither: [5, parts, c, c].
Tensor moments_of(const Tensor& x, const RowParts& dealt) {
  const Tensor part = at::tensor(dealt.of_row, at::kInt);
  std::vector<Tensor> sums;
  for (size_t g = 0; g < dealt.sizes.size(); ++g) {
    const Tensor rows = x.index_select(0, (part == static_cast<int32_t>(g)).nonzero().squeeze(1));
    const Tensor there = rows.isnan().logical_not().to(at::kDouble), v = rows.nan_to_num(0);
    sums.push_back(
        at::stack({at::mm(there.t(), there), at::mm(v.t(), there), at::mm(v.square().t(), there), at::mm(v.t(), v)}));
  }
  return at::stack(sums, 1);
}

/// Pearson's correlations of sums [4, ..., c, c]; 0 where a column does not vary.
Tensor correlations(const Tensor& sums) {
  const Tensor n = sums[0], x = sums[1], xx = sums[2], xy = sums[3];
  const Tensor y = x.transpose(-1, -2), yy = xx.transpose(-1, -2);
  const Tensor r = (xy - x * y / n) / ((xx - x * x / n) * (yy - y * y / n)).clamp_min(0).sqrt();
  return at::where(r.isfinite(), r.clamp(-1, 1), 0.0);
}

/// The sum over pairs of numbers of 1 - |r_p - r_q| / 2.
LeftOut correlation_similarities(const Tensor& p, const Tensor& q, const DealtRows& parts) {
  // in units of P, so that sums of squares lose no digits
  const Tensor known = p.isnan().logical_not().to(at::kDouble);
  const Tensor mean = p.nan_to_num(0).sum(0) / known.sum(0).clamp_min(1);
  const Tensor deviation = ((p - mean).square().nan_to_num(0).sum(0) / known.sum(0).clamp_min(1)).sqrt();
  const Tensor scale = at::where(deviation > 0, deviation, 1.0);
  const Tensor p_sums = moments_of((p - mean) / scale, parts.p), q_sums = moments_of((q - mean) / scale, parts.q);
  const auto similar = [](const Tensor& a, const Tensor& b) {  // [..., c, c] to the sums over pairs
    return (1 - (a - b).abs() / 2).triu(1).sum({-1, -2});
  };
  const Tensor p_whole = p_sums.sum(1), q_whole = q_sums.sum(1);
  const Tensor r_p = correlations(p_whole), r_q = correlations(q_whole);
  const auto without = [&](const Tensor& whole, const Tensor& sums, const Tensor& other) {
    const Tensor values = similar(correlations(whole.unsqueeze(1) - sums), other).contiguous();
    return std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  };
  return {similar(r_p, r_q).item<double>(), without(p_whole, p_sums, r_q), without(q_whole, q_sums, r_p)};
}

}  // namespace

LeftOut column_shapes(const Tensor& p, const Tensor& q, const Categorical& categorical, const DealtRows& parts) {
  LeftOut sum;
  for (size_t c = 0; c < categorical.size(); ++c) {
    const Tensor a = p.select(1, static_cast<int64_t>(c)), b = q.select(1, static_cast<int64_t>(c));
    add_to(sum, categorical[c] ? similarity_of_cells(cells_of_levels(a, b), parts) : smirnov_similarity(a, b, parts));
  }
  divide_by(sum, static_cast<double>(categorical.size()));
  return sum;
}

LeftOut column_pairs(const Tensor& p, const Tensor& q, const Categorical& categorical, const DealtRows& parts) {
  std::vector<ColumnCells> cells;
  std::vector<int64_t> numbers;
  for (size_t c = 0; c < categorical.size(); ++c) {
    const auto column = static_cast<int64_t>(c);
    cells.push_back(cells_of(p.select(1, column), q.select(1, column), categorical[c]));
    if (!categorical[c]) numbers.push_back(column);
  }
  LeftOut sum;
  sum.p.assign(parts.p.sizes.size(), 0.0);
  sum.q.assign(parts.q.sizes.size(), 0.0);
  if (numbers.size() > 1) {
    const Tensor kept = at::tensor(numbers, at::kLong);
    add_to(sum, correlation_similarities(p.index_select(1, kept), q.index_select(1, kept), parts));
  }
  for (size_t a = 0; a < cells.size(); ++a)
    for (size_t b = a + 1; b < cells.size(); ++b)
      if (categorical[a] || categorical[b]) add_to(sum, similarity_of_cells(joined(cells[a], cells[b]), parts));
  divide_by(sum, static_cast<double>(cells.size() * (cells.size() - 1)) / 2);
  return sum;
}

}  // namespace saddle
