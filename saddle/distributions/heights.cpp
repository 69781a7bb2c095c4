// Implements densities by their heights.
#include "saddle/distributions/heights.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kMostOnOneAxis = 2000, kMostOnTwoAxes = 64;

/// The heights as a matrix, checked. Shapes: result [rows, columns] float64.
Tensor checked(const std::vector<std::vector<double>>& rows, int64_t axes, Heights::Form form) {
  const auto n = static_cast<int64_t>(rows.size()), m = static_cast<int64_t>(rows.empty() ? 0 : rows.front().size());
  const int64_t fewest = form == Heights::Form::steps ? 1 : 2, most = axes == 1 ? kMostOnOneAxis : kMostOnTwoAxes;
  const auto fits = [&](int64_t count) { return count >= fewest && count <= most; };
  if (!fits(n) || (axes == 2 && !fits(m)))
    throw Error("expected " + std::to_string(fewest) + " to " + std::to_string(most) + " heights along " +
                (axes == 1 ? "the axis, got " + std::to_string(n)
                           : "each axis, got " + std::to_string(n) + " and " + std::to_string(m)));
  std::vector<double> all;
  for (const auto& row : rows) {
    if (static_cast<int64_t>(row.size()) != m)
      throw Error("expected rows of one length, got " + std::to_string(m) + " and " + std::to_string(row.size()));
    all.insert(all.end(), row.begin(), row.end());
  }
  for (const double height : all)
    if (!(std::isfinite(height) && height >= 0 && height <= 1e100))
      throw Error(c10::str("expected heights from 0 to 1e100, got ", height));
  const Tensor heights = at::tensor(all, at::kDouble).view({n, m});
  const double largest = heights.max().item<double>();
  if (!(largest > 0)) throw Error("expected a height above 0, got none");
  return heights / largest;
}

/// Where the mass up to t of a density that is linear from a to b on [0, 1] is the share r. Shapes: all [n].
Tensor quantile(const Tensor& a, const Tensor& b, const Tensor& r) {
  const Tensor root = (a.square() + r * (b.square() - a.square())).clamp_min(0).sqrt();
  return (r * (a + b) / (a + root).clamp_min(1e-300)).clamp(0, 1);
}

Tensor between(const Tensor& a, const Tensor& b, const Tensor& t) { return a + t * (b - a); }

std::vector<std::vector<double>> as_rows(const std::vector<double>& heights) {
  std::vector<std::vector<double>> rows;
  rows.reserve(heights.size());
  for (const double height : heights) rows.push_back({height});
  return rows;
}

/// The heights at the corners of every cell. Shapes: heights [n, m], result [cells, cells, 2, 2].
Tensor corners_of(const Tensor& heights, int64_t axes, Heights::Form form) {
  if (form == Heights::Form::steps)
    return heights.view({heights.size(0), heights.size(1), 1, 1}).expand({-1, -1, 2, 2});
  const Tensor along = at::stack({heights.slice(0, 0, -1), heights.slice(0, 1)}, 2);  // [cells, m, 2]
  if (axes == 1) return along.unsqueeze(3).expand({-1, -1, 2, 2});
  return at::stack({along.slice(1, 0, -1), along.slice(1, 1)}, 3);
}

}  // namespace

Heights::Heights(const std::vector<double>& heights, Form form) : form_(form), axes_(1) {
  corners_ = corners_of(checked(as_rows(heights), 1, form), 1, form).contiguous();
  corners_ = corners_ / corners_.mean();
}

Heights::Heights(const std::vector<std::vector<double>>& rows, Form form) : form_(form), axes_(2) {
  corners_ = corners_of(checked(rows, 2, form), 2, form).contiguous();
  corners_ = corners_ / corners_.mean();
}

Tensor Heights::sample(int64_t n, Rng& rng) const {
  const int64_t rows = corners_.size(0), columns = corners_.size(1);
  const Tensor mass = corners_.mean({2, 3}).flatten();
  const Tensor cell = at::multinomial(mass, std::max<int64_t>(n, 1), /*replacement=*/true, rng).slice(0, 0, n);
  const Tensor share = rand({n, 2}, rng, at::kCPU, at::kDouble);
  const Tensor corner = corners_.view({-1, 4}).index_select(0, cell);
  const auto at_corner = [&](int64_t i) { return corner.select(1, i); };
  const Tensor s = quantile(at_corner(0) + at_corner(1), at_corner(2) + at_corner(3), share.select(1, 0));
  const Tensor left = between(at_corner(0), at_corner(2), s), right = between(at_corner(1), at_corner(3), s);
  const Tensor t = quantile(left, right, share.select(1, 1));
  const Tensor u = (cell.div(columns, "floor") + s) / static_cast<double>(rows),
               v = (cell.remainder(columns) + t) / static_cast<double>(columns);
  return axes_ == 1 ? u.unsqueeze(1) : at::stack({u, v}, 1);
}

Tensor Heights::density(const Tensor& x) const {
  const int64_t rows = corners_.size(0), columns = corners_.size(1);
  const auto place = [&](int64_t axis, int64_t count) {  // the cell, and where in it
    const Tensor at = axis < axes_ ? x.select(1, axis) * static_cast<double>(count) : at::zeros_like(x.select(1, 0));
    const Tensor cell = at.floor().clamp(0, static_cast<double>(count - 1));
    return std::pair(cell.to(at::kLong), at - cell);
  };
  const auto [row, s] = place(0, rows);
  const auto [column, t] = place(1, columns);
  const Tensor corner = corners_.view({-1, 4}).index_select(0, row * columns + column);
  const auto at_corner = [&](int64_t i) { return corner.select(1, i); };
  const Tensor height = between(between(at_corner(0), at_corner(2), s), between(at_corner(1), at_corner(3), s), t);
  const Tensor inside = at::logical_and(x.ge(0), x.le(1)).all(1);
  return at::where(inside, height.clamp_min(0), at::zeros_like(height));
}

bool Heights::operator==(const Heights& other) const {
  return axes_ == other.axes_ && corners_.sizes() == other.corners_.sizes() && at::equal(corners_, other.corners_);
}

}  // namespace saddle
