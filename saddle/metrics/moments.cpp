// Implements means and covariances of parts of a sample.
#include "saddle/metrics/moments.h"

namespace saddle {
namespace {

constexpr int64_t kMomentRows = 1024;
constexpr int64_t kColumnBlocks = 8;  // of the product, of which those above the diagonal are computed: 9 of 16

/// G with S = G' G, by Cholesky where S is far enough from singular, and then upper triangular.
std::pair<Tensor, bool> root_of(const Tensor& s) {
  constexpr double kSmallestPivot = 1e-6;  // of the largest: below, rounding is a part of it that counts
  const auto [factor, info] = at::linalg_cholesky_ex(s, /*upper=*/false, /*check_errors=*/false);
  const Tensor pivots = factor.diagonal();
  if (info.item<int>() == 0 && (pivots.min() > kSmallestPivot * pivots.max()).item<bool>()) return {factor.t(), true};
  const auto [values, vectors] = at::linalg_eigh(s);
  const double least =
      std::numeric_limits<double>::epsilon() * static_cast<double>(s.size(0)) * values.max().item<double>();
  const int64_t none = (values <= least).sum().item<int64_t>(), some = s.size(0) - none;
  return {values.narrow(0, none, some).sqrt().unsqueeze(1) * vectors.narrow(1, none, some).t(), false};
}

}  // namespace

Tensor mean_of_rows(const Tensor& x) {
  Tensor sum = at::zeros({x.size(1)}, at::kDouble);
  for (const Tensor& block : x.split(kMomentRows)) sum += block.to(at::kDouble).sum(0);
  return sum / static_cast<double>(x.size(0));
}

void add_upper_products(Tensor& product, const Tensor& x) {
  const int64_t d = x.size(1), width = (d + kColumnBlocks - 1) / kColumnBlocks;
  for (int64_t first = 0; first < d; first += width) {
    const int64_t count = std::min(width, d - first);
    product.narrow(0, first, count)
        .narrow(1, first, d - first)
        .addmm_(x.narrow(1, first, count).t(), x.narrow(1, first, d - first));
  }
}

Tensor Moments::cross(const Moments& other) const {
  if (!triangular || !other.triangular) return at::mm(root, other.root.t());
  const int64_t d = root.size(1), width = (d + kColumnBlocks - 1) / kColumnBlocks;
  Tensor product = at::empty({d, d}, at::kDouble);
  for (int64_t row = 0; row < d; row += width)
    for (int64_t column = 0; column < d; column += width) {
      const int64_t h = std::min(width, d - row), w = std::min(width, d - column);
      const int64_t zeros = std::max(row, column);  // left of the diagonal: a third of the products are left
      Tensor block = product.narrow(0, row, h).narrow(1, column, w);
      at::mm_out(block, root.narrow(0, row, h).narrow(1, zeros, d - zeros),
                 other.root.narrow(0, column, w).narrow(1, zeros, d - zeros).t());
    }
  return product;
}

PartialMoments::PartialMoments(const Tensor& x, const Tensor& order, std::vector<int64_t> places)
    : x_(x), order_(order), centre_(mean_of_rows(x)) {
  const int64_t d = x.size(1);
  if (x.size(0) <= d) return;  // then rows are their own roots
  std::sort(places.begin(), places.end());
  Sums sums{at::zeros({d}, at::kDouble), at::zeros({d, d}, at::kDouble)};
  int64_t done = 0;
  for (const int64_t place : places) {
    while (done < place) {
      const int64_t next = std::min(done + kMomentRows, place);
      const Tensor block = centred(done, next);
      sums.row += block.sum(0);
      add_upper_products(sums.product, block);
      done = next;
    }
    if (place > 0 && sums_.count(place) == 0)
      sums_[place] = place == places.back() ? sums : Sums{sums.row.clone(), sums.product.clone()};
  }
}

Moments PartialMoments::of(int64_t begin, int64_t end) const {
  const int64_t rows = end - begin;
  const auto freedom = static_cast<double>(rows - 1);
  if (rows <= x_.size(1)) {
    const Tensor x = centred(begin, end), mean = x.mean(0), root = (x - mean) / std::sqrt(freedom);
    return {rows, mean + centre_, root.square().sum().item<double>(), root, false};
  }
  const Sums& last = sums_.at(end);
  Tensor row = last.row, s;
  if (begin > 0) {
    row = row - sums_.at(begin).row;
    s = last.product - sums_.at(begin).product;
  } else {
    s = last.product.clone();
  }
  const Tensor mean = row / static_cast<double>(rows);
  s.triu_();
  s += s.triu(1).t();
  s.addmm_(row.unsqueeze(1), mean.unsqueeze(0), 1, -1).div_(freedom);
  const auto [root, triangular] = root_of(s);
  return {rows, mean + centre_, s.trace().item<double>(), root, triangular};
}

Tensor PartialMoments::centred(int64_t begin, int64_t end) const {
  return x_.index_select(0, order_.narrow(0, begin, end - begin)).to(at::kDouble).sub_(centre_);
}

}  // namespace saddle
