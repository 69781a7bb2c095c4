// Implements the distances that are means over pairs of rows, in blocks, with one permutation test for all.
#include "saddle/divergences/mmd.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/base/student.h"

namespace saddle {
namespace {

constexpr int64_t kLargestBlock = 1500;      // rows a side: the kernel matrix of a block has 9 million numbers
constexpr int64_t kPairBudget = 10'000'000;  // rows a side times rows a block and side
constexpr int64_t kSpreadBlocks = 16;        // from how many block means the interval takes its width
constexpr int64_t kBandwidthRows = 1000;
constexpr int64_t kLargestRatio = 10;  // of the sides' rows
constexpr int64_t kDoubleUpTo = 64;    // columns up to which distances are float64; beyond, no cancellation threatens
constexpr int64_t kFewestRows = 10;

/// Both sides, in random order: block i holds rows [i n, (i + 1) n) of p and [i m, (i + 1) m) of q.
struct Blocks {
  Tensor p, q;
  int64_t count, n, m;
};

/// Random orders of 0, 1, ... along the last dimension; drawn in float64, whose draws hardly ever tie.
Tensor shuffled(at::IntArrayRef shape, Rng& rng) { return rand(shape, rng, at::kCPU, at::kDouble).argsort(); }

Tensor pick(const Tensor& x, int64_t rows, Rng& rng) {
  return x.index_select(0, shuffled({x.size(0)}, rng).slice(0, 0, rows));
}

Blocks deal(const std::string& where, const Tensor& p, const Tensor& q, Rng& rng) {
  const int64_t fewest = std::min(p.size(0), q.size(0));
  if (fewest < kFewestRows)
    throw Error(where + ": expected at least " + std::to_string(kFewestRows) + " rows a side, got " +
                std::to_string(fewest));
  const int64_t n = std::min(p.size(0), kLargestRatio * fewest), m = std::min(q.size(0), kLargestRatio * fewest);
  const int64_t larger = std::max(n, m);
  const int64_t block = std::min(kLargestBlock, std::max<int64_t>(kPairBudget / larger, kFewestRows));
  const int64_t count = std::min((larger + block - 1) / block, fewest / 2);
  Blocks blocks{{}, {}, count, n / count, m / count};
  blocks.p = pick(p, blocks.count * blocks.n, rng);
  blocks.q = pick(q, blocks.count * blocks.m, rng);
  return blocks;
}

/// Returns rows [n, d] about a centre common to both sides, in the type that their distances need.
std::pair<Tensor, Tensor> centred_rows(const std::string& where, const Tensor& p, const Tensor& q) {
  const Tensor x = p.detach().flatten(1), y = q.detach().flatten(1);
  if (x.size(1) != y.size(1))
    throw Error(where + ": expected rows of one size, got " + std::to_string(x.size(1)) + " and " +
                std::to_string(y.size(1)) + " numbers a row");
  const auto type = x.size(1) <= kDoubleUpTo ? at::kDouble : at::kFloat;
  const Tensor centre = (x.mean(0, false, at::kDouble) + y.mean(0, false, at::kDouble)) / 2;
  return {(x - centre).to(type), (y - centre).to(type)};
}

/// Points some of which lie very far out, or all of which are so large or small that squares over- or underflow, in
/// units of a typical row's distance from the median, and drawn in to 10,000 of them: a kernel as wide as the median
/// distance is 0 there and here, and neither mean nor square is lost to a few rows at the ends of float64.
std::pair<Tensor, Tensor> drawn_in(const Tensor& p, const Tensor& q) {
  constexpr double kFar = 1e4, kLarge = 1e100;
  constexpr int64_t kRows = 4'000;
  if (p.dim() != 2) return {p, q};
  const auto some = [](const Tensor& x) { return x.slice(0, 0, std::nullopt, 1 + x.size(0) / kRows).to(at::kDouble); };
  const Tensor seen = at::cat({some(p), some(q)}), middle = std::get<0>(seen.median(0));
  const double typical = (seen / 2 - middle / 2).abs().amax(1).median().item<double>();
  const auto reach = [&](const Tensor& x) {
    const Tensor low = x.amin(0).to(at::kDouble), high = x.amax(0).to(at::kDouble);
    return std::max((middle / 2 - low / 2).max().item<double>(), (high / 2 - middle / 2).max().item<double>());
  };
  const bool squares_hold = typical > 1 / kLarge && typical < kLarge;
  if (!(typical > 0) || (squares_hold && std::max(reach(p), reach(q)) / typical <= kFar)) return {p, q};
  const auto units = [&](const Tensor& x) {
    return ((x.to(at::kDouble) / 2 - middle / 2) / typical).clamp(-kFar, kFar);
  };
  return {units(p), units(q)};
}

/// Returns -|x_i - x_j|^2 for all pairs of rows, by one matrix product; at most 0.
Tensor negative_squared_distances(const Tensor& x) {
  const Tensor norm = x.square().sum(1, true), one = at::ones_like(norm);
  return at::mm(at::cat({2 * x, -norm, -one}, 1), at::cat({x, one, norm}, 1).t()).clamp_max_(0);
}

/// Returns the median distance of some rows of both sides; where most are equal, the mean; where all are, 1.
double median_distance(const Blocks& blocks, Rng& rng) {
  const Tensor distance =
      negative_squared_distances(pick(at::cat({blocks.p, blocks.q}), kBandwidthRows, rng)).neg_().sqrt_();
  const int64_t n = distance.size(0);
  const Tensor pairs = distance.masked_select(at::ones({n, n}, at::kBool).triu_(1));
  for (const double h : {pairs.median().item<double>(), pairs.mean().item<double>()})
    if (h > 0) return h;
  return 1;
}

/// Kernel matrix of all pairs of rows, in place of their squared distances with the sign changed; 0 on the diagonal.
using Kernel = std::function<Tensor&(Tensor& negative_squared_distances)>;

/// The U-statistic from the sums of k over ordered pairs within p, within q, and over p times q.
double u_statistic(double within_p, double within_q, double between, int64_t n, int64_t m) {
  const auto a = static_cast<double>(n), b = static_cast<double>(m);
  return within_p / (a * (a - 1)) + within_q / (b * (b - 1)) - 2 * between / (a * b);
}

/// A part of a block: rows [index n, index n + n) of p and [index m, index m + m) of q.
struct Part {
  int64_t index, n, m;
};

/// The U-statistic of one part of a block, in whose kernel matrix the rows of q begin at `first_q`.
double part_statistic(const Tensor& kernel, int64_t first_q, const Part& part) {
  const auto [index, n, m] = part;
  const int64_t at_p = index * n, at_q = first_q + index * m;
  const Tensor from_p = kernel.narrow(0, at_p, n), from_q = kernel.narrow(0, at_q, m);
  const auto total = [](const Tensor& x) { return x.sum(at::kDouble).item<double>(); };
  return u_statistic(total(from_p.narrow(1, at_p, n)), total(from_q.narrow(1, at_q, m)),
                     total(from_p.narrow(1, at_q, m)), n, m);
}

/// Share of label permutations whose statistic is at least the observed one; `kernel` is summed over the blocks.
///
/// Since every block is permuted alike, the sum over blocks of a' K_b a is a' (sum of K_b) a: one matrix product.
double permutation_p_value(const Tensor& kernel, int64_t n, int64_t m, int64_t permutations, Rng& rng) {
  if (permutations == 0) return 1;
  Tensor in_p = (shuffled({permutations + 1, n + m}, rng) < n).to(kernel.scalar_type());
  in_p[0] = (at::arange(n + m) < n).to(in_p.scalar_type());
  const Tensor reach = at::mm(in_p, kernel);  // of each row into p
  const Tensor within_p = (reach * in_p).sum(1, false, at::kDouble), from_p = reach.sum(1, false, at::kDouble);
  const double total = kernel.sum(at::kDouble).item<double>();
  const auto a = static_cast<double>(n), b = static_cast<double>(m);
  const Tensor between = from_p - within_p, within_q = total - from_p - between;
  const Tensor statistic = within_p / (a * (a - 1)) + within_q / (b * (b - 1)) - between * (2 / (a * b));
  // Ties, as among discrete rows, must count for the permutations whatever the order of rounding.
  const double rounding = 1e-6 * kernel.abs().sum(at::kDouble).item<double>() / (a * b);
  const int64_t above = (statistic.slice(0, 1) >= statistic[0] - rounding).sum().item<int64_t>();
  return static_cast<double>(above + 1) / static_cast<double>(permutations + 1);
}

PairDistance pair_distance(const Blocks& blocks, const Kernel& kernel_of, const PairOptions& options, Rng& rng) {
  const auto [p, q, count, n, m] = blocks;
  const int64_t parts = std::min((kSpreadBlocks + count - 1) / count, std::min(n, m) / 2);
  double sum = 0;
  std::vector<double> spread;
  Tensor kernels;  // summed over the blocks
  for (int64_t block = 0; block < count; ++block) {
    Tensor kernel = negative_squared_distances(at::cat({p.narrow(0, block * n, n), q.narrow(0, block * m, m)}));
    kernel_of(kernel).fill_diagonal_(0);
    const double whole = part_statistic(kernel, n, {0, n, m});
    sum += whole;
    if (parts == 1) spread.push_back(whole);
    for (int64_t i = 0; i < parts && parts > 1; ++i)
      spread.push_back(part_statistic(kernel, n, {i, n / parts, m / parts}));
    if (options.permutations > 0 && block == 0) kernels = kernel.to(at::kFloat);
    if (options.permutations > 0 && block > 0) kernels.add_(kernel);
  }
  const double estimate = sum / static_cast<double>(count);
  const auto size = static_cast<double>(spread.size());
  const double half = student_quantile(options.confidence, size - 1) *
                      at::tensor(spread, at::kDouble).std(/*unbiased=*/true).item<double>() / std::sqrt(size);
  const double p_value = permutation_p_value(kernels, n, m, options.permutations, rng);
  return {estimate, estimate - half, estimate + half, p_value};
}

}  // namespace

PairDistance mmd2(const Tensor& p, const Tensor& q, const PairOptions& options) {
  Rng rng = make_rng(options.seed, "mmd2");
  if (p.flatten(1).size(1) != q.flatten(1).size(1)) centred_rows("mmd2", p, q);  // refuses
  const auto [near_p, near_q] = drawn_in(p, q);
  const auto [x, y] = centred_rows("mmd2", near_p, near_q);
  Blocks blocks = deal("mmd2", x, y, rng);
  const double scale = 1 / (std::sqrt(2.0) * median_distance(blocks, rng));
  blocks.p.mul_(scale);
  blocks.q.mul_(scale);
  return pair_distance(blocks, [](Tensor& d) -> Tensor& { return d.exp_(); }, options, rng);
}

PairDistance energy_distance(const Tensor& p, const Tensor& q, const PairOptions& options) {
  Rng rng = make_rng(options.seed, "energy_distance");
  const auto [x, y] = centred_rows("energy_distance", p, q);
  const Blocks blocks = deal("energy_distance", x, y, rng);
  return pair_distance(blocks, [](Tensor& d) -> Tensor& { return d.neg_().sqrt_().neg_(); }, options, rng);
}

}  // namespace saddle
