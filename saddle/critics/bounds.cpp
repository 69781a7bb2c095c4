// Implements intervals for means and for V(D,G).
#include "saddle/critics/bounds.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kNormalFrom = 1000;   // samples a side below which the normal interval is not used
constexpr double kCertifiedClip = 7;    // of the logits under the bound
constexpr int64_t kMistakesFrom = 100;  // wrong decisions a side below which D counts as near saturation

/// The inverse of the standard normal distribution function, at 1 - alpha/2.
double normal_quantile(double alpha) {
  return std::sqrt(2.0) * at::special_erfinv(at::tensor({1 - alpha}, at::kDouble)).item<double>();
}

Tensor flat_double(const Tensor& x) { return x.detach().to(at::kCPU, at::kDouble).flatten(); }

/// The bets on one sample, as stakes that follow the variance seen so far.
class Bets {
 public:
  Bets(const Tensor& numbers, double low, double high, double enough) : enough_(enough) {
    const Tensor x = flat_double(numbers).contiguous();
    const int64_t n = x.numel();
    if (n < 1) throw Error("betting_lower_bound: expected at least 1 number, got 0");
    if (x.min().item<double>() < low || x.max().item<double>() > high)
      throw Error("betting_lower_bound: expected numbers in the stated range, got one outside it");
    const double* values = x.data_ptr<double>();
    double sum = 0.5, squares = 0.25;  // one imagined value at the middle, with the largest variance
    for (int64_t t = 0; t < n; ++t) {
      const auto seen = static_cast<double>(t + 1);
      stakes_.push_back(std::sqrt(2 * std::log(enough) / (static_cast<double>(n) * squares / seen)));
      scaled_.push_back((values[t] - low) / (high - low));
      sum += scaled_.back();
      const double mean = sum / (seen + 1);
      squares += (scaled_.back() - mean) * (scaled_.back() - mean);
    }
  }

  /// The wealth against "the mean is at most c", at the end or where it first is enough.
  double wealth(double c) const {
    double log_wealth = 0;
    const double log_enough = std::log(enough_);
    for (size_t t = 0; t < scaled_.size() && log_wealth < log_enough; ++t)
      log_wealth += std::log1p(std::min(stakes_[t], 0.75 / c) * (scaled_[t] - c));
    return log_wealth < log_enough ? std::exp(log_wealth) : enough_;
  }

 private:
  double enough_;
  std::vector<double> scaled_, stakes_;
};

Interval sum(const Interval& a, const Interval& b) {
  return {a.estimate + b.estimate, a.lower + b.lower, a.upper + b.upper};
}

}  // namespace

Interval empirical_bernstein(const Tensor& numbers, double low, double high, double alpha) {
  const Tensor x = flat_double(numbers);
  const auto n = static_cast<double>(x.numel());
  if (n < 2) throw Error("empirical_bernstein: expected at least 2 numbers, got " + std::to_string(x.numel()));
  if (x.min().item<double>() < low || x.max().item<double>() > high)
    throw Error("empirical_bernstein: expected numbers in the stated range, got one outside it");
  const double mean = x.mean().item<double>();
  const double variance = x.var(/*unbiased=*/true).item<double>();
  const double log_term = std::log(4 / alpha);
  const double half = std::sqrt(2 * variance * log_term / n) + 7 * (high - low) * log_term / (3 * (n - 1));
  return {mean, std::max(low, mean - half), std::min(high, mean + half)};
}

Interval normal_interval(const Tensor& numbers, double alpha) {
  const Tensor x = flat_double(numbers);
  if (x.numel() < 2) throw Error("normal_interval: expected at least 2 numbers, got " + std::to_string(x.numel()));
  const double mean = x.mean().item<double>();
  const double half = normal_quantile(alpha) * std::sqrt(x.var(true).item<double>() / static_cast<double>(x.numel()));
  return {mean, mean - half, mean + half};
}

double betting_lower_bound(const Tensor& x, double low, double high, double alpha) {
  return betting_lower_bound(std::vector{x}, low, high, alpha);
}

double betting_lower_bound(const std::vector<Tensor>& samples, double low, double high, double alpha) {
  if (samples.empty()) throw Error("betting_lower_bound: expected at least 1 sample, got 0");
  const double enough = static_cast<double>(samples.size()) / alpha;  // one sample alone then decides
  std::vector<Bets> bets;
  bets.reserve(samples.size());
  for (const Tensor& x : samples) bets.emplace_back(x, low, high, enough);
  const auto refuted = [&](double c) {  // whether the bets against means up to c win
    double wealth = 0;
    for (const Bets& own : bets) {
      wealth += own.wealth(c);
      if (wealth >= enough) return true;
    }
    return false;
  };
  double below = 0, above = 1;
  for (int step = 0; step < 30; ++step) {
    const double middle = (below + above) / 2;
    (refuted(middle) ? below : above) = middle;
  }
  return low + below * (high - low);
}

Tensor pair_means(const Tensor& x, const Tensor& y) {
  const Tensor a = flat_double(x), b = flat_double(y);
  const int64_t count = std::min(a.numel(), b.numel());
  const auto group = [count](const Tensor& t) {
    const int64_t each = t.numel() / count;
    return t.slice(0, 0, count * each).view({count, each}).mean(1);
  };
  return (group(a) + group(b)) / 2;
}

double certified_js(const std::vector<std::pair<Tensor, Tensor>>& logits, double alpha) {
  const auto scores = [&](const Tensor& x) {
    return at::log_sigmoid(flat_double(x).clamp(-kCertifiedClip, kCertifiedClip)) + kLog2;
  };
  std::vector<Tensor> samples;
  samples.reserve(logits.size());
  for (const auto& [p, q] : logits) samples.push_back(pair_means(scores(p), scores(-q)));
  const double least = kLog2 - std::log1p(std::exp(kCertifiedClip)) - 1e-9;  // with room for rounding
  return std::max(0.0, betting_lower_bound(samples, least, kLog2, alpha));
}

double certified_js(const Tensor& p_logits, const Tensor& q_logits, double alpha) {
  return certified_js({{p_logits, q_logits}}, alpha);
}

double accuracy(const Tensor& p_logits, const Tensor& q_logits) {
  const auto share = [](const Tensor& x) { return ((x.sign() + 1) / 2).to(at::kDouble).mean().item<double>(); };
  return (share(p_logits) + share(-q_logits)) / 2;
}

ValueEstimate estimate_value(const Tensor& real_logits, const Tensor& fake_logits, double confidence) {
  Tensor real = flat_double(real_logits), fake = flat_double(fake_logits);
  const int64_t real_mistakes = (real <= 0).sum().item<int64_t>(), fake_mistakes = (fake >= 0).sum().item<int64_t>();
  ValueEstimate result{};
  result.real_correct = 1 - static_cast<double>(real_mistakes) / static_cast<double>(real.numel());
  result.fake_correct = 1 - static_cast<double>(fake_mistakes) / static_cast<double>(fake.numel());
  result.bernstein =
      std::min(real.numel(), fake.numel()) < kNormalFrom || std::min(real_mistakes, fake_mistakes) < kMistakesFrom;
  const double alpha = 1 - confidence;
  if (result.bernstein) {
    real = real.clamp(-kLogitClip, kLogitClip);
    fake = fake.clamp(-kLogitClip, kLogitClip);
    // log sigmoid of the clipped range, with room for rounding; each side takes half of alpha (union bound)
    const double low = -std::log1p(std::exp(kLogitClip)) - 1e-9, high = -std::log1p(std::exp(-kLogitClip)) + 1e-9;
    result.value = sum(empirical_bernstein(at::log_sigmoid(real), low, high, alpha / 2),
                       empirical_bernstein(at::log_sigmoid(-fake), low, high, alpha / 2));
  } else {
    const Interval a = normal_interval(at::log_sigmoid(real), alpha),
                   b = normal_interval(at::log_sigmoid(-fake), alpha);
    const double half = std::hypot(a.upper - a.estimate, b.upper - b.estimate);  // the two samples are independent
    const double estimate = a.estimate + b.estimate;
    result.value = {estimate, estimate - half, estimate + half};
  }
  result.jsd_at_least = certified_js(real_logits, fake_logits, alpha);
  return result;
}

}  // namespace saddle
