// Implements the critic of random partitions.
#include "saddle/critics/partition.h"

#include <random>

#include "saddle/base/rng.h"
#include "saddle/critics/logistic.h"

namespace saddle {
namespace {

constexpr int kTrees = 12;
constexpr int64_t kSmallestCell = 24;  // rows
constexpr int kSizes = 7;              // cell sizes tried: 24, 48, ... rows
constexpr int kRandomDirections = 4;   // random directions, of which a cell is cut along its widest

struct Cell {
  int direction = -1;   // -1: not cut further
  float threshold = 0;  // a row below it goes left
  int left = 0, right = 0;
  float p = 0, q = 0;  // weight of the rows of either side
  int64_t rows = 0;
};

/// One partition tree, with its directions in one matrix.
struct Partition {
  std::vector<Cell> cells;
  std::vector<float> directions;  // [cells, d]
};

class PartitionGrower {
 public:
  PartitionGrower(const Labelled& train, uint64_t seed)
      : d_(train.white.size(1)), x_(train.white.contiguous()), label_(train.label), weight_(train.weight),
        random_(seed) {}

  Partition grow() {
    Partition tree;
    std::vector<int32_t> rows(static_cast<size_t>(x_.size(0)));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int32_t>(i);
    cut(tree, rows, 0, static_cast<int64_t>(rows.size()));
    return tree;
  }

 private:
  std::vector<float> random_direction() {
    std::normal_distribution<float> normal;
    std::vector<float> v(static_cast<size_t>(d_));
    for (float& c : v) c = normal(random_);
    float norm = 0;
    for (const float c : v) norm += c * c;
    for (float& c : v) c /= std::sqrt(norm);
    return v;
  }

  float project(int32_t row, const std::vector<float>& direction) const {
    const float* x = x_.data_ptr<float>() + row * d_;
    float sum = 0;
    for (int64_t c = 0; c < d_; ++c) sum += x[c] * direction[static_cast<size_t>(c)];
    return sum;
  }

  /// The spread of some of a cell's rows along a direction.
  float spread(const std::vector<int32_t>& rows, int64_t begin, int64_t end, const std::vector<float>& v) const {
    const int64_t stride = std::max<int64_t>(1, (end - begin) / 64);
    float sum = 0, squares = 0, count = 0;
    for (int64_t i = begin; i < end; i += stride, ++count) {
      const float t = project(rows[static_cast<size_t>(i)], v);
      sum += t, squares += t * t;
    }
    return squares / count - (sum / count) * (sum / count);
  }

  int cut(Partition& tree, std::vector<int32_t>& rows, int64_t begin, int64_t end) {
    const auto number = static_cast<int>(tree.cells.size());
    Cell cell;
    cell.rows = end - begin;
    for (int64_t i = begin; i < end; ++i) {
      const int32_t row = rows[static_cast<size_t>(i)];
      (label_.data_ptr<float>()[row] > 0.5F ? cell.p : cell.q) += weight_.data_ptr<float>()[row];
    }
    tree.cells.push_back(cell);
    if (cell.rows < 2 * kSmallestCell) return number;
    std::vector<float> widest = random_direction();
    float most = spread(rows, begin, end, widest);
    for (int k = 1; k < (d_ > 1 ? kRandomDirections : 1); ++k) {
      std::vector<float> v = random_direction();
      const float wide = spread(rows, begin, end, v);
      if (wide > most) most = wide, widest = std::move(v);
    }
    if (!(most > 0)) return number;
    std::vector<std::pair<float, int32_t>> keyed;
    keyed.reserve(static_cast<size_t>(cell.rows));
    for (int64_t i = begin; i < end; ++i)
      keyed.emplace_back(project(rows[static_cast<size_t>(i)], widest), rows[static_cast<size_t>(i)]);
    // not just the median: trees that cut at different places smooth one another
    const double share = 0.35 + 0.3 * std::uniform_real_distribution<double>()(random_);
    const auto middle = static_cast<int64_t>(share * static_cast<double>(cell.rows));
    std::nth_element(keyed.begin(), keyed.begin() + middle, keyed.end());
    const float threshold = keyed[static_cast<size_t>(middle)].first;
    const auto right_begin =
        std::partition(keyed.begin(), keyed.end(), [&](const auto& k) { return k.first < threshold; });
    const int64_t left_rows = right_begin - keyed.begin();
    if (left_rows == 0) return number;  // many equal rows
    for (size_t i = 0; i < keyed.size(); ++i) rows[static_cast<size_t>(begin) + i] = keyed[i].second;
    const auto direction = static_cast<int>(tree.directions.size() / static_cast<size_t>(d_));
    tree.directions.insert(tree.directions.end(), widest.begin(), widest.end());
    const int left = cut(tree, rows, begin, begin + left_rows), right = cut(tree, rows, begin + left_rows, end);
    Cell& done = tree.cells[static_cast<size_t>(number)];
    done.direction = direction, done.threshold = threshold, done.left = left, done.right = right;
    return number;
  }

  int64_t d_;
  Tensor x_, label_, weight_;
  std::mt19937_64 random_;
};

/// The weights of P and Q in each row's cells, one column a cell size. Shapes: result {[n, kSizes], [n, kSizes]}.
std::pair<Tensor, Tensor> cell_weights(const std::vector<Partition>& trees, const Tensor& white) {
  const Tensor x = white.contiguous();
  const int64_t n = x.size(0), d = x.size(1);
  Tensor p = at::zeros({n, kSizes}), q = at::zeros({n, kSizes});
  float *p_out = p.data_ptr<float>(), *q_out = q.data_ptr<float>();
  for (const Partition& tree : trees)
    for (int64_t i = 0; i < n; ++i) {
      const float* row = x.data_ptr<float>() + i * d;
      const Cell* cell = tree.cells.data();
      for (int size = kSizes - 1; size >= 0; --size) {
        const int64_t limit = kSmallestCell << (size + 1);  // go down while the cell has this many rows
        while (cell->rows >= limit && cell->direction >= 0) {
          const float* v = &tree.directions[static_cast<size_t>(cell->direction * d)];
          float t = 0;
          for (int64_t c = 0; c < d; ++c) t += row[c] * v[c];
          cell = &tree.cells[static_cast<size_t>(t < cell->threshold ? cell->left : cell->right)];
        }
        p_out[i * kSizes + size] += cell->p / static_cast<float>(cell->rows);
        q_out[i * kSizes + size] += cell->q / static_cast<float>(cell->rows);
      }
    }
  return {p, q};
}

/// Log-odds at one cell size. The weights are averages of shares, so half a row a cell keeps empty ones finite.
Tensor size_logits(const std::pair<Tensor, Tensor>& weights, int size) {
  const double prior = 0.5 * kTrees / static_cast<double>(kSmallestCell << size) / 1.5;
  return (weights.first.select(1, size) + prior).log() - (weights.second.select(1, size) + prior).log();
}

}  // namespace

Critic fit_partition(const Labelled& train, const Labelled& held, uint64_t seed) {
  PartitionGrower grower(train, derive_seed(seed, "partition"));
  std::vector<Partition> trees;
  trees.reserve(kTrees);
  for (int t = 0; t < kTrees; ++t) trees.push_back(grower.grow());
  const auto weights = cell_weights(trees, held.white);
  int best = kSizes - 1;
  double best_value = -1e300;
  for (int size = 0; size < kSizes; ++size) {
    const Tensor logits = size_logits(weights, size).unsqueeze(1);
    const double value = weighted_value(logistic_logits(logits, fit_logistic(logits, held, 1)), held);
    if (value > best_value) best_value = value, best = size;
  }
  return [trees, best](const Labelled& rows) { return size_logits(cell_weights(trees, rows.white), best); };
}

}  // namespace saddle
