// Implements the two-sample test.
#include "saddle/critics/two_sample_test.h"

#include <random>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/blind_features.h"
#include "saddle/critics/bounds.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/patch_codes.h"

namespace saddle {
namespace {

constexpr int64_t kFewestTestRows = 20;
constexpr int64_t kPermutedRows = 6'000;      // of a side, at most: more are left to the split critic
constexpr int64_t kPermutationsAtOnce = 128;  // bounds memory
constexpr int64_t kSplitRows = 120'000;       // of a side, for the split critic
constexpr double kSplitShare = 0.1;           // of the level, given to the split critic; the permutations have the rest
constexpr double kLevel = 0.05, kPower = 0.8;  // of a planted difference that is said to be seen
constexpr int64_t kPlantedRows = 8'000;        // that a split critic looks for it in, at most
constexpr int kSplitPlants = 2;
constexpr int64_t kPlants = 100;  // sets of labels that tell the power of the permutations
constexpr int kPowerSteps = 7;    // of the bisection for the tilt
constexpr double kMostTilt = 8;   // a principal direction has variance 1
constexpr double kSeen =
    2.58 + 0.84;  // standard errors: one-sided at the split critic's share of the level, and kPower

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

/// The number of `sorted` [k] that are at least as large as each of x. Shapes: result of x.
Tensor count_above(const Tensor& sorted, const Tensor& x) {
  return sorted.size(0) - at::searchsorted(sorted, x, /*out_int32=*/false, /*right=*/false);
}

/// The first number of statistics in standard deviations of the others.
double standardised(const Tensor& statistics) {
  const Tensor rest = statistics.slice(0, 1).to(at::kDouble);
  return (statistics[0].item<double>() - rest.mean().item<double>()) / std::max(1e-300, rest.std().item<double>());
}

/// At most so many of the rows, in random order.
Tensor shuffled_rows(const Tensor& rows, int64_t most, Rng& rng) {
  return rows.index_select(0, at::randperm(rows.size(0), rng, at::kLong).slice(0, 0, most));
}

/// What a critic that was fitted on one half says of the other.
struct Split {
  Tensor p_logits, q_logits;
};

Split split_critic(const CriticRows& p, const CriticRows& q, const TestOptions& options, uint64_t seed) {
  Rng rng = make_rng(seed, "split");
  const auto halves = [&rng](const CriticRows& all) {
    const Tensor rows = shuffled_rows(at::arange(all.x.size(0), at::kLong), kSplitRows, rng);
    const Tensor order = rows.index_select(0, at::randperm(rows.size(0), rng, at::kLong));
    const int64_t half = rows.size(0) / 2;
    return std::pair(all.choose(order.slice(0, 0, half)), all.choose(order.slice(0, half)));
  };
  const auto [p_fit, p_test] = halves(p);
  const auto [q_fit, q_test] = halves(q);
  const Judged judged = CombinedCritic(p_fit, q_fit, seed, options.categorical).judge(p_test, q_test);
  return {judged.p_logits, judged.q_logits};
}

/// The difference of the mean logits in standard errors.
double difference_in_errors(const Split& split) {
  const auto error = [](const Tensor& x) { return x.var().item<double>() / static_cast<double>(x.size(0)); };
  const double difference = (split.p_logits.mean() - split.q_logits.mean()).item<double>();
  return difference / std::sqrt(error(split.p_logits) + error(split.q_logits) + 1e-300);
}

/// The p-value of the split critic, whose labels are permuted, and the statistic.
PermutationTest permuted_split(const Split& split, uint64_t seed, int64_t permutations) {
  Rng rng = make_rng(seed, "ties");
  Tensor logits = at::cat({split.p_logits, split.q_logits});
  // equal logits are told apart by chance alone, which keeps the level exact
  logits = logits + 1e-5 * logits.std().clamp_min(1e-12) * randn({logits.size(0)}, rng, at::kCPU, at::kDouble);
  Contrasts contrasts(split.p_logits.size(0), split.q_logits.size(0), seed);
  std::vector<Tensor> parts;
  for (int64_t done = 0; done <= permutations; done += kPermutationsAtOnce)
    parts.push_back(
        at::mv(contrasts.next(std::min(kPermutationsAtOnce, permutations + 1 - done)), logits.to(at::kFloat)));
  const Tensor differences = at::cat(parts);
  const Tensor above = count_above(std::get<0>(differences.sort()), differences.slice(0, 0, 1));
  return {standardised(differences), above.item<double>() / static_cast<double>(permutations + 1)};
}

/// For each row, the chance that it is one of P where a share of all rows is and log p/q is a t(x) and a constant.
Tensor planted_chances(const Tensor& t, double a, double share) {
  double low = -50, high = 50;  // of the intercept
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    (at::sigmoid(a * t + middle).mean().item<double>() < share ? low : high) = middle;
  }
  return at::sigmoid(a * t + (low + high) / 2);
}

/// The JSD of the sides that rows with such chances make.
double planted_js(const Tensor& chances) {
  const Tensor p = chances / chances.sum(), q = (1 - chances) / (1 - chances).sum();
  const Tensor middle = (p + q) / 2;
  return ((at::xlogy(p, p / middle) + at::xlogy(q, q / middle)).sum() / 2).item<double>();
}

/// The leading principal direction of encoded rows, of variance 1, without its far tails; undefined: nothing varies.
Tensor planted_direction(const Tensor& rows) {
  const Labelled both = PrepareRows(rows)(rows, rows.slice(0, 0, 0));
  if (both.white.size(1) == 0) return {};
  const Tensor t = both.white.select(1, 0).to(at::kDouble).clamp(-4, 4);
  return (t - t.mean()) / (t - t.mean()).square().mean().sqrt();
}

/// The test of blind features, calibrated by permutations, for any labels of its rows.
class BlindTest {
 public:
  /// Takes the rows of both sides, encoded; the first n are P's. Of images also the images, which may be undefined.
  BlindTest(const Tensor& rows, const Tensor& images, const Tensor& of_network, int64_t n, const TestOptions& options)
      : n_(n), seed_(options.seed), rows_(rows) {
    Rng rng = make_rng(seed_, "joint order");
    order_ = at::randperm(rows.size(0), rng, at::kLong);  // no feature can tell the sides by the places of their rows
    const auto ordered = [&](const Tensor& x) { return x.defined() ? x.index_select(0, order_) : x; };
    families_ = blind_features(ordered(rows), ordered(images), ordered(of_network), seed_);
    if (families_.empty()) return;
    const int64_t permutations = options.permutations;
    Contrasts contrasts(n, rows.size(0) - n, seed_);
    std::vector<std::vector<Tensor>> parts;
    for (int64_t done = 0; done <= permutations; done += kPermutationsAtOnce)
      parts.push_back(lengths(contrasts.next(std::min(kPermutationsAtOnce, permutations + 1 - done))));
    std::vector<Tensor> all;
    for (size_t s = 0; s < parts.front().size(); ++s) {
      std::vector<Tensor> column;
      column.reserve(parts.size());
      for (const auto& part : parts) column.push_back(part[s]);
      all.push_back(at::cat(column));
      means_.push_back(all.back().mean());
      deviations_.push_back(all.back().std().clamp_min(1e-30));
    }
    statistics_ = of_families(all);
    for (const Tensor& statistic : statistics_) sorted_.push_back(std::get<0>(statistic.sort()));
    evidence_ = evidence(statistics_);
    sorted_evidence_ = std::get<0>(evidence_.sort());
  }

  PermutationTest observed() const {
    if (families_.empty()) return {0, 1};
    double statistic = 0, smallest = 2;
    for (size_t f = 0; f < families_.size(); ++f) {
      const double share = shares(f, statistics_[f].slice(0, 0, 1)).item<double>();
      if (share < smallest) smallest = share, statistic = standardised(statistics_[f]);
    }
    return {statistic, p_values(evidence_.slice(0, 0, 1)).item<double>()};
  }

  /// The JSD of a planted difference that has a p-value of at most `level` with probability kPower; NaN where none has.
  double detectable_js(double level) const {
    const Tensor t = planted_direction(rows_);
    if (!t.defined() || families_.empty()) return std::nan("");
    Rng rng = make_rng(seed_, "plants");
    const Tensor chance = rand({kPlants, t.size(0)}, rng);  // the same for all tilts, which makes the power smooth
    const double share = static_cast<double>(n_) / static_cast<double>(t.size(0));
    const auto power = [&](double a) {
      const Tensor is_p = chance.lt(planted_chances(t, a, share).to(at::kFloat)).to(at::kFloat);
      const Tensor of_p = is_p.sum(1, true).clamp_min(1), of_q = (1 - is_p).sum(1, true).clamp_min(1);
      return p_values(evidence(of_families(lengths(is_p / of_p - (1 - is_p) / of_q))))
          .le(level)
          .to(at::kDouble)
          .mean()
          .item<double>();
    };
    double low = std::log(kMostTilt) - 6, high = std::log(kMostTilt);
    if (power(kMostTilt) < kPower) return std::nan("");
    for (int step = 0; step < kPowerSteps; ++step) {
      const double middle = (low + high) / 2;
      (power(std::exp(middle)) < kPower ? low : high) = middle;
    }
    return planted_js(planted_chances(t, std::exp((low + high) / 2), share));
  }

 private:
  /// Squared lengths of the differences of means, one tensor [k] a set of features. Shapes: contrasts [k, rows].
  std::vector<Tensor> lengths(const Tensor& contrasts) const {
    const Tensor ordered = contrasts.index_select(1, order_);
    std::vector<Tensor> result;
    for (const FeatureFamily& family : families_)
      for (const Tensor& set : family) result.push_back(at::mm(ordered, set).square().sum(1));
    return result;
  }

  /// The largest length in each family, in standard deviations of all permutations. Shapes: each [k].
  std::vector<Tensor> of_families(const std::vector<Tensor>& own) const {
    std::vector<Tensor> result;
    result.reserve(families_.size());
    size_t set = 0;
    for (const FeatureFamily& family : families_) {
      Tensor largest;
      for (size_t i = 0; i < family.size(); ++i, ++set) {
        const Tensor distance = (own[set] - means_[set]) / deviations_[set];
        largest = largest.defined() ? at::maximum(largest, distance) : distance;
      }
      result.push_back(largest);
    }
    return result;
  }

  /// The p-values of one family by itself.
  Tensor shares(size_t family, const Tensor& own) const {
    return count_above(sorted_[family], own).clamp_min(1).to(at::kDouble) /
           static_cast<double>(sorted_[family].size(0));
  }

  /// One over the harmonic mean of the families' p-values.
  Tensor evidence(const std::vector<Tensor>& own) const {
    Tensor sum = at::zeros({own.front().size(0)}, at::kDouble);
    for (size_t f = 0; f < own.size(); ++f) sum += shares(f, own[f]).reciprocal();
    return sum;
  }

  Tensor p_values(const Tensor& own) const {
    return count_above(sorted_evidence_, own).clamp_min(1).to(at::kDouble) /
           static_cast<double>(sorted_evidence_.size(0));
  }

  int64_t n_;
  uint64_t seed_;
  Tensor rows_, order_;
  std::vector<FeatureFamily> families_;
  std::vector<Tensor> means_, deviations_;   // of the lengths of every set
  std::vector<Tensor> statistics_, sorted_;  // of every family; statistics_: observed labels, then permutations
  Tensor evidence_, sorted_evidence_;
};

/// Some rows of both sides, encoded alike, for the blind features.
BlindTest blind_test(const Tensor& p, const Tensor& q, const TestOptions& options) {
  Rng rng = make_rng(options.seed, "some rows");
  const auto some = [&](const Tensor& x, const Tensor& features) {
    return CriticRows(x, {}, features).choose(shuffled_rows(at::arange(x.size(0), at::kLong), kPermutedRows, rng));
  };
  const CriticRows some_p = some(p, options.p_features), some_q = some(q, options.q_features);
  const Tensor both = at::cat({some_p.x, some_q.x}), rows = as_points(both);
  const Tensor features = some_p.features.defined() ? at::cat({some_p.features, some_q.features}) : Tensor();
  const Tensor images = both.dim() == 4 ? patch_images(both) : Tensor();  // small ones: thousands of large ones are GBs
  return {RowEncoder(rows, options.categorical)(rows), images, features, some_p.x.size(0), options};
}

/// The JSD of a planted difference that the split critic would see with probability kPower; NaN: nothing varies.
double split_detectable_js(const Tensor& p, const Tensor& q, const TestOptions& options) {
  // On a part of the rows; standard errors grow with the root of their number, and critics learn more from more rows.
  Rng part = make_rng(options.seed, "planted rows");
  const Tensor rows = shuffled_rows(at::cat({shuffled_rows(p, kSplitRows, part), shuffled_rows(q, kSplitRows, part)}),
                                    kPlantedRows, part),
               points = as_points(rows);
  const auto seen_p = static_cast<double>(std::min(p.size(0), kSplitRows)),
             seen_q = static_cast<double>(std::min(q.size(0), kSplitRows));
  const double all = seen_p + seen_q, count = static_cast<double>(rows.size(0));
  const double share = seen_p / all, growth = std::sqrt(all / count);
  const Tensor t = planted_direction(RowEncoder(points, options.categorical)(points));
  if (!t.defined()) return std::nan("");
  // an oracle's difference in standard errors is a sqrt(share (1 - share) tested rows)
  double tilt = std::min(kMostTilt, 1.5 * kSeen / std::sqrt(share * (1 - share) * count / 2));
  double slopes = 0;  // standard errors seen for each unit of tilt, summed over the plants
  for (int plant = 0; plant < kSplitPlants; ++plant) {
    Rng rng = make_rng(options.seed, "plant" + std::to_string(plant));
    const Tensor labels = rand({rows.size(0)}, rng, at::kCPU, at::kDouble) < planted_chances(t, tilt, share);
    const Tensor of_p = rows.index({labels}), of_q = rows.index({labels.logical_not()});
    if (std::min(of_p.size(0), of_q.size(0)) < kFewestTestRows) return std::nan("");
    const Split split = split_critic(of_p, of_q, options, options.seed + plant);
    slopes += std::max(0.25 * kSeen, difference_in_errors(split)) / tilt;
    tilt = std::min(kMostTilt, kSeen * (plant + 1) / slopes);
  }
  return planted_js(planted_chances(t, tilt / growth, share));
}

/// The smaller of what either test would see; the split critic is asked where it has rows that the other one has not.
double detectable_js(const Tensor& p, const Tensor& q, const BlindTest& blind, const TestOptions& options) {
  const double by_blind = blind.detectable_js(kLevel * (1 - kSplitShare));
  if (std::max(p.size(0), q.size(0)) <= kPermutedRows) return by_blind;
  return std::fmin(by_blind, split_detectable_js(p, q, options));
}

}  // namespace

PermutationTest permutation_test(const Tensor& p, const Tensor& q, uint64_t seed, int64_t permutations) {
  const at::NoGradGuard no_grad;
  return blind_test(p, q, {seed, permutations, false, {}, {}, {}, {}}).observed();
}

TwoSampleTest two_sample_test(const Tensor& p, const Tensor& q, const TestOptions& options) {
  if (p.size(0) < kFewestTestRows || q.size(0) < kFewestTestRows)
    throw Error(c10::str("two-sample test: expected at least ", kFewestTestRows, " rows on either side, got ",
                         std::min(p.size(0), q.size(0))));
  const at::NoGradGuard no_grad;
  const auto say = [&options](double done) {
    if (options.progress) options.progress(done);
  };
  const Split split = split_critic({p, {}, options.p_features}, {q, {}, options.q_features}, options, options.seed);
  say(0.3);
  const PermutationTest learnt = permuted_split(split, options.seed, options.permutations);
  say(0.4);
  const BlindTest blind = blind_test(p, q, options);
  say(0.7);
  const PermutationTest permuted = blind.observed();
  const double by_split = learnt.p_value / kSplitShare, by_permutation = permuted.p_value / (1 - kSplitShare);
  TwoSampleTest result{};
  result.statistic = by_split < by_permutation ? learnt.statistic : permuted.statistic;
  result.smallest = 1 / ((1 - kSplitShare) * static_cast<double>(options.permutations + 1));
  result.p_value = std::min({1.0, by_split, by_permutation});
  result.accuracy = accuracy(split.p_logits, split.q_logits);
  result.detectable_js = options.plant ? detectable_js(p, q, blind, options) : std::nan("");
  return result;
}

}  // namespace saddle
