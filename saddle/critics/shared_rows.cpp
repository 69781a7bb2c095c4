// Implements the count of shared rows.
#include "saddle/critics/shared_rows.h"

#include <cmath>
#include <unordered_map>

namespace saddle {
namespace {

constexpr double kFar = 4.5;  // standard deviations
constexpr double kRare = 1e-6;

double log_choose(int64_t n, int64_t k) {
  const auto log_factorial = [](int64_t x) { return std::lgamma(static_cast<double>(x) + 1); };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

struct Moments {
  double mean = 0, variance = 0;
};

/// Of min(X, count - X), X being binomial.
Moments moments_of_smaller(int64_t count, double share) {
  double mean = 0, square = 0;
  for (int64_t x = 1; x < count; ++x) {
    const double chance = std::exp(log_choose(count, x) + static_cast<double>(x) * std::log(share) +
                                   static_cast<double>(count - x) * std::log1p(-share));
    const auto smaller = static_cast<double>(std::min(x, count - x));
    mean += chance * smaller;
    square += chance * smaller * smaller;
  }
  return {mean, square - mean * mean};
}

struct Counts {
  int64_t p = 0, q = 0;
};

}  // namespace

SharedRows shared_rows(const std::vector<uint64_t>& p, const std::vector<uint64_t>& q) {
  SharedRows result;
  const auto n = static_cast<int64_t>(p.size()), m = static_cast<int64_t>(q.size());
  if (n == 0 || m == 0) return result;
  std::unordered_map<uint64_t, Counts> rows;
  for (const uint64_t hash : p) ++rows[hash].p;
  for (const uint64_t hash : q) ++rows[hash].q;
  const double share = static_cast<double>(n) / static_cast<double>(n + m);
  std::unordered_map<int64_t, Moments> known;  // by the number of equal rows
  double variance = 0, log_ways = 0;           // of deals that give both sides the same rows
  for (const auto& [hash, counts] : rows) {
    const int64_t count = counts.p + counts.q;
    if (count == 1) continue;
    result.count += std::min(counts.p, counts.q);
    const auto found = known.find(count);
    const Moments& moments =
        found != known.end() ? found->second : known.emplace(count, moments_of_smaller(count, share)).first->second;
    result.expected += moments.mean;
    variance += moments.variance;
    log_ways += log_choose(count, count / 2);
  }
  const bool equal = n == m && result.count == n;
  result.too_many = static_cast<double>(result.count) > result.expected + kFar * std::sqrt(variance) + 1e-9 ||
                    (equal && log_ways - log_choose(n + m, n) < std::log(kRare));
  if (rows.size() == 1) result.too_many = false;
  result.same = result.too_many && 2 * result.count > std::min(n, m);
  return result;
}

}  // namespace saddle
