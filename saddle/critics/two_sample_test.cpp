// Implements the two-sample test.
#include "saddle/critics/two_sample_test.h"

#include <random>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/blind_features.h"
#include "saddle/critics/bounds.h"
#include "saddle/critics/combined_critic.h"

namespace saddle {
namespace {

constexpr int64_t kFewestRows = 20;
constexpr int64_t kPermutedRows = 6'000;  // of a side, at most: more are left to the split critic
constexpr int64_t kBlock = 128;           // permutations at a time, which bounds memory
constexpr int64_t kPlantedRows = 8'000;   // at most, for the same reason of time
constexpr int kPlants = 2;
constexpr double kSplitShare = 0.1;    // of the level, given to the split critic; the permutations have the rest
constexpr double kSeen = 2.58 + 0.84;  // one-sided at the split critic's share of 5 %, and power 80 %: standard errors

/// Contrasts of rows of P and Q under permutations of their labels, a block at a time.
///
/// A contrast times features is the difference of the sides' means. Where both sides have n rows, labels are swapped
/// within random pairs, one of each side: a subgroup of all permutations, which keeps the test exact and takes a bit a
/// pair. Else all labels are shuffled.
class Contrasts {
 public:
  Contrasts(int64_t n, int64_t m, uint64_t seed) : n_(n), m_(m), random_(derive_seed(seed, "permutations")) {
    labels_.assign(static_cast<size_t>(n + m), -1.0F / static_cast<float>(m));
    std::fill(labels_.begin(), labels_.begin() + n, 1.0F / static_cast<float>(n));
  }

  /// The next `count` contrasts, of which the very first one is the observed labels. Shapes: result [count, n + m].
  Tensor next(int64_t count) {
    Tensor block = at::empty({count, n_ + m_});
    for (int64_t b = 0; b < count; ++b) {
      if (started_ && n_ == m_)
        swap_in_pairs();
      else if (started_)
        std::shuffle(labels_.begin(), labels_.end(), random_);
      started_ = true;
      std::copy(labels_.begin(), labels_.end(), block.data_ptr<float>() + b * (n_ + m_));
    }
    return block;
  }

 private:
  void swap_in_pairs() {
    const float size = 1.0F / static_cast<float>(n_);
    uint64_t bits = 0;
    for (int64_t i = 0; i < n_; ++i, bits >>= 1) {
      if (i % 64 == 0) bits = random_();
      const float sign = (bits & 1) != 0 ? size : -size;
      labels_[static_cast<size_t>(i)] = sign;
      labels_[static_cast<size_t>(n_ + i)] = -sign;
    }
  }

  int64_t n_, m_;
  bool started_ = false;
  std::mt19937_64 random_;
  std::vector<float> labels_;
};

/// The differences of means of each set of features [n + m, k], whose rows are in random order on either side, under
/// the observed labels and then under permutations. Shapes: result [permutations + 1, k] each.
std::vector<Tensor> permuted_differences(const std::vector<Tensor>& sets, int64_t n, int64_t permutations,
                                         uint64_t seed) {
  Contrasts contrasts(n, sets.front().size(0) - n, seed);
  std::vector<std::vector<Tensor>> parts(sets.size());
  for (int64_t done = 0; done <= permutations; done += kBlock) {
    const Tensor block = contrasts.next(std::min(kBlock, permutations + 1 - done));
    for (size_t s = 0; s < sets.size(); ++s) parts[s].push_back(at::mm(block, sets[s]));
  }
  std::vector<Tensor> result;
  result.reserve(sets.size());
  for (const auto& part : parts) result.push_back(at::cat(part));
  return result;
}

/// The share of permutations, the observed labels among them, whose statistic is at least that large; ties count.
///
/// Shapes: statistics [k], result [k].
Tensor upper_shares(const Tensor& statistics) {
  const Tensor sorted = std::get<0>(statistics.sort());
  const Tensor below = at::searchsorted(sorted, statistics, /*out_int32=*/false, /*right=*/false);
  return (statistics.size(0) - below).to(at::kDouble) / static_cast<double>(statistics.size(0));
}

/// The first number of statistics in standard deviations of the others.
double standardised(const Tensor& statistics) {
  const Tensor rest = statistics.slice(0, 1).to(at::kDouble);
  return (statistics[0].item<double>() - rest.mean().item<double>()) / std::max(1e-300, rest.std().item<double>());
}

/// At most so many of the rows, in random order.
Tensor some_rows(const Tensor& rows, int64_t most, Rng& rng) {
  return rows.index_select(0, at::randperm(rows.size(0), rng, at::kLong).slice(0, 0, most));
}

/// What a critic that was fitted on one half says of the other.
struct Split {
  Tensor p_logits, q_logits;
};

Split split_critic(const Tensor& p, const Tensor& q, uint64_t seed) {
  Rng rng = make_rng(seed, "split");
  const auto halves = [&rng](const Tensor& rows) {
    const Tensor order = at::randperm(rows.size(0), rng, at::kLong);
    const int64_t half = rows.size(0) / 2;
    return std::pair(rows.index_select(0, order.slice(0, 0, half)), rows.index_select(0, order.slice(0, half)));
  };
  const auto [p_fit, p_test] = halves(p);
  const auto [q_fit, q_test] = halves(q);
  const Judged judged = CombinedCritic(p_fit, q_fit, seed).judge(p_test, q_test);
  return {judged.p_logits, judged.q_logits};
}

/// The difference of the mean logits in standard errors.
double difference_in_errors(const Split& split) {
  const auto error = [](const Tensor& x) { return x.var().item<double>() / static_cast<double>(x.size(0)); };
  const double difference = (split.p_logits.mean() - split.q_logits.mean()).item<double>();
  return difference / std::sqrt(error(split.p_logits) + error(split.q_logits) + 1e-300);
}

/// The JSD of labels drawn with log-odds a t at equal prior odds: log 2 minus their mean entropy.
double tilt_js(const Tensor& t, double a) {
  const Tensor logits = a * t;
  const Tensor d = at::sigmoid(logits);
  return std::log(2.0) + (d * at::log_sigmoid(logits) + (1 - d) * at::log_sigmoid(-logits)).mean().item<double>();
}

double detectable_js(const Tensor& p, const Tensor& q, uint64_t seed) {
  // On a part of the rows; standard errors grow with the root of their number, and critics learn more from more rows.
  Rng part = make_rng(seed, "planted rows");
  const Tensor rows = some_rows(at::cat({p, q}), kPlantedRows, part);
  const double growth = std::sqrt(static_cast<double>(p.size(0) + q.size(0)) / static_cast<double>(rows.size(0)));
  const PrepareRows prepare(as_points(rows));
  const Labelled both = prepare(as_points(rows), as_points(rows.slice(0, 0, 0)));
  if (both.white.size(1) == 0) return std::numeric_limits<double>::quiet_NaN();
  const Tensor t = both.white.select(1, 0).to(at::kDouble).clamp(-4, 4);
  const double unit = (t - t.mean()).square().mean().sqrt().item<double>();
  const Tensor direction = (t - t.mean()) / unit;
  // an oracle's difference in standard errors is a sqrt(tested rows of a side / 2)
  double tilt = 1.5 * kSeen / std::sqrt(static_cast<double>(rows.size(0)) / 8);
  double slopes = 0;  // standard errors seen for each unit of tilt, summed over the plants
  for (int plant = 0; plant < kPlants; ++plant) {
    Rng rng = make_rng(seed, "plant" + std::to_string(plant));
    const Tensor labels = rand({rows.size(0)}, rng, at::kCPU, at::kDouble) < at::sigmoid(tilt * direction);
    const Split split = split_critic(rows.index({labels}), rows.index({labels.logical_not()}), seed + plant);
    slopes += std::max(0.25 * kSeen, difference_in_errors(split)) / tilt;
    tilt = kSeen * (plant + 1) / slopes;
  }
  return tilt_js(direction, tilt / growth);
}

}  // namespace

PermutationTest permutation_test(const Tensor& p_rows, const Tensor& q_rows, uint64_t seed, int64_t permutations) {
  const at::NoGradGuard no_grad;
  Rng rng = make_rng(seed, "some rows");
  const Tensor p = some_rows(p_rows, kPermutedRows, rng), q = some_rows(q_rows, kPermutedRows, rng);
  const auto families = blind_features(at::cat({p, q}), seed);
  if (families.empty()) return {0, 1};
  Tensor evidence = at::zeros({permutations + 1}, at::kDouble);  // one over the harmonic mean of p-values
  double statistic = 0, smallest = 2;
  for (const FeatureFamily& family : families) {
    Tensor largest;  // of the sets of the family, each in standard deviations of all permutations
    for (const Tensor& difference : permuted_differences(family, p.size(0), permutations, seed)) {
      const Tensor lengths = difference.square().sum(1);
      const Tensor standing = (lengths - lengths.mean()) / lengths.std().clamp_min(1e-30);
      largest = largest.defined() ? at::maximum(largest, standing) : standing;
    }
    const Tensor shares = upper_shares(largest);
    if (shares[0].item<double>() < smallest) smallest = shares[0].item<double>(), statistic = standardised(largest);
    evidence += shares.reciprocal();
  }
  return {statistic, upper_shares(evidence)[0].item<double>()};
}

TwoSampleTest two_sample_test(const Tensor& p, const Tensor& q, uint64_t seed, int64_t permutations, bool plant) {
  if (p.size(0) < kFewestRows || q.size(0) < kFewestRows)
    throw Error(c10::str("two-sample test: expected at least ", kFewestRows, " rows on either side, got ",
                         std::min(p.size(0), q.size(0))));
  const at::NoGradGuard no_grad;
  const Split split = split_critic(p, q, seed);
  Rng rng = make_rng(seed, "ties");
  Tensor logits = at::cat({split.p_logits, split.q_logits});
  // equal logits are told apart by chance alone, which keeps the level exact
  logits = logits + 1e-5 * logits.std().clamp_min(1e-12) * randn({logits.size(0)}, rng, at::kCPU, at::kDouble);
  const Tensor differences =
      permuted_differences({logits.to(at::kFloat).unsqueeze(1)}, split.p_logits.size(0), permutations, seed)
          .front()
          .squeeze(1);
  const double p_split = upper_shares(differences)[0].item<double>();
  const PermutationTest blind = permutation_test(p, q, seed, permutations);
  TwoSampleTest result{};
  const double by_split = p_split / kSplitShare, by_permutation = blind.p_value / (1 - kSplitShare);
  result.statistic = by_split < by_permutation ? standardised(differences) : blind.statistic;
  result.smallest = 1 / ((1 - kSplitShare) * static_cast<double>(permutations + 1));
  result.p_value = std::min({1.0, by_split, by_permutation});
  result.accuracy = accuracy(split.p_logits, split.q_logits);
  result.detectable_js = plant ? detectable_js(p, q, seed) : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace saddle
