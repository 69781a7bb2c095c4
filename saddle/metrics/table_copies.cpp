// Implements the search for the closest rows of a table.
#include "saddle/metrics/table_copies.h"

#include <ATen/Parallel.h>

#include <unordered_set>

#include "saddle/base/rng.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

constexpr float kMissingPlace = -2, kUnknownLevel = -1;  // of numbers, and of levels that no known row has
constexpr int64_t kQueries = 64;                         // rows a thread takes at once

/// One hash a row; missing values are alike, and so are 0 and -0.
std::vector<uint64_t> row_keys(const Tensor& rows) {
  const Tensor x = at::where(rows.isnan(), std::nan(""), rows + 0.0).contiguous();
  const size_t bytes = static_cast<size_t>(x.size(1)) * sizeof(double);
  const auto* data = reinterpret_cast<const char*>(x.const_data_ptr<double>());
  std::vector<uint64_t> keys(static_cast<size_t>(x.size(0)));
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = hash_bytes({data + i * bytes, bytes}, 0);
  return keys;
}

std::unordered_set<uint64_t> keys_of(const Tensor& rows) {
  const std::vector<uint64_t> keys = row_keys(rows);
  return {keys.begin(), keys.end()};
}

/// Makes places of values: of numbers their mid-ranks among known rows, in [0, 1]; of levels their numbers.
class RowPlaces {
 public:
  RowPlaces(const Tensor& known, const Categorical& categorical) : categorical_(categorical) {
    for (size_t c = 0; c < categorical.size(); ++c) {
      const Tensor x = known.select(1, static_cast<int64_t>(c));
      columns_.push_back(categorical[c] ? std::get<0>(at::_unique2(x.nan_to_num(-1).contiguous(), /*sorted=*/true))
                                        : std::get<0>(x.masked_select(x.isnan().logical_not()).sort()));
    }
  }

  /// Result: [c, n] float32.
  Tensor operator()(const Tensor& rows) const {
    std::vector<Tensor> places;
    for (size_t c = 0; c < categorical_.size(); ++c) {
      const Tensor x = rows.select(1, static_cast<int64_t>(c)), &known = columns_[c];
      places.push_back(
          (categorical_[c] ? levels(x.nan_to_num(-1).contiguous(), known) : ranks(x, known)).to(at::kFloat));
    }
    return at::stack(places).contiguous();
  }

 private:
  static Tensor levels(const Tensor& codes, const Tensor& known) {
    const Tensor place = at::searchsorted(known, codes).clamp_max(known.numel() - 1);
    return at::where(known.index_select(0, place) == codes, place.to(at::kDouble), kUnknownLevel);
  }
  static Tensor ranks(const Tensor& x, const Tensor& known) {
    const Tensor values = x.nan_to_num(0).contiguous();
    const Tensor below = at::searchsorted(known, values), above = at::searchsorted(known, values, false, true);
    const double count = std::max<double>(1, static_cast<double>(known.numel()));
    return at::where(x.isnan(), kMissingPlace, (below + above).to(at::kDouble) / (2 * count));
  }

  Categorical categorical_;
  std::vector<Tensor> columns_;  // sorted
};

/// Adds the distances of one column's place to those of many rows.
void add_distances(float place, const float* rows, std::vector<float>& sums, bool levels) {
  const auto count = static_cast<int64_t>(sums.size());
  float* sum = sums.data();
  if (levels || place == kMissingPlace)
    for (int64_t i = 0; i < count; ++i) sum[i] += rows[i] == place && place != kUnknownLevel ? 0.0F : 1.0F;
  else  // a missing place lies below all others by more than 1
    for (int64_t i = 0; i < count; ++i) sum[i] += std::min(1.0F, std::fabs(rows[i] - place));
}

/// Of each query the distance to the closest row. Shapes: queries [c, m], rows [c, k], places; result [m] float64.
Tensor closest(const Tensor& queries, const Tensor& rows, const Categorical& categorical) {
  const int64_t m = queries.size(1), k = rows.size(1);
  Tensor result = at::empty({m}, at::kDouble);
  auto* out = result.data_ptr<double>();
  const auto *query = queries.const_data_ptr<float>(), *row = rows.const_data_ptr<float>();
  at::parallel_for(0, m, kQueries, [&](int64_t begin, int64_t end) {
    std::vector<float> sums(static_cast<size_t>(k));
    for (int64_t i = begin; i < end; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (size_t c = 0; c < categorical.size(); ++c) {
        const auto column = static_cast<int64_t>(c);
        add_distances(query[column * m + i], row + column * k, sums, categorical[c]);
      }
      out[i] =
          static_cast<double>(*std::min_element(sums.begin(), sums.end())) / static_cast<double>(categorical.size());
    }
  });
  return result;
}

}  // namespace

RowCopies find_row_copies(const Tensor& rows, const CopyRows& known, const Categorical& categorical, uint64_t seed) {
  Rng rng = make_rng(seed, "copies/training");
  const Tensor order = at::randperm(known.train.size(0), rng, at::kLong).slice(0, 0, kMostTraining);
  const Tensor train = known.train.index_select(0, order);
  const RowPlaces place(at::cat({train, known.held_out}), categorical);
  const Tensor queries = place(rows), trained = place(train), held_out = place(known.held_out);
  RowCopies copies;
  const auto keys = keys_of(known.train);
  std::vector<double> exact;
  for (const uint64_t key : row_keys(rows)) exact.push_back(keys.count(key) != 0 ? 1 : 0);
  copies.exact = at::tensor(exact, at::kDouble);
  copies.distance = closest(queries, trained, categorical);
  const int64_t equal = std::min(train.size(0), known.held_out.size(0));
  const Tensor to_some = closest(queries, trained.slice(1, 0, equal).contiguous(), categorical);
  const Tensor to_held_out = closest(queries, held_out.slice(1, 0, equal).contiguous(), categorical);
  copies.nearer = (1 + (to_held_out - to_some).sign()) / 2;
  return copies;
}

}  // namespace saddle
