// Claims of neighbourhoods, copies and modes: that intervals hold what samples of these sizes give on average, and how
// often copies are found where there are some and where there are none.
#include <gtest/gtest.h>

#include "saddle/base/rng.h"
#include "saddle/metrics/copies.h"
#include "saddle/metrics/modes.h"
#include "saddle/metrics/prdc.h"
#include "tests/statistics/claims.h"

namespace saddle {
namespace {

using testing::expect_at_least;
using testing::expect_at_most;
using testing::repeats;

/// Says how often the intervals of each metric held its mean over all repeats.
void expect_means_held(const std::string& name, const std::vector<std::vector<MetricValue>>& repeated, double least) {
  const auto count = static_cast<double>(repeated.size());
  for (size_t metric = 0; metric < repeated[0].size(); ++metric) {
    double mean = 0;
    for (const auto& values : repeated) mean += values[metric].estimate / count;
    int held = 0;
    for (const auto& values : repeated) held += values[metric].lower <= mean && mean <= values[metric].upper ? 1 : 0;
    expect_at_least((repeated[0][metric].name + ", " + name).c_str(), held, static_cast<int>(repeated.size()), least);
  }
}

/// Normals of which some rows share most of what they are, as photographs of one person do.
struct Cloud {
  int64_t rows, dimension;
  double shift = 0, scale = 1;  // of each number
  int64_t group = 1;            // rows of one group
};

Tensor drawn(const Cloud& cloud, Tensor& groups, Rng& rng) {
  Tensor x = randn({cloud.rows, cloud.dimension}, rng, at::kCPU, at::kDouble);
  if (cloud.group > 1) {
    groups = at::arange(cloud.rows).floor_divide(cloud.group);
    const Tensor common = randn({cloud.rows / cloud.group, cloud.dimension}, rng, at::kCPU, at::kDouble);
    x = 0.6 * x + 0.8 * common.index_select(0, groups);
  }
  return cloud.scale * x + cloud.shift;
}

struct CloudPair {
  Cloud p, q;
  double least = 0.95;
};

}  // namespace

TEST(PrdcInterval, HoldsTheMeanAtTheseSizes) {
  const std::pair<const char*, CloudPair> pairs[] = {
      {"P = Q, 2 numbers", {{300, 2}, {300, 2}}},
      {"P = Q, 8 numbers, 600 and 200 rows", {{600, 8}, {200, 8}}},
      {"P = Q, 32 numbers", {{400, 32}, {400, 32}}},
      {"P = Q, groups of 10 rows", {{400, 8, 0, 1, 10}, {400, 8, 0, 1, 10}}},
      {"shift of 1, 8 numbers", {{400, 8}, {400, 8, 0.35}}},
      {"narrower, 32 numbers", {{400, 32}, {400, 32, 0.1, 0.8}}},
      {"shift of 1, groups of 10 rows of P", {{400, 8, 0, 1, 10}, {400, 8, 0.35}}},
      // A few balls of outlying rows decide here: what they are said to hold is less.
      {"shift of 3, 8 numbers", {{400, 8}, {400, 8, 1.06}, 0.92}},
      {"shift of 3, 2 numbers", {{400, 2}, {400, 2, 2.12}, 0.85}},
  };
  for (const auto& [name, pair] : pairs) {
    const int count = repeats(400, 20);
    std::vector<std::vector<MetricValue>> repeated;
    repeated.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      Rng rng = make_rng(static_cast<uint64_t>(i), name);
      MetricInput input;
      input.p = drawn(pair.p, input.p_groups, rng);
      input.q = drawn(pair.q, input.q_groups, rng);
      MetricOptions options;
      options.seed = static_cast<uint64_t>(i);
      repeated.push_back(prdc(input, options));
    }
    expect_means_held(name, repeated, pair.least);
  }
}

TEST(CopiesTest, KeepsItsLevelAndFindsTwoPercent) {
  struct Case {
    const char* name;
    int64_t rows, dimension, copied, p_group, q_group;
    double blur;
  };
  const Case cases[] = {
      {"a perfect sampler, 2 numbers", 500, 2, 0, 1, 1, 1},
      {"a perfect sampler, 32 numbers", 500, 32, 0, 1, 1, 1},
      {"a perfect sampler, groups of 5 rows", 500, 4, 0, 5, 5, 1},
      {"a perfect sampler, groups of 5 rows of P", 500, 4, 0, 5, 1, 1},
      {"a blurry sampler, 64 numbers", 500, 64, 0, 1, 1, 0.3},
      {"2 % of 500 rows, 2 numbers", 500, 2, 10, 1, 1, 1},
      {"2 % of 500 rows, 32 numbers", 500, 32, 10, 1, 1, 1},
      {"2 % of 1,000 rows, 32 numbers", 1000, 32, 20, 1, 1, 1},
      {"2 % of 1,000 rows, groups of 4 rows of P", 1000, 32, 20, 4, 1, 1},
  };
  for (const Case& one : cases) {
    const int count = repeats(one.copied > 0 ? 100 : 400, 8);
    int alarms = 0;
    for (int i = 0; i < count; ++i) {
      Rng rng = make_rng(static_cast<uint64_t>(i), one.name);
      MetricInput input;
      Tensor none;
      input.train = drawn({2 * one.rows, one.dimension}, none, rng);
      input.p = drawn({one.rows, one.dimension, 0, 1, one.p_group}, input.p_groups, rng);
      input.q = drawn({one.rows, one.dimension, 0, one.blur, one.q_group}, input.q_groups, rng);
      const Tensor rounding = randn({one.copied, one.dimension}, rng, at::kCPU, at::kDouble);
      input.q.narrow(0, 0, one.copied).copy_(input.train.narrow(0, 0, one.copied) + 1e-6 * rounding);
      MetricOptions options;
      options.seed = static_cast<uint64_t>(i);
      alarms += copies(input, options).at(0).p_value <= 0.05 ? 1 : 0;
    }
    const std::string claim = std::string("copies, ") + one.name;
    if (one.copied > 0)
      expect_at_least(claim.c_str(), alarms, count, 0.8);
    else
      expect_at_most(claim.c_str(), alarms, count, 0.05);
  }
}

TEST(ModesInterval, HoldsTheMeanAtTheseSizes) {
  struct Case {
    const char* name;
    int64_t classes, p_rows, q_rows, group;
    double tilt;  // of Q's shares from P's
  };
  const Case cases[] = {
      {"P = Q, 10 classes", 10, 1000, 1000, 1, 0},       {"P = Q, 10 known shares, 200 rows", 10, 0, 200, 1, 0},
      {"P = Q, 1,000 classes", 1000, 4000, 4000, 1, 0},  {"P = Q, 10 classes, groups of 5 rows", 10, 1000, 1000, 5, 0},
      {"other shares, 10 classes", 10, 1000, 500, 1, 2}, {"other shares, 1,000 known ones", 1000, 0, 4000, 1, 2},
  };
  for (const Case& one : cases) {
    const int count = repeats(400, 10);
    const Tensor place = at::arange(one.classes).to(at::kDouble) / static_cast<double>(one.classes);
    const Tensor p_shares = at::full({one.classes}, 1 / static_cast<double>(one.classes), at::kDouble);
    const Tensor q_shares = (one.tilt * place).exp();
    std::vector<std::vector<MetricValue>> repeated;
    repeated.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      Rng rng = make_rng(static_cast<uint64_t>(i), one.name);
      const auto classes = [&](const Tensor& shares, int64_t rows, Tensor& groups) {
        const Tensor of_group = at::multinomial(shares, rows / one.group, true, rng);
        if (one.group == 1) return of_group;
        groups = at::arange(rows).floor_divide(one.group);
        return at::where(rand({rows}, rng) < 0.5, of_group.index_select(0, groups),
                         at::multinomial(shares, rows, true, rng));
      };
      MetricInput input;
      input.classes = one.classes;
      if (one.p_rows > 0)
        input.p_classes = classes(p_shares, one.p_rows, input.p_groups);
      else
        input.class_shares = p_shares;
      input.q_classes = classes(q_shares, one.q_rows, input.q_groups);
      MetricOptions options;
      options.seed = static_cast<uint64_t>(i);
      repeated.push_back(class_modes(input, options));
    }
    expect_means_held(one.name, repeated, 0.95);
  }
}

}  // namespace saddle
