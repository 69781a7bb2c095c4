// Implements the search for near rows, tile by tile.
#include "saddle/metrics/near_rows.h"

#include <limits>

#include "saddle/networks/simd.h"

namespace saddle {
namespace {

constexpr int64_t kTileRows = 1024;
constexpr int64_t kLanes = 16;
constexpr int64_t kKeptNumbers = int64_t{1} << 25;  // 128 MB; of more rows the blocks are made anew for each tile
constexpr double kUnitRoundoff = 0x1p-24;           // of float32

/// Lanes make the sum's order the same for all compilers; on the processors that have them they are registers.
struct SquaredDistance {
  template <class Vector, class Number>
  static SADDLE_INLINE void run(const Number* a, const Number* b, int64_t size, double* result) {
    double sums[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        const double difference = static_cast<double>(a[i + lane]) - static_cast<double>(b[i + lane]);
        sums[lane] += difference * difference;
      }
    for (; i < size; ++i) {
      const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      sums[i % kLanes] += difference * difference;
    }
    double sum = 0;
    for (const double lane : sums) sum += lane;
    *result = sum;
  }
};

template <class Number>
double squared_distance_of(const Number* a, const Number* b, int64_t size) {
  double result = 0;
  if (simd::level() == simd::Level::none)
    SquaredDistance::run<simd::Float8>(a, b, size, &result);
  else
    simd::run<SquaredDistance>(a, b, size, &result);
  return result;
}

}  // namespace

Middle middle_of(const std::vector<Tensor>& samples) {
  Tensor sum = at::zeros({samples.at(0).size(1)}, at::kDouble);
  double rows = 0, longest = 1e-100;
  for (const Tensor& x : samples) {
    sum += x.mean(0, false, at::kDouble) * static_cast<double>(x.size(0));
    rows += static_cast<double>(x.size(0));
  }
  const Tensor centre = sum / rows;
  for (const Tensor& x : samples)
    for (int64_t i = 0; i < x.size(0); i += kTileRows) {
      const Tensor block = x.narrow(0, i, std::min(kTileRows, x.size(0) - i)).to(at::kDouble) - centre;
      longest = std::max(longest, block.norm(2, {1}).max().item<double>());
    }
  return {centre, longest};
}

NearRows::NearRows(const Tensor& x, const Tensor& centre, double longest)
    : x_(x.detach().to(x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat).contiguous()), centre_(centre),
      scale_(1 / longest), unit_(scale_ * scale_) {
  // Of a product of d float32 terms of lengths |x| and |y|: d u |x| |y|; the rest is what centring, scaling and the
  // comparisons round. The last term is for what underflows.
  const double error = static_cast<double>(x.size(1) + 32) * kUnitRoundoff;
  low_.reserve(static_cast<size_t>(count()));
  high_.reserve(static_cast<size_t>(count()));
  const Tensor shown = x_.numel() <= kKeptNumbers ? at::empty(x_.sizes(), at::kFloat) : Tensor();
  for (int64_t i = 0; i < count(); i += kTileRows) {
    const Tensor rows = block(i, std::min(kTileRows, count() - i));
    if (shown.defined()) shown.narrow(0, i, rows.size(0)).copy_(rows);
    const Tensor square = rows.to(at::kDouble).square().sum(1);
    for (int64_t j = 0; j < square.size(0); ++j) {
      const double length = square.const_data_ptr<double>()[j];
      low_.push_back(static_cast<float>(length * (1 - error) - 1e-30));
      high_.push_back(static_cast<float>(length * (1 + error) + 1e-30));
    }
  }
  shown_ = shown;
}

double NearRows::squared_distance(int64_t i, const NearRows& other, int64_t j) const {
  const int64_t size = x_.size(1);
  if (x_.scalar_type() == at::kFloat && other.x_.scalar_type() == at::kFloat)
    return squared_distance_of(x_.const_data_ptr<float>() + i * size, other.x_.const_data_ptr<float>() + j * size,
                               size);
  TORCH_INTERNAL_ASSERT(x_.scalar_type() == at::kDouble && other.x_.scalar_type() == at::kDouble);
  return squared_distance_of(x_.const_data_ptr<double>() + i * size, other.x_.const_data_ptr<double>() + j * size,
                             size);
}

Tensor NearRows::block(int64_t begin, int64_t rows) const {
  if (shown_.defined()) return shown_.narrow(0, begin, rows);
  // In float64 until it is centred: what is near 0 then would have lost its digits in float32.
  return (x_.narrow(0, begin, rows).to(at::kDouble) - centre_).mul_(scale_).to(at::kFloat);
}

std::vector<NearRows> rows_in_common(const std::vector<Tensor>& samples) {
  std::vector<Tensor> rows;
  rows.reserve(samples.size());
  const bool wide =
      std::any_of(samples.begin(), samples.end(), [](const Tensor& x) { return x.scalar_type() == at::kDouble; });
  for (const Tensor& x : samples) rows.push_back(x.detach().to(wide ? at::kDouble : at::kFloat).contiguous());
  const Middle middle = middle_of(rows);
  std::vector<NearRows> result;
  result.reserve(rows.size());
  for (const Tensor& x : rows) result.emplace_back(x, middle.centre, middle.longest);
  return result;
}

void for_each_tile(const NearRows& a, const NearRows& b, const std::function<void(const ProductTile&)>& visit) {
  const bool same = &a == &b;
  Tensor products = at::empty({kTileRows, kTileRows});
  const auto visit_tile = [&](int64_t row, const Tensor& rows, int64_t column, const Tensor& columns) {
    const Tensor out = products.flatten().narrow(0, 0, rows.size(0) * columns.size(0));
    Tensor product = out.view({rows.size(0), columns.size(0)});
    at::mm_out(product, rows, columns.t());
    visit({row, rows.size(0), column, columns.size(0), product.const_data_ptr<float>()});
  };
  const auto block = [](const NearRows& x, int64_t begin) {
    return x.block(begin, std::min(kTileRows, x.count() - begin));
  };
  for (int64_t i = 0; same && i < a.count(); i += kTileRows) {
    const Tensor rows = block(a, i);
    visit_tile(i, rows, i, rows);
  }
  for (int64_t i = 0; i < a.count(); i += kTileRows) {
    const Tensor rows = block(a, i);
    for (int64_t j = same ? i + kTileRows : 0; j < b.count(); j += kTileRows) visit_tile(i, rows, j, block(b, j));
  }
}

NearLists::NearLists(int64_t rows, int64_t length, int64_t most, std::vector<int32_t> parts)
    : length_(length), most_(most), parts_(std::move(parts)),
      squared_(static_cast<size_t>(rows * length), std::numeric_limits<double>::infinity()),
      index_(static_cast<size_t>(rows * length), -1) {}

void NearLists::offer(int64_t row, int64_t other, double squared_distance) {
  double* squared = squared_.data() + row * length_;
  int32_t* index = index_.data() + row * length_;
  int64_t place = 0;
  while (squared[place] <= squared_distance) ++place;
  int64_t last = length_ - 1;  // what falls out
  if (!parts_.empty()) {
    const int32_t part = parts_[static_cast<size_t>(other)];
    int64_t of_part = 0;
    for (int64_t i = 0; i < length_ && index[i] >= 0; ++i) {
      if (parts_[static_cast<size_t>(index[i])] != part) continue;
      if (++of_part == most_) last = i;
    }
    if (of_part == most_ && last < place) return;
  }
  std::copy_backward(squared + place, squared + last, squared + last + 1);
  std::copy_backward(index + place, index + last, index + last + 1);
  squared[place] = squared_distance;
  index[place] = static_cast<int32_t>(other);
}

namespace {

/// Whether low_i + low_j - 2 s, the least that a squared distance can be, is below a row's or a column's farthest.
class Screen {
 public:
  Screen(const NearLists& lists, const NearRows& rows) : low_(rows.low()), unit_(rows.unit()), lists_(lists) {
    half_.reserve(low_.size());
    for (const float low : low_) half_.push_back(low / 2);
    need_.resize(low_.size());
    for (size_t i = 0; i < low_.size(); ++i) update(static_cast<int64_t>(i));
  }

  /// s >= half(j) + need(i) where the distance may be below row i's farthest.
  void update(int64_t i) {
    const auto at = static_cast<size_t>(i);
    need_[at] = static_cast<float>((low_[at] - lists_.farthest(i) * unit_) / 2);
  }
  float need(int64_t i) const { return need_[static_cast<size_t>(i)]; }
  const float* half() const { return half_.data(); }
  const float* need() const { return need_.data(); }

 private:
  const std::vector<float>& low_;
  double unit_;
  const NearLists& lists_;
  std::vector<float> half_, need_;
};

/// Rows that may go into lists, and half of their low bounds; `same`: they are those whose lists these are.
struct Candidates {
  const NearRows& rows;
  const float* half;
  bool same;
};

/// Fills the lists of a tile's rows from its columns.
void fill_rows(const ProductTile& tile, const NearRows& x, const Candidates& y, Screen& screen, NearLists& lists) {
  const float* half = y.half;
  std::vector<std::pair<float, int64_t>> found;  // how far, a column
  found.reserve(static_cast<size_t>(tile.columns));
  const auto length = static_cast<size_t>(lists.length());
  for (int64_t r = 0; r < tile.rows; ++r) {
    const int64_t i = tile.row + r;
    const float* s = tile.products + r * tile.columns;
    const float need = screen.need(i);
    found.clear();
    for (int64_t c = 0; c < tile.columns; ++c)
      if (s[c] >= half[tile.column + c] + need && !(y.same && tile.column + c == i))
        found.emplace_back(half[tile.column + c] - s[c], tile.column + c);
    // The nearest first, so that few of the others are worth an exact distance.
    if (found.size() > length)
      std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(length), found.end());
    for (const auto& [far, j] : found) {
      if (-far < screen.need(i)) continue;
      const double squared = x.squared_distance(i, y.rows, j);
      if (!(squared < lists.farthest(i))) continue;
      lists.offer(i, j, squared);
      screen.update(i);
    }
  }
}

/// Fills the lists of both rows of each pair of a tile above the diagonal.
void fill_both(const ProductTile& tile, const NearRows& x, Screen& screen, NearLists& lists) {
  constexpr int64_t kSpan = 32;
  const float* half = screen.half() + tile.column;
  const float* need = screen.need() + tile.column;
  const auto offer = [&](int64_t i, int64_t j, double squared) {
    if (!(squared < lists.farthest(i))) return;
    lists.offer(i, j, squared);
    screen.update(i);
  };
  for (int64_t r = 0; r < tile.rows; ++r) {
    const int64_t i = tile.row + r;
    const float* s = tile.products + r * tile.columns;
    const float own_half = screen.half()[i];
    for (int64_t begin = 0; begin < tile.columns; begin += kSpan) {
      const int64_t end = std::min(begin + kSpan, tile.columns);
      const float own_need = screen.need(i);
      int hits = 0;
      for (int64_t c = begin; c < end; ++c)
        hits |= static_cast<int>(s[c] >= half[c] + own_need) | static_cast<int>(s[c] >= need[c] + own_half);
      if (hits == 0) continue;
      for (int64_t c = begin; c < end; ++c) {
        if (s[c] < half[c] + screen.need(i) && s[c] < need[c] + own_half) continue;
        const double squared = x.squared_distance(i, x, tile.column + c);
        offer(i, tile.column + c, squared);
        offer(tile.column + c, i, squared);
      }
    }
  }
}

}  // namespace

NearLists nearest_others(const NearRows& x, int64_t length, int64_t most, const std::vector<int32_t>& parts) {
  NearLists lists(x.count(), length, most, parts);
  Screen screen(lists, x);
  for_each_tile(x, x, [&](const ProductTile& tile) {
    if (tile.row == tile.column)
      fill_rows(tile, x, {x, screen.half(), true}, screen, lists);
    else
      fill_both(tile, x, screen, lists);
  });
  return lists;
}

NearLists nearest_rows(const NearRows& queries, const NearRows& candidates, int64_t length) {
  NearLists lists(queries.count(), length, length, {});
  Screen screen(lists, queries);
  std::vector<float> half;
  half.reserve(candidates.low().size());
  for (const float low : candidates.low()) half.push_back(low / 2);
  for_each_tile(queries, candidates, [&](const ProductTile& tile) {
    fill_rows(tile, queries, {candidates, half.data(), false}, screen, lists);
  });
  return lists;
}

}  // namespace saddle
