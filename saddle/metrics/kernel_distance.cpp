// Implements the kernel distance, tile by tile of the matrix of kernels.
#include "saddle/metrics/kernel_distance.h"

#include "saddle/base/error.h"
#include "saddle/metrics/moments.h"
#include "saddle/metrics/row_groups.h"
#include "saddle/metrics/square_interval.h"

namespace saddle {
namespace {

constexpr int64_t kKernelTile = 1000;  // rows of a tile: the customary block

/// Rows of one side in random order, with what makes kernels of their products.
struct KernelRows {
  Tensor order;                      // [n] int64: their old places
  Tensor x;                          // [n, d]: less the common centre
  std::vector<double> offset;        // <x, y> / d + 1 is the product of centred rows over d, plus both rows' offsets
  std::vector<int64_t> first, last;  // of each row's group: from `first` to before `last`
  int64_t own_pairs = 0;             // pairs of rows of one group, with themselves

  int64_t count() const { return x.size(0); }
};

/// Sums of kernels over a matrix of pairs.
struct KernelSums {
  std::vector<double> rows, columns;  // of pairs of two groups
  double own = 0;                     // over the pairs within groups
  double diagonal = 0;                // of these, rows with themselves
  Tensor blocks;                      // [i, j]: sums of pairs of two groups in whole tiles
  Tensor pairs;                       // how many these are
};

/// One tile, whose rows begin at `row` and columns at `column`.
struct KernelTile {
  int64_t row, column;
  Tensor products;  // [height, width], float64 or float32: of centred rows
};

KernelRows prepare(const Tensor& x, const Tensor& groups, const Tensor& centre, at::ScalarType type, Rng& rng) {
  const RowOrder order = shuffle_rows(x.size(0), groups, rng);
  const auto d = static_cast<double>(x.size(1));
  KernelRows rows{order.rows, at::empty(x.sizes(), type), {}, {}, {}, 0};
  // half of the centre's own square goes to each side
  const double constant = (centre.square().sum().item<double>() / d + 1) / 2;
  for (int64_t begin = 0; begin < x.size(0); begin += kKernelTile) {
    const int64_t count = std::min(kKernelTile, x.size(0) - begin);
    const Tensor block = x.index_select(0, order.rows.narrow(0, begin, count)).to(at::kDouble) - centre;
    rows.x.narrow(0, begin, count).copy_(block);
    const Tensor offset = at::mv(block, centre) / d + constant;
    rows.offset.insert(rows.offset.end(), offset.const_data_ptr<double>(), offset.const_data_ptr<double>() + count);
  }
  int64_t begin = 0;
  for (const int64_t end : order.ends) {
    rows.first.insert(rows.first.end(), static_cast<size_t>(end - begin), begin);
    rows.last.insert(rows.last.end(), static_cast<size_t>(end - begin), end);
    rows.own_pairs += (end - begin) * (end - begin);
    begin = end;
  }
  return rows;
}

/// One row of a tile: its products, and what makes kernels of them.
template <class Number>
struct RowOfKernels {
  const Number* products;
  double scale, offset;
  const double* offsets;
};

/// Sums the kernels of columns `begin` to before `end` of a row, and adds each to its column's sum.
template <class Number>
double sum_kernels(const RowOfKernels<Number>& row, int64_t begin, int64_t end, double* columns) {
  double sum = 0;
  for (int64_t j = begin; j < end; ++j) {
    const double s = static_cast<double>(row.products[j]) * row.scale + row.offset + row.offsets[j], k = s * s * s;
    columns[j] += k;
    sum += k;
  }
  return sum;
}

/// Adds a tile to the sums; of one sample with itself, pairs of one group go to `own`.
template <class Number>
void add_tile(const KernelTile& tile, const KernelRows& a, const KernelRows& b, bool same, KernelSums& sums) {
  const int64_t height = tile.products.size(0), width = tile.products.size(1);
  const double scale = 1 / static_cast<double>(a.x.size(1));
  const Number* products = tile.products.const_data_ptr<Number>();
  const double* offsets = b.offset.data() + tile.column;
  std::vector<double> columns(static_cast<size_t>(width)), unused(static_cast<size_t>(width));
  double total = 0;
  int64_t pairs = 0;
  for (int64_t i = 0; i < height; ++i, products += width) {
    const auto row = static_cast<size_t>(tile.row + i);
    const auto within = [&](int64_t place) { return std::clamp(place - tile.column, int64_t{0}, width); };
    const int64_t begin = same ? within(a.first[row]) : width, end = same ? within(a.last[row]) : width;
    const auto sum = [&](int64_t from, int64_t to, std::vector<double>& into) {
      return sum_kernels(RowOfKernels<Number>{products, scale, a.offset[row], offsets}, from, to, into.data());
    };
    const double others = sum(0, begin, columns) + sum(end, width, columns);
    sums.own += sum(begin, end, unused);
    sums.rows[row] += others;
    total += others;
    pairs += width - (end - begin);
    if (same && tile.row == tile.column) sums.diagonal += sum(i, i + 1, unused);
  }
  for (int64_t j = 0; j < width; ++j)
    sums.columns[static_cast<size_t>(tile.column + j)] += columns[static_cast<size_t>(j)];
  if (height == kKernelTile && width == kKernelTile) {
    sums.blocks[tile.row / kKernelTile][tile.column / kKernelTile] = total;
    sums.pairs[tile.row / kKernelTile][tile.column / kKernelTile] = pairs;
  }
}

/// Sums over all pairs of a row of `a` and one of `b`; of one sample with itself, the tiles below the diagonal are left
/// out, and stand in `columns` of those above.
KernelSums sum_pairs(const KernelRows& a, const KernelRows& b) {
  const bool same = &a == &b;
  const int64_t n = a.count(), m = b.count();
  KernelSums sums{std::vector<double>(static_cast<size_t>(n)),
                  std::vector<double>(static_cast<size_t>(m)),
                  0,
                  0,
                  at::zeros({n / kKernelTile, m / kKernelTile}, at::kDouble),
                  at::zeros({n / kKernelTile, m / kKernelTile}, at::kDouble)};
  for (int64_t row = 0; row < n; row += kKernelTile)
    for (int64_t column = same ? row : 0; column < m; column += kKernelTile) {
      const Tensor left = a.x.narrow(0, row, std::min(kKernelTile, n - row)),
                   right = b.x.narrow(0, column, std::min(kKernelTile, m - column));
      const KernelTile tile{row, column, at::mm(left, right.t())};
      const auto add = a.x.scalar_type() == at::kDouble ? add_tile<double> : add_tile<float>;
      if (!same || row == column) {
        add(tile, a, b, same, sums);
        continue;
      }
      KernelSums above{std::vector<double>(static_cast<size_t>(n)),
                       std::vector<double>(static_cast<size_t>(m)),
                       0,
                       0,
                       sums.blocks,
                       sums.pairs};
      add(tile, a, b, same, above);
      sums.own += 2 * above.own;
      for (size_t i = 0; i < sums.rows.size(); ++i) sums.rows[i] += above.rows[i] + above.columns[i];
    }
  return sums;
}

Tensor tensor_of(const std::vector<double>& x) { return at::tensor(x, at::kDouble); }

/// Mean and spread over all pairs of whole tiles.
void tell_blocks(const KernelSums& p, const KernelSums& q, const KernelSums& cross, KernelDistance& result) {
  result.blocks = cross.blocks.numel();
  if (result.blocks == 0) return;
  const auto own = [](const KernelSums& sums) { return sums.blocks.diagonal() / sums.pairs.diagonal(); };
  const Tensor blocks = own(p).unsqueeze(1) + own(q) - 2 * cross.blocks / cross.pairs;
  result.blocks_mean = blocks.mean().item<double>();
  result.blocks_std = blocks.std(/*unbiased=*/false).item<double>();
}

/// The mean over pairs of two groups, and by how much the mean over all pairs is above it.
struct OwnSide {
  double mean, excess;
  double all_pairs;   // the mean over all pairs of two rows
  Tensor influences;  // [n], in the rows' order: each row's mean over the rows of other groups
};

OwnSide own_side(const KernelRows& rows, const KernelSums& sums) {
  const auto n = static_cast<double>(rows.count()), own = static_cast<double>(rows.own_pairs), pairs = n * n - own;
  const Tensor each = tensor_of(sums.rows);
  const double total = each.sum().item<double>(), mean = total / pairs;
  std::vector<double> others(rows.first.size());
  for (size_t i = 0; i < others.size(); ++i) others[i] = n - static_cast<double>(rows.last[i] - rows.first[i]);
  return {mean, (sums.own - own * mean) / (n * n), (total + sums.own - sums.diagonal) / (n * (n - 1)),
          each / tensor_of(others)};
}

/// Each row's influence on the distance, in the rows' old order.
Tensor influences_of(const OwnSide& side, const std::vector<double>& cross, double others, const Tensor& order) {
  return at::empty_like(side.influences).index_copy_(0, order, 2 * (side.influences - tensor_of(cross) / others));
}

}  // namespace

KernelDistance kernel_distance(const Tensor& p, const Tensor& q, const KernelOptions& options) {
  if (p.dim() != 2 || q.dim() != 2 || p.size(1) != q.size(1))
    throw Error(c10::str("kernel distance: expected rows of one length, got ", p.sizes(), " and ", q.sizes()));
  const int64_t units = std::min(count_groups(p.size(0), options.p_groups), count_groups(q.size(0), options.q_groups));
  if (units < 2) throw Error("kernel distance: expected at least two rows or groups a side, got fewer");
  const auto type = p.scalar_type() == at::kDouble || q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const Tensor centre = (mean_of_rows(p) + mean_of_rows(q)) / 2;
  Rng p_rng = make_rng(options.seed, "kernel distance p"), q_rng = make_rng(options.seed, "kernel distance q");
  const KernelRows x = prepare(p, options.p_groups, centre, type, p_rng),
                   y = prepare(q, options.q_groups, centre, type, q_rng);
  const KernelSums xx = sum_pairs(x, x), yy = sum_pairs(y, y), xy = sum_pairs(x, y);
  const OwnSide of_p = own_side(x, xx), of_q = own_side(y, yy);
  const auto n = static_cast<double>(x.count()), m = static_cast<double>(y.count());
  const double cross = tensor_of(xy.rows).sum().item<double>() / (n * m);

  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  KernelDistance result{of_p.mean + of_q.mean - 2 * cross, kNone, kNone, kNone, kNone, 0, kNone};
  result.all_pairs = of_p.all_pairs + of_q.all_pairs - 2 * cross;
  tell_blocks(xx, yy, xy, result);
  const double bias = of_p.excess + of_q.excess, square = result.distance + bias;
  // Below, the samples are the same rows: no variance of independent ones can be told from them.
  const double rounding = type == at::kDouble ? 1e-12 : 1e-7;
  if (square <= rounding * (of_p.mean + of_q.mean)) return result;
  const MeanVariance variance = variance_of_mean(influences_of(of_p, xy.rows, m, x.order), options.p_groups) +
                                variance_of_mean(influences_of(of_q, xy.columns, n, y.order), options.q_groups);
  const auto [lower, upper] = square_interval(square, variance, options.confidence);
  result.lower = lower - bias;
  result.upper = upper - bias;
  return result;
}

}  // namespace saddle
