// Implements the change of units, and the search for columns of which float32 loses something.
#include "saddle/base/units.h"

namespace saddle {
namespace {

constexpr int64_t kBlock = 8192;     // rows at a time, which bounds memory
constexpr int kGridBits = 8;         // of the centre, below the deviation's power of two
constexpr double kHolds = 1e-4;      // of a scale: what rounding to float32 may move a number by
constexpr double kReach = 10;        // scales from the centre within which numbers are thought to lie
constexpr double kSmallest = 1e-30;  // scale, far above float32's denormal numbers
constexpr int64_t kSearched = 20'000, kSearchedNumbers = 4'000'000;        // rows, and numbers, that are searched
constexpr double kCoarseShare = 0.01;                                      // of the rows
constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();  // relative: what is no difference
constexpr double kLargest = std::numeric_limits<double>::max();

/// Columns times a power of two each, in two steps, since the power alone may be none of float64.
struct PowersOfTwo {
  Tensor first, second;

  explicit PowersOfTwo(const std::vector<int>& exponents) {
    std::vector<double> one, other;
    for (const int e : exponents) one.push_back(std::ldexp(1.0, e / 2)), other.push_back(std::ldexp(1.0, e - e / 2));
    first = at::tensor(one, at::kDouble);
    second = at::tensor(other, at::kDouble);
  }
  Tensor operator()(const Tensor& x) const { return x * first * second; }
};

/// All rows of a tensor, or those with some numbers, in their order.
struct ChosenRows {
  const Tensor& rows;
  Tensor numbers = {};  // undefined: all

  int64_t count() const { return numbers.defined() ? numbers.size(0) : rows.size(0); }
  int64_t columns() const { return rows.size(1); }

  /// Rows from the i-th on, kBlock of them where there are as many.
  Tensor block(int64_t i) const {
    const int64_t end = std::min(i + kBlock, count());
    return (numbers.defined() ? rows.index_select(0, numbers.slice(0, i, end)) : rows.slice(0, i, end)).to(at::kDouble);
  }
};

/// The mean of each column of f(block) over all rows.
Tensor mean_over(const ChosenRows& rows, const std::function<Tensor(const Tensor&)>& f) {
  Tensor sum = at::zeros({rows.columns()}, at::kDouble);
  for (int64_t i = 0; i < rows.count(); i += kBlock) sum += f(rows.block(i)).sum(0);
  return sum / static_cast<double>(rows.count());
}

/// Exponents k of columns with |x| < 2^k; 0 for a column of zeros.
std::vector<int> exponents_of(const ChosenRows& rows) {
  Tensor largest = at::zeros({rows.columns()}, at::kDouble);
  for (int64_t i = 0; i < rows.count(); i += kBlock) largest = at::maximum(largest, rows.block(i).abs().amax(0));
  std::vector<int> exponents;
  for (int64_t c = 0; c < rows.columns(); ++c) {
    int exponent = 0;
    std::frexp(largest[c].item<double>(), &exponent);
    exponents.push_back(exponent);
  }
  return exponents;
}

/// Means rounded to multiples of a 2^-kGridBits of their deviation's power of two.
Tensor on_grid(const Tensor& means, const Tensor& deviations) {
  Tensor rounded = means.clone();
  auto* mean = rounded.mutable_data_ptr<double>();
  for (int64_t c = 0; c < means.numel(); ++c) {
    const double deviation = deviations[c].item<double>();
    if (!(deviation > 0)) continue;
    const int grid = std::ilogb(deviation) - kGridBits;
    mean[c] = std::ldexp(std::nearbyint(std::ldexp(mean[c], -grid)), grid);
  }
  return rounded;
}

Units units_of_chosen(const ChosenRows& rows) {
  const std::vector<int> exponents = exponents_of(rows);
  std::vector<int> back(exponents.size());
  std::transform(exponents.begin(), exponents.end(), back.begin(), std::negate<>());
  const PowersOfTwo up(exponents), down(back);  // own = up(y), with y in [-1, 1]
  const Tensor first = down(rows.block(0)[0]);
  const auto mean_about = [&](const Tensor& point) {
    return point + mean_over(rows, [&](const Tensor& x) { return down(x) - point; });
  };
  const auto deviation_about = [&](const Tensor& point) {
    const Tensor square = mean_over(rows, [&](const Tensor& x) { return (down(x) - point).square(); });
    const Tensor offset = mean_over(rows, [&](const Tensor& x) { return down(x) - point; });
    return (square - offset.square()).clamp_min(0).sqrt();
  };
  const Tensor mean = mean_about(mean_about(first));
  const Tensor constant = mean_over(rows, [&](const Tensor& x) { return down(x).ne(first).to(at::kDouble); }).eq(0);
  const Tensor center = at::where(constant, first, on_grid(mean, deviation_about(mean)));
  const Tensor deviation = at::where(constant, 0.0, deviation_about(center));
  return {up(center),
          at::where(constant, 0.0, up(deviation).clamp(std::numeric_limits<double>::denorm_min(), kLargest))};
}

}  // namespace

Units Units::of(const Tensor& rows) { return units_of_chosen({rows}); }

Units Units::of(const Tensor& rows, const Tensor& numbers) { return units_of_chosen({rows, numbers}); }

Tensor Units::standardise(const Tensor& own) const {
  if (!defined()) return own;
  const Tensor x = own.to(at::kDouble), difference = x - center;
  Tensor standard = at::where(scale.gt(0), difference / scale, 0.0);
  if (!difference.isfinite().all().item<bool>())  // of numbers at both ends of float64
    standard = at::where(difference.isfinite(), standard, (x / 2 - center / 2) / (scale / 2));
  return standard.to(at::kFloat);
}

Tensor Units::restore(const Tensor& standard) const {
  if (!defined()) return standard;
  return at::addcmul(center, standard.to(at::kDouble), scale).clamp(-kLargest, kLargest);
}

bool Units::fit_float32() const {
  if (!defined()) return true;
  const Tensor far = center.abs() + kReach * scale;
  const Tensor rounding = far * (std::numeric_limits<float>::epsilon() / 2);
  const Tensor holds = scale.eq(0).logical_or(scale.gt(kSmallest).logical_and(rounding <= kHolds * scale));
  return holds.logical_and(far < std::numeric_limits<float>::max()).all().item<bool>();
}

std::vector<Coarse> find_coarse(const Tensor& rows, const Units& units) {
  const int64_t most = std::clamp<int64_t>(kSearchedNumbers / rows.size(1), 1000, kSearched);
  const Tensor some = rows.slice(0, 0, std::nullopt, 1 + (rows.size(0) - 1) / most).to(at::kDouble);
  const Tensor own = std::get<0>(some.t().contiguous().sort(1));  // a column a row
  const Tensor standard = units.standardise(own.t()).t().contiguous();
  const int64_t n = own.size(1);
  std::vector<Coarse> found;
  for (int64_t c = 0; c < own.size(0); ++c) {
    const double* x = own.const_data_ptr<double>() + c * n;
    const float* z = standard.const_data_ptr<float>() + c * n;
    Coarse worst{.column = c};
    int64_t before = 0, after = 0, lost = 0;
    for (int64_t first = 0, next = 0; first < n; first = next, ++after) {
      int64_t longest = 0, alike = 0;  // rows of one number: the most, and the current one's
      for (next = first; next < n && z[next] == z[first]; ++next) {
        const bool same = next > first && x[next] - x[next - 1] <= kRounding * std::fabs(x[next]);
        before += same ? 0 : 1;
        longest = std::max(longest, alike = same ? alike + 1 : 1);
      }
      if (next - first - longest <= lost) continue;
      lost = next - first - longest;
      worst.share = static_cast<double>(next - first) / static_cast<double>(n);
      worst.low = x[first];
      worst.high = x[next - 1];
    }
    if (static_cast<double>(lost) < std::max(2.0, kCoarseShare * static_cast<double>(n))) continue;
    worst.kept = static_cast<double>(after) / static_cast<double>(before);
    const Tensor column = rows.select(1, c).to(at::kDouble);
    worst.row = (column / 2 - worst.low / 2).abs().argmax().item<int64_t>();
    worst.farthest = column[worst.row].item<double>();
    found.push_back(worst);
  }
  return found;
}

}  // namespace saddle
